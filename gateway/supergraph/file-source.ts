import { readFile, stat } from "node:fs/promises";
import { ConfigurationError } from "../../platform/runtime/config.ts";
import type { SupergraphSource } from "./source.ts";

const intervalMs = 1_000;

function unreadable(path: string, cause: unknown): ConfigurationError {
  const reason = (cause as NodeJS.ErrnoException).code ?? "unknown error";
  return new ConfigurationError(
    `${path}: cannot be read (${reason}); check that it exists and that this user may read it`,
    { cause },
  );
}

/** A file, read again when its time, size or inode changes: renamed over or written anew. */
export function createFileSource(path: string): SupergraphSource {
  let seen: string | undefined;
  return {
    name: path,
    intervalMs,
    longestIntervalMs: intervalMs,
    read: async () => {
      try {
        const { mtimeMs, size, ino } = await stat(path);
        const now = `${mtimeMs} ${size} ${ino}`;
        if (now === seen) return undefined;
        const sdl = await readFile(path, "utf8");
        seen = now;
        return sdl;
      } catch (cause) {
        throw unreadable(path, cause);
      }
    },
    close: async () => undefined,
  };
}
