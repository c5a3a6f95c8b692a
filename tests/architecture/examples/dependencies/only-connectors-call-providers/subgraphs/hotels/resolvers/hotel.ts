import { request } from "undici";

export const hotel = request;
