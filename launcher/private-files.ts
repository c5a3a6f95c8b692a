import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { explainFileFault } from "./launch-error.ts";

/**
 * Writes a file that this user alone can read (0600), in a folder nobody else can enter (0700). A reader sees the old
 * content or the new one, never a part. @throws LaunchError when the disk is full or the folder is another user's.
 */
export function writePrivateFile(path: string, content: string): void {
  const unfinished = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const handle = openSync(unfinished, "w", 0o600);
    try {
      writeSync(handle, content);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(unfinished, path);
  } catch (error) {
    throw explainFileFault(error, dirname(path));
  }
}
