export const fixedClock = 1;
