import { existsSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { stopLeftBehind } from "../../launcher/embedded-postgres.ts";
import { converge, readFacts } from "./books.ts";
import { checkOut } from "./buyers.ts";
import { chanceOf } from "./chance.ts";
import { check } from "./check.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { type Diary, openDiary } from "./progress.ts";
import { openProviderClient, type ProviderClient } from "./provider-client.ts";
import { hasKilledEnough, progressLine, shortcomings, table } from "./report.ts";
import { readStormOptions, type StormOptions, type StormSettings } from "./settings.ts";
import { openShopClient } from "./shop-client.ts";
import { haveWeather, killAtRandom } from "./weather.ts";
import { openWorld, providerNames, type World } from "./world.ts";

const startedAt = Date.now();

function say(text: string): void {
  process.stderr.write(`${String(Math.round((Date.now() - startedAt) / 1_000)).padStart(5)} s  ${text}\n`);
}

/** Whether the storm has seen enough, or will not see more. */
function isEnough(settings: StormSettings, diary: Diary): boolean {
  const done = diary.of("done").length;
  if (done < settings.checkouts) return false;
  return done >= settings.checkouts * settings.mostTimes || shortcomings(settings, diary).length === 0;
}

/** How often a program is to be killed at each crash point; a short storm is over when it has seen enough of them. */
function wantedKills(settings: StormSettings, diary: Diary): number {
  return settings.perPoint > 0 || hasKilledEnough(settings, diary) ? settings.perPoint : 1;
}

/** Buyers, each one checkout after another, until there were enough. */
async function buy(settings: StormSettings, diary: Diary, world: World, fleet: Fleet, providers: ProviderClient) {
  const urls = () => fleet.apis.filter((api) => api.isReady()).map(({ graphqlUrl }) => graphqlUrl);
  const shop = await openShopClient(world.keys.organisationTokenKey, urls, diary, chanceOf(settings.seed, 1));
  const done = new Set(diary.of("done").map(({ n }) => n));
  let next = 0;
  const work = async (): Promise<void> => {
    while (!isEnough(settings, diary)) {
      while (done.has(next)) next += 1;
      const n = next;
      next += 1;
      if (n >= settings.checkouts * settings.mostTimes) return;
      await checkOut({ settings, diary, shop, providers }, n);
    }
  };
  await Promise.all(Array.from({ length: settings.buyers }, work));
}

async function rage(options: StormOptions, diary: Diary, world: World, fleet: Fleet): Promise<ProviderClient> {
  const { settings } = options;
  const providers = openProviderClient(world, providerNames);
  // Another life of the same storm has other chances, else it would begin with the same again.
  const life = diary.of("killed").length;
  let isOver = false;
  const timer = setInterval(() => say(progressLine(settings, diary)), 15_000);
  const around = [
    haveWeather(providers, chanceOf(settings.seed, 2, life), () => isOver),
    killAtRandom(fleet, settings, chanceOf(settings.seed, 3, life), () => isOver || wantedKills(settings, diary) === 0),
  ];
  await buy(settings, diary, world, fleet, providers);
  isOver = true;
  await Promise.all(around);
  clearInterval(timer);
  say(progressLine(settings, diary));
  for (const name of providerNames) await providers.forget(name);
  await fleet.calmDown();
  return providers;
}

async function main(): Promise<number> {
  const options = readStormOptions(process.argv.slice(2));
  const { settings, folder } = options;
  say(`${options.isResumed ? "going on with" : "beginning"} the storm of seed ${settings.seed} in ${folder}`);
  const diary = openDiary(join(folder, "diary.jsonl"));
  const world = await openWorld(folder, settings);
  const chance = chanceOf(settings.seed, 4, diary.of("killed").length);
  const fleet = await startFleet(world, folder, diary, chance, () => wantedKills(settings, diary));
  let isStopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (isStopping) return;
      isStopping = true;
      say("stopping; the same command goes on from here");
      void fleet.stop().then(() => process.exit(130));
    });
  }
  say("everything runs");
  const providers = await rage(options, diary, world, fleet);
  const convergedInMs = await converge(world.superuserUrl, providers, settings.convergeWithinMs, say);
  const facts = await readFacts(world, settings, diary, providers);
  await fleet.stop();
  const violations = [...shortcomings(settings, diary), ...check(facts)];
  process.stdout.write(table(settings, diary, facts, violations, convergedInMs));
  await putAway(folder, violations.length > 0);
  return violations.length === 0 ? 0 : 1;
}

/** A storm that is over is not gone on with: what there is to look at is kept beside, all else is removed. */
async function putAway(folder: string, isKept: boolean): Promise<void> {
  await stopLeftBehind(join(folder, "postgres"));
  if (!isKept) {
    rmSync(folder, { recursive: true, force: true });
    return;
  }
  const kept = join(dirname(folder), `kept-${Date.now()}`);
  if (existsSync(folder)) renameSync(folder, kept);
  say(`books, logs and diary are kept in ${kept}`);
}

main().then(
  async (code) => {
    await sleep(50);
    process.exit(code);
  },
  (error: unknown) => {
    process.stderr.write(`the storm could not go on: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(2);
  },
);
