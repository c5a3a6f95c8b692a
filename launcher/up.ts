import process from "node:process";
import { ConfigurationError } from "../platform/runtime/config.ts";
import { projectRoot } from "../platform/runtime/project-root.ts";
import { createCleanUp } from "./clean-up.ts";
import { launch } from "./launch.ts";
import { LaunchError } from "./launch-error.ts";
import { lockHome } from "./launch-lock.ts";
import { readLaunchSettings } from "./launch-settings.ts";
import { launchingNpm, watchProcesses } from "./launching-npm.ts";
import { createProgress } from "./progress.ts";
import { summarise } from "./summary.ts";

function sentence(error: unknown): string {
  if (error instanceof LaunchError || error instanceof ConfigurationError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

// A closed terminal or pipe must not end this process before it has stopped the others.
process.stdout.on("error", () => undefined);

const startedAt = Date.now();
const progress = createProgress((text) => process.stdout.write(text));
const cleanUp = createCleanUp((error) => progress.warn(sentence(error)));

async function up(): Promise<void> {
  const settings = readLaunchSettings(projectRoot, process.env);
  const npm = launchingNpm(process.env);
  const lock = await lockHome(settings.home, "starting it again", npm);
  cleanUp.add(lock.release);
  cleanUp.add(watchProcesses(npm, () => void end("npm is gone")));
  progress.say("Etalase is starting");
  const parts = { root: projectRoot, settings, environment: process.env, progress, cleanUp };
  const { deployment, demo } = await launch(parts);
  if (cleanUp.hasBegun()) return;
  progress.say(summarise(settings, deployment, demo));
  progress.say(`Ready after ${((Date.now() - startedAt) / 1000).toFixed(1)} s, the build not counted.`);
}

const running = up().catch(async (error: unknown) => {
  // Parts that were being started when everything was stopped fail; that is no news.
  if (cleanUp.hasBegun()) return;
  process.stderr.write(`\n${sentence(error)}\n`);
  await cleanUp.run();
  process.exit(1);
});

async function end(reason: string): Promise<void> {
  if (cleanUp.hasBegun()) return;
  const stoppingAt = Date.now();
  progress.say(`\nStopping (${reason})`);
  await cleanUp.run();
  // A part that was being started meanwhile is undone as soon as it stands.
  await running;
  await cleanUp.run();
  progress.say(`Everything has stopped (${((Date.now() - stoppingAt) / 1000).toFixed(1)} s).`);
  process.exit(0);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void end(signal));
