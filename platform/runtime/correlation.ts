import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** The header by which one client request is followed through every organisation's log. */
export const correlationHeader = "x-correlation-id";

const acceptable = /^[A-Za-z0-9_.-]{8,64}$/;

/** The correlation id that came with a request when it is 8 to 64 harmless characters, else a new one. */
export function correlationIdOf(headers: IncomingHttpHeaders): string {
  const given = headers[correlationHeader];
  return typeof given === "string" && acceptable.test(given) ? given : randomUUID();
}
