import pg from "pg";

export const hotel = new pg.Pool();
