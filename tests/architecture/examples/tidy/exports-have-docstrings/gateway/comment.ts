/* A comment. */
export const port = 1;
