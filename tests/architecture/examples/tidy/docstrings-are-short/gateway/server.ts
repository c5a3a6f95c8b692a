/**
 * One more line.
 * One more line.
 * One more line.
 * One more line.
 * One more line.
 * One more line.
 * One more line.
 * One more line.
 * One more line.
 */
export const port = 1;
