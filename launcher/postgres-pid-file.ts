import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What a running PostgreSQL says of itself in its data folder. Source: src/include/utils/pidfile.h. */
export interface PostgresPidFile {
  readonly pid: number;
  readonly port: number;
  /** Whether it accepts connections. */
  readonly isReady: boolean;
}

/** Path of the file in a data folder. */
export function pidFilePath(dataFolder: string): string {
  return join(dataFolder, "postmaster.pid");
}

/** Reads `postmaster.pid`; undefined when there is none or it is not whole yet. */
export function readPidFile(dataFolder: string): PostgresPidFile | undefined {
  let lines: string[];
  try {
    lines = readFileSync(pidFilePath(dataFolder), "utf8").split("\n");
  } catch {
    return undefined;
  }
  // Lines: pid, data folder, start time, port, socket folder, listen address, shared memory, status.
  const pid = Math.abs(Number(lines[0]));
  if (!Number.isInteger(pid) || pid === 0) return undefined;
  return { pid, port: Number(lines[3] ?? 0), isReady: lines[7]?.trim() === "ready" };
}
