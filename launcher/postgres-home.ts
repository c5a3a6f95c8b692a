import { createHash } from "node:crypto";
import { join } from "node:path";
import { isReachableByOthers, postgresUser, sharedFolder } from "./postgres-binaries.ts";

/**
 * The folder of the embedded PostgreSQL: `postgres` in the home folder, unless the user it runs as cannot get there
 * (root's checkout below /root): then a folder named after the home, where that user can.
 */
export function postgresFolder(home: string): string {
  const user = postgresUser();
  if (user === undefined || isReachableByOthers(home)) return join(home, "postgres");
  const name = createHash("sha256").update(home).digest("hex").slice(0, 16);
  return join(sharedFolder(user), `data-${name}`);
}
