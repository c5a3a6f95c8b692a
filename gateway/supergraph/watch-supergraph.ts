import { stat } from "node:fs/promises";
import { readSupergraphFile } from "./read-supergraph.ts";
import type { Supergraph } from "./supergraph.ts";

/** Follows a supergraph file. */
export interface SupergraphWatch {
  /** Looks at the file now; resolves when a new version, if any, is in use or refused. */
  readonly look: () => Promise<void>;
  readonly stop: () => void;
}

/** What happens with what the file says. */
export interface WatchHandlers {
  /** May reject: then the version is refused, and only another one is tried. */
  readonly use: (supergraph: Supergraph) => Promise<void>;
  readonly refused: (error: unknown) => void;
}

/**
 * Looks at a supergraph file every `intervalMs` and hands on each new version, one at a time. A file that cannot be
 * read or is no supergraph is reported, and the version in use stays.
 */
export function watchSupergraph(
  path: string,
  inUse: Supergraph,
  intervalMs: number,
  { use, refused }: WatchHandlers,
): SupergraphWatch {
  let { version } = inUse;
  let seen: string | undefined;
  let looking: Promise<void> | undefined;

  async function lookOnce(): Promise<void> {
    try {
      const { mtimeMs, size, ino } = await stat(path);
      const now = `${mtimeMs} ${size} ${ino}`;
      if (now === seen) return;
      seen = now;
      const supergraph = readSupergraphFile(path);
      if (supergraph.version === version) return;
      version = supergraph.version;
      await use(supergraph);
    } catch (error) {
      refused(error);
    }
  }

  function look(): Promise<void> {
    looking ??= lookOnce().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  const timer = setInterval(() => void look(), intervalMs);
  timer.unref();
  return { look, stop: () => clearInterval(timer) };
}
