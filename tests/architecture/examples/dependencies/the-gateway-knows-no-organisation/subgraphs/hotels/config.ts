export const hotelSettings = 1;
