import { statSync } from "node:fs";
import type { z } from "zod";
import { readJsonFile } from "../../../platform/runtime/config.ts";
import type { Logger } from "../../../platform/runtime/logger.ts";

/** A settings file that is read again when it changes. */
export interface LiveFile<Content> {
  /** What the file says now: the same object for as long as the file stays. */
  readonly current: () => Content;
}

// How old an answer may be, in milliseconds: a look at the file's date is cheap, but not free.
const freshMs = 500;

function versionOf(path: string): string {
  const { mtimeMs, size, ino } = statSync(path);
  return `${mtimeMs} ${size} ${ino}`;
}

/**
 * Reads a JSON file whose content may be replaced while the process runs (write a new file, then rename it over the old
 * one). A version that cannot be used is logged once, and the one before stays. @throws ConfigurationError for the first.
 */
export function createLiveFile<Shape extends z.ZodType>(
  shape: Shape,
  path: string,
  logger: Logger,
): LiveFile<z.infer<Shape>> {
  let content = readJsonFile(shape, path);
  let version = versionOf(path);
  let lookedAtMs = performance.now();
  function refresh(): void {
    try {
      const found = versionOf(path);
      if (found === version) return;
      version = found;
      content = readJsonFile(shape, path);
      logger.info({ path }, "a settings file has changed; the new content holds from now on");
    } catch (error) {
      logger.error({ err: error, path }, "a settings file has changed and cannot be used; the old content stays");
    }
  }
  return {
    current: () => {
      if (performance.now() - lookedAtMs >= freshMs) {
        lookedAtMs = performance.now();
        refresh();
      }
      return content;
    },
  };
}
