import { type Logger as PinoLogger, pino } from "pino";
import { logOutput } from "./log-output.ts";

/** A process's logger: pino. */
export type Logger = PinoLogger;

/** Makes a process's logger: JSON lines on stdout, level by LOG_LEVEL; tokens, cookies and signatures are removed. */
export function createLogger(service: string): Logger {
  const options = {
    name: service,
    level: process.env.LOG_LEVEL ?? "info",
    redact: {
      paths: [
        "authorization",
        "cookie",
        "*.authorization",
        "*.cookie",
        "headers.authorization",
        "headers.cookie",
        'headers["x-signature"]',
      ],
      censor: "[removed]",
    },
  };
  return pino(options, logOutput());
}
