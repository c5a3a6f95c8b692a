import { join } from "node:path";
import type { CleanUp } from "./clean-up.ts";
import {
  checkReachable,
  closeSharedDatabases,
  type DatabaseUrls,
  databaseVariable,
  type ExternalDatabase,
  ensureDatabase,
  externalDatabase,
  openBorders,
} from "./databases.ts";
import { type EmbeddedPostgres, type EmbeddedPostgresSettings, startEmbeddedPostgres } from "./embedded-postgres.ts";
import type { KeyMaterial } from "./key-material.ts";
import type { LaunchSettings } from "./launch-settings.ts";
import { forEachOrganisation, type Organisation, organisations, type PerOrganisation } from "./organisations.ts";
import { postgresFolder } from "./postgres-home.ts";
import { isAlive } from "./processes.ts";
import type { Progress } from "./progress.ts";

const watchIntervalMs = 1_000;

/** Starts the server again on its port when it is killed, so that the programs find it where it was. */
function keepAlive(first: EmbeddedPostgres, settings: EmbeddedPostgresSettings, progress: Progress, cleanUp: CleanUp) {
  let server = first;
  let isBusy = false;
  const timer = setInterval(async () => {
    if (isBusy || isAlive(server.pid) || cleanUp.hasBegun()) return;
    isBusy = true;
    progress.warn(`PostgreSQL has ended (log: ${join(settings.folder, "postgresql.log")}); starting it again.`);
    try {
      server = await startEmbeddedPostgres({ ...settings, port: { exactly: first.port } });
      const { stop } = server;
      cleanUp.add(stop);
    } catch (error) {
      progress.warn(error instanceof Error ? error.message : String(error));
    }
    isBusy = false;
  }, watchIntervalMs);
  cleanUp.add(() => clearInterval(timer));
}

async function startEmbedded(
  settings: LaunchSettings,
  keys: KeyMaterial,
  progress: Progress,
  cleanUp: CleanUp,
): Promise<EmbeddedPostgres> {
  const postgres: EmbeddedPostgresSettings = {
    folder: postgresFolder(settings.home),
    password: keys.superuserPassword,
    port: settings.postgresPort === undefined ? { from: 54_320 } : { exactly: settings.postgresPort },
    isDurable: true,
  };
  const server = await progress.step(
    "PostgreSQL",
    () => startEmbeddedPostgres(postgres),
    ({ port, isReused }) => `port ${port}${isReused ? ", found running" : ""}`,
  );
  cleanUp.add(server.stop);
  keepAlive(server, postgres, progress, cleanUp);
  await closeSharedDatabases(server);
  return server;
}

async function useExternal(organisation: Organisation, chosen: ExternalDatabase, progress: Progress) {
  for (const role of ["runtime", "migrator"] as const) {
    if (role === "migrator" && chosen.urls.migrator === chosen.urls.runtime) continue;
    await checkReachable(databaseVariable(organisation, role), chosen.urls[role]);
  }
  if (chosen.warning !== undefined) progress.warn(chosen.warning);
}

/**
 * Gives every organisation its database: the operator's own where the environment names one, else one of the embedded
 * server, which is started only when somebody needs it. @throws LaunchError
 */
export async function prepareDatabases(
  settings: LaunchSettings,
  environment: NodeJS.ProcessEnv,
  keys: KeyMaterial,
  progress: Progress,
  cleanUp: CleanUp,
): Promise<PerOrganisation<DatabaseUrls>> {
  const external = new Map<Organisation, ExternalDatabase>();
  for (const organisation of organisations) {
    const chosen = externalDatabase(organisation, environment);
    if (chosen === undefined) continue;
    external.set(organisation, chosen);
    await progress.step(`${organisation}'s own database`, () => useExternal(organisation, chosen, progress));
  }
  for (const warning of await openBorders(external)) progress.warn(warning);
  const server =
    external.size === organisations.length ? undefined : await startEmbedded(settings, keys, progress, cleanUp);
  return forEachOrganisation(async (organisation) => {
    const chosen = external.get(organisation);
    if (chosen !== undefined) return chosen.urls;
    if (server === undefined) throw new Error(`no database for ${organisation}`);
    return ensureDatabase(server, organisation, keys.rolePasswords[organisation]);
  });
}
