import { type Logger as PinoLogger, pino } from "pino";

/** A process's logger: pino. */
export type Logger = PinoLogger;

/** Makes a process's logger: JSON lines on stdout, level by LOG_LEVEL; tokens, cookies and signatures are removed. */
export function createLogger(service: string): Logger {
  return pino({
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
  });
}
