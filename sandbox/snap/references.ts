import { randomInt } from "node:crypto";
import type { Clock } from "../../platform/values/instants.ts";
import { toSnapTimestamp } from "./timestamps.ts";

/** Makes numeric references that do not repeat. Injected, so that tests can fix them. */
export type NewReference = () => string;

/** References as banks print them: date and time in Jakarta, then digits; 26 digits. Also fits X-EXTERNAL-ID. */
export function createReferences(clock: Clock): NewReference {
  return () => {
    const moment = toSnapTimestamp(clock()).slice(0, 19).replace(/\D/g, "");
    return `${moment}${randomInt(1e6).toString().padStart(6, "0")}${randomInt(1e6).toString().padStart(6, "0")}`;
  };
}
