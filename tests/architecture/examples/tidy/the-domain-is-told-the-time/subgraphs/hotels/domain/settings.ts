/** Settings. */
export const price = process.env.PRICE;
