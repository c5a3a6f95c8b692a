import type { RequestContext } from "../context.ts";

export const readHotel = (context: RequestContext) => context.caller;
