import { randomUUID } from "node:crypto";

export const bookRoom = () => randomUUID();
