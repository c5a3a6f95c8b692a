import { sign } from "../../launcher/sign.ts";

export const server = sign;
