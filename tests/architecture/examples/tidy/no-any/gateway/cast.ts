/** Reads. */
export const read = (value: string) => JSON.parse(value) as any;
