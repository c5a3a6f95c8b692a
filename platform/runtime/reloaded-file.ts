import { statSync } from "node:fs";
import type { Logger } from "./logger.ts";

function stampOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "absent" : [stats.ino, stats.size, stats.mtimeMs].join(" ");
}

/**
 * What a file says, read again when it was changed, so that keys are rolled without a restart. The first reading throws
 * what `read` throws; a later version that cannot be read is logged once, and the one before stays in use.
 */
export function createReloadedFile<Value>(path: string, read: (path: string) => Value, logger: Logger): () => Value {
  let seen = stampOf(path);
  let value = read(path);
  return () => {
    const stamp = stampOf(path);
    if (stamp === seen) return value;
    seen = stamp;
    try {
      value = read(path);
      logger.info({ path }, "a changed file was read");
    } catch (error) {
      logger.error({ err: error, path }, "a changed file cannot be read; what it said before stays in use");
    }
    return value;
  };
}
