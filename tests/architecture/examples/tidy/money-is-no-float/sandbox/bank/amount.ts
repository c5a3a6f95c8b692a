/** The amount. */
export const amount = (value: number) => value.toFixed(2);
