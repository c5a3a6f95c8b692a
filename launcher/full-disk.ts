import { statfsSync } from "node:fs";

// What the system and PostgreSQL say; the last when it could not write what a transaction had done.
const words =
  /No space left on device|ENOSPC|EDQUOT|Disk quota exceeded|could not extend file|wrote only \d+ of \d+|cannot abort transaction \d+, it was already committed/;
const mebibyte = 1024 * 1024;

/** The least that must be free for what failed to have failed of something else, in bytes. */
export const needed = {
  /** PostgreSQL's log of changes grows by files of 16 MiB. */
  running: 16 * mebibyte,
  /** A new data folder of PostgreSQL, whose remains are removed before anybody can look. */
  newDatabase: 64 * mebibyte,
} as const;

function freeBytes(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/**
 * Whether something failed because the disk that holds `path` is full: because its output says so, in PostgreSQL's words
 * or the system's, or because less is free there than it needs. `free` is in bytes, measured unless given.
 */
export function isOfFullDisk(
  output: string,
  path: string,
  least: number = needed.running,
  free = freeBytes(path),
): boolean {
  return words.test(output) || free < least;
}
