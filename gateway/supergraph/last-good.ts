import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** The supergraph that was served last, on disk: what a cold start serves while its source cannot be reached. */
export interface LastGood {
  readonly path: string;
  /** Keeps the SDL; what was kept before stays whole until the new one is. Rejects when the disk refuses. */
  readonly keep: (sdl: string) => Promise<void>;
  /** The SDL that was kept for this source; undefined when there is none, or what is there is not whole. */
  readonly read: () => Promise<string | undefined>;
}

const mark = "# kept by etalase gateway";

function digestOf(sourceName: string, sdl: string): string {
  return createHash("sha256").update(`${sourceName}\0${sdl}`).digest("hex");
}

/**
 * Keeps the SDL in one file behind a line with a digest of it and of the source's name: half a file, an edited one, and
 * the one of another source are all as good as none.
 */
export function createLastGood(path: string, sourceName: string): LastGood {
  async function write(temporary: string, sdl: string): Promise<void> {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(`${mark} sha256=${digestOf(sourceName, sdl)}\n${sdl}`);
      // Without it a power cut may leave the new name on an empty file.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  }

  return {
    path,
    keep: async (sdl) => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const temporary = `${path}.${randomUUID()}.tmp`;
      try {
        await write(temporary, sdl);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },
    read: async () => {
      let text: string;
      try {
        text = await readFile(path, "utf8");
      } catch {
        return undefined;
      }
      const end = text.indexOf("\n");
      const sdl = text.slice(end + 1);
      return text.slice(0, end) === `${mark} sha256=${digestOf(sourceName, sdl)}` ? sdl : undefined;
    },
  };
}
