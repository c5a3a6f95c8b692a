/** Chance. */
export const dice = () => Math.random();
