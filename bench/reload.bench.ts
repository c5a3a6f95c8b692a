import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { heavyOperation } from "./heavy/operation.ts";
import { startIdentity } from "./support/identity.ts";
import { longestBlockMs } from "./support/lag.ts";
import { load, quantile } from "./support/load.ts";
import { hasOption, numberOption } from "./support/options.ts";
import { benchFolder, startGateway, startSubgraphs } from "./support/processes.ts";
import { record } from "./support/record.ts";

// A new supergraph every second under load: no request may fail, and the slowest hundredth may take half as long again.
// The load is a fixed rate below what the gateway can carry, the same with and without reloads, in turns.

const seconds = numberOption("seconds", hasOption("short") ? 8 : 30);
const rounds = numberOption("rounds", hasOption("short") ? 1 : 3);
const perSecond = numberOption("rate", 150);
const connections = numberOption("connections", 50);

const folder = benchFolder();
const { supergraph } = await startSubgraphs();
const file = join(folder, "supergraph.graphql");
let version = 0;
function publish(): void {
  version += 1;
  writeFileSync(`${file}.new`, `${supergraph}\n# version ${version}\n`);
  renameSync(`${file}.new`, file);
}
publish();
const identity = await startIdentity(folder);
const authorization = await identity.authorizationOf("one-user");
const gateway = await startGateway("etalase", folder, { supergraph: file, ...identity.settings });

async function versionInUse(): Promise<string> {
  const answer = await fetch(new URL("/health/ready", gateway.url));
  return ((await answer.json()) as { supergraph: string }).supergraph;
}

async function phase(reloads: boolean) {
  const seen = new Set<string>();
  const timer = setInterval(async () => {
    seen.add(await versionInUse());
    if (reloads) publish();
  }, 1000);
  await longestBlockMs(gateway.url);
  const result = await load({
    url: gateway.url,
    connections,
    milliseconds: seconds * 1000,
    perSecond,
    bodyOf: (index) => JSON.stringify({ query: heavyOperation, variables: { first: 1 + (index % 9) } }),
    headersOf: () => ({ authorization }),
  });
  clearInterval(timer);
  const digits = (value: number) => Number(value.toFixed(1));
  return {
    requests: result.requests,
    failed: result.failed,
    firstFailure: result.firstFailure,
    p50Ms: digits(quantile(result.timesMs, 0.5)),
    p99Ms: digits(quantile(result.timesMs, 0.99)),
    versionsServed: seen.size,
    longestBlockMs: digits(await longestBlockMs(gateway.url)),
  };
}

/** What a reload itself holds the event loop for: nobody asks anything but which version is in use. */
async function unloaded(reloads: boolean): Promise<number> {
  await longestBlockMs(gateway.url);
  for (let second = 0; second < seconds; second += 1) {
    if (reloads) publish();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await versionInUse();
  }
  return Number((await longestBlockMs(gateway.url)).toFixed(1));
}

await phase(false);
const phases = [];
for (let round = 0; round < rounds; round += 1) phases.push({ calm: await phase(false), reloading: await phase(true) });
const withoutLoad = { calmMs: await unloaded(false), reloadingMs: await unloaded(true) };
const ratios = phases.map(({ calm, reloading }) => reloading.p99Ms / calm.p99Ms).sort((a, b) => a - b);
const failed = phases.reduce((sum, { calm, reloading }) => sum + calm.failed + reloading.failed, 0);
record("reload", {
  seconds,
  perSecond,
  failed,
  p99Ratio: Number(quantile(ratios, 0.5).toFixed(2)),
  longestBlockWithoutLoad: withoutLoad,
  phases,
});
identity.close();
process.exit(0);
