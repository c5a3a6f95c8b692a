import { readHotel } from "../store/hotels.ts";

export const hotel = readHotel;
