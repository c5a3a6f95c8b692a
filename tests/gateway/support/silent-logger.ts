import { pino } from "pino";
import type { Logger } from "../../../platform/runtime/logger.ts";

/** Logs nothing. */
export const silentLogger: Logger = pino({ level: "silent" });
