import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Lock, tryLock } from "./exclusive.ts";
import { explainFileFault, LaunchError } from "./launch-error.ts";

/**
 * Makes this process the only one that uses a home folder; the lock of a launcher that was killed is taken over.
 * `purpose` says what to do about the other one, as "starting another" or "`npm run reset`".
 * @throws LaunchError when another one runs
 */
export function lockHome(home: string, purpose: string): Lock {
  try {
    // Others may pass through, not look: PostgreSQL runs as another user when root starts it.
    mkdirSync(home, { recursive: true, mode: 0o711 });
    const lock = tryLock(join(home, "launcher.lock"), "etalase");
    if ("release" in lock) return lock;
    throw new LaunchError(
      `Etalase runs already with ${home} (process ${lock.pid}): stop it with Ctrl-C there before ${purpose}.`,
    );
  } catch (error) {
    throw explainFileFault(error, home);
  }
}
