export const readHotel = 1;
