/** The port. */
export const port = 1;

// No docstring.
export const host = 2;
