import { existsSync, readFileSync } from "node:fs";
import { writePrivateFile } from "./private-files.ts";
import { isAliveAs, signal, waitForEnd } from "./processes.ts";

/** A process as it is remembered: its id may be another program's by now, so the file it runs is kept beside it. */
export interface RememberedProcess {
  readonly pid: number;
  readonly entry: string;
}

/** Remembers the processes of a launcher in a file, for the next one. */
export function rememberProcesses(file: string): (process: RememberedProcess) => void {
  const known: RememberedProcess[] = [];
  return (process) => {
    known.push(process);
    writePrivateFile(file, JSON.stringify(known));
  };
}

function read(file: string): RememberedProcess[] {
  if (!existsSync(file)) return [];
  try {
    return JSON.parse(readFileSync(file, "utf8")) as RememberedProcess[];
  } catch {
    return [];
  }
}

/** Waits for the processes of a launcher that was killed: they notice and end by themselves; past 12 s they are ended. */
export async function endLeftBehind(file: string): Promise<void> {
  const alive = read(file).filter(({ pid, entry }) => isAliveAs(pid, entry));
  await Promise.all(
    alive.map(async ({ pid, entry }) => {
      if (await waitForEnd(pid, 12_000)) return;
      if (isAliveAs(pid, entry)) signal(pid, "SIGKILL");
      await waitForEnd(pid, 2_000);
    }),
  );
}
