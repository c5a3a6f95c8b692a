import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { projectRoot } from "../platform/runtime/project-root.ts";
import { stopLeftBehind } from "./embedded-postgres.ts";
import { explainFileFault, LaunchError } from "./launch-error.ts";
import { lockHome } from "./launch-lock.ts";
import { homeFolder } from "./launch-settings.ts";
import { endLeftBehind } from "./left-behind.ts";
import { postgresFolder } from "./postgres-home.ts";

// What a home folder consists of; a folder with anything else in it is not one, or not ours alone.
const known = new Set(["demo", "gateway", "launcher.lock", "logs", "postgres", "processes.json", "sandbox", "secrets"]);

async function reset(): Promise<void> {
  const home = homeFolder(projectRoot, process.env);
  if (!existsSync(home)) {
    process.stdout.write(`There is nothing to forget: ${home} does not exist.\n`);
    return;
  }
  const foreign = readdirSync(home).find((name) => !known.has(name));
  if (foreign !== undefined) {
    throw new LaunchError(`${home} holds ${foreign}, which Etalase did not put there: delete the folder yourself.`);
  }
  await lockHome(home, "`npm run reset`");
  await endLeftBehind(join(home, "processes.json"));
  const postgres = postgresFolder(home);
  await stopLeftBehind(postgres);
  try {
    rmSync(postgres, { recursive: true, force: true });
    rmSync(home, { recursive: true, force: true });
  } catch (error) {
    throw explainFileFault(error, home);
  }
  process.stdout.write(
    `Forgotten: ${home}. The next start begins with fresh data; a database of your own, named by a variable, is left as it is.\n`,
  );
}

reset().catch((error: unknown) => {
  process.stderr.write(`${error instanceof LaunchError ? error.message : String((error as Error).stack ?? error)}\n`);
  process.exitCode = 1;
});
