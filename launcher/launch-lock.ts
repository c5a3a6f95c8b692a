import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Lock, tryLock } from "./exclusive.ts";
import { explainFileFault, LaunchError } from "./launch-error.ts";
import { isAlive } from "./processes.ts";

// A launcher whose npm is gone is stopping: it takes as long as its slowest process may.
const leavingDeadlineMs = 25_000;

// Not recursive by Node's own option: below folders that allow none, as /proc, it never ends.
function makeFolder(path: string): void {
  if (!existsSync(dirname(path))) makeFolder(dirname(path));
  try {
    // Others may pass through, not look: PostgreSQL runs as another user when root starts it.
    mkdirSync(path, { mode: 0o711 });
  } catch (error) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/**
 * Makes this process the only one that uses a home folder. The lock of a launcher that was killed is taken over; one
 * that is stopping, because its npm is gone, is waited for. `purpose` says what the person wants, as "starting another";
 * `companions` are the processes without which this one stops.
 * @throws LaunchError when another one runs
 */
export async function lockHome(home: string, purpose: string, companions: readonly number[] = []): Promise<Lock> {
  try {
    makeFolder(home);
    for (const until = Date.now() + leavingDeadlineMs; ; await sleep(100)) {
      const lock = tryLock(join(home, "launcher.lock"), "etalase", companions);
      if ("release" in lock) return lock;
      if (Date.now() < until && !lock.companions.every(isAlive)) continue;
      throw new LaunchError(
        `Etalase runs already with ${home} (process ${lock.pid}): stop it with Ctrl-C there before ${purpose}.`,
      );
    }
  } catch (error) {
    throw explainFileFault(error, home);
  }
}
