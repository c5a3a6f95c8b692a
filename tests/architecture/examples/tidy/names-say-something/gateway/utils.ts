/** The port. */
export const port = 1;
