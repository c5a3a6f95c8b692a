/** A hotel. */
export const hotel = () => fetch("http://localhost");
