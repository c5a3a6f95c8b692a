export const roomOf = 1;
