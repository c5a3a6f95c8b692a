/** The present. */
export const now = () => new Date();
