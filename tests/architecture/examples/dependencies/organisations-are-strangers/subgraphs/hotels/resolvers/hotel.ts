import { roomOf } from "../../flights/domain/seat.ts";

export const hotel = roomOf;
