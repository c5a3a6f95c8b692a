import { deepStrictEqual } from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { heavyOperation, lightOperation } from "./heavy/operation.ts";
import { startIdentity } from "./support/identity.ts";
import { type LoadResult, load, median, quantile } from "./support/load.ts";
import { hasOption, numberOption, textOption } from "./support/options.ts";
import {
  benchFolder,
  type Contender,
  nodeFlags,
  startGateway,
  startServer,
  startSubgraphs,
  stop,
} from "./support/processes.ts";
import { record } from "./support/record.ts";
import { cpuMs, rssMb } from "./support/usage.ts";

// CPU per request, requests per second and p95 of the engine, its peers and the floor. Rounds are interleaved, so that a
// machine that slows down slows all of them; medians are reported. Our gateway verifies who asks, mints tokens for each
// organisation, masks and counts; the floor and the peers do not. Linux: CPU is read from /proc.

const rounds = numberOption("rounds", 5);
const seconds = numberOption("seconds", 5);
const connections = numberOption("connections", 50);
// A process that has not compiled its hot code yet measures the compiler.
const warmUpRequests = numberOption("warmup", 3_000);
const longestWarmUpMs = 40_000;
const only = textOption("only")?.split(",");

interface Measure {
  readonly cpuMs: number;
  readonly rps: number;
  readonly p95Ms: number;
  readonly rssMb: number;
}

/** One comparison: who takes part, and what each is asked. */
interface Comparison {
  readonly title: string;
  readonly contenders: readonly Contender[];
  readonly bodyOf: (index: number) => string;
}

const folder = benchFolder();
const { supergraph, urls } = await startSubgraphs();
const supergraphFile = join(folder, "supergraph.graphql");
writeFileSync(supergraphFile, supergraph);
const identity = await startIdentity(folder);
const authorization = await identity.authorizationOf("one-user");
const env = { BENCH_URLS: JSON.stringify(urls), BENCH_SUPERGRAPH: supergraph };
const config = { supergraph: supergraphFile, ...identity.settings };

type Bodies = (index: number) => string;

function run({ url }: Contender, bodyOf: Bodies, milliseconds: number, requests?: number): Promise<LoadResult> {
  const length = { milliseconds, ...(requests === undefined ? {} : { requests }) };
  return load({ url, connections, ...length, bodyOf, headersOf: () => ({ authorization }) });
}

async function measure(contender: Contender, bodyOf: (index: number) => string): Promise<Measure> {
  const before = cpuMs(contender.pid);
  const { requests, failed, firstFailure, tookMs, timesMs } = await run(contender, bodyOf, seconds * 1000);
  if (failed > 0) throw new Error(`${contender.name}: ${firstFailure}`);
  return {
    cpuMs: (cpuMs(contender.pid) - before) / requests,
    rps: (requests * 1000) / tookMs,
    p95Ms: quantile(timesMs, 0.95),
    rssMb: rssMb(contender.pid),
  };
}

async function answerOf({ url }: Contender, body: string): Promise<unknown> {
  const headers = { "content-type": "application/json", authorization };
  return (await fetch(url, { method: "POST", headers, body })).json();
}

const digits = (value: number, count: number) => Number(value.toFixed(count));

async function compare({ title, contenders, bodyOf }: Comparison): Promise<object[]> {
  const [reference] = contenders;
  if (reference === undefined) return [];
  const expected = await answerOf(reference, bodyOf(0));
  // Whoever answers something else is not to be compared.
  for (const contender of contenders) deepStrictEqual(await answerOf(contender, bodyOf(0)), expected, contender.name);
  const measures = new Map(contenders.map(({ name }) => [name, [] as Measure[]]));
  for (const contender of contenders) await run(contender, bodyOf, longestWarmUpMs, warmUpRequests);
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) measures.get(contender.name)?.push(await measure(contender, bodyOf));
  }
  const rows = [...measures].map(([name, list]) => ({
    comparison: title,
    name,
    cpuMsPerRequest: digits(median(list.map((one) => one.cpuMs)), 3),
    cpuMsOfRounds: list.map((one) => digits(one.cpuMs, 3)),
    requestsPerSecond: Math.round(median(list.map((one) => one.rps))),
    p95Ms: digits(median(list.map((one) => one.p95Ms)), 1),
    rssMb: Math.round(median(list.map((one) => one.rssMb))),
  }));
  const reported = rows.map((row) => ({
    ...row,
    timesReference: digits(row.cpuMsPerRequest / (rows[0]?.cpuMsPerRequest ?? 1), 2),
  }));
  for (const row of reported) {
    process.stdout.write(
      `${title.padEnd(16)} ${row.name.padEnd(28)} ${String(row.cpuMsPerRequest).padStart(7)} ms CPU = ${row.timesReference} x ${reference.name}, ${row.requestsPerSecond} rps, p95 ${row.p95Ms} ms, ${row.rssMb} MB\n`,
    );
  }
  return reported;
}

const heavy = (first: number) => JSON.stringify({ query: heavyOperation, variables: { first } });
const sameHeavy = heavy(9);
const light = JSON.stringify({ query: lightOperation });
const peer = (name: string, args: string[]) => () => startServer(name, "peers/hive-gateway.js", { env, args });
const apollo = () => startServer("@apollo/gateway", "peers/apollo-gateway.js", { env });
const wantsPeers = !hasOption("no-peers");

type Starters = readonly (() => Promise<Contender>)[];

/** Contenders live for one comparison only: a process that idles beside costs the others nothing. */
async function perform(title: string, bodyOf: (index: number) => string, ours: Starters, peers: Starters) {
  if (only !== undefined && !only.includes(title)) return [];
  const contenders: Contender[] = [];
  for (const start of [...ours, ...(wantsPeers ? peers : [])]) contenders.push(await start());
  try {
    return await compare({ title, contenders, bodyOf });
  } finally {
    for (const contender of contenders) await stop(contender);
  }
}

const results = [
  ...(await perform(
    "sharing",
    () => sameHeavy,
    [
      () => startServer("floor, sharing", "heavy/floor.js", { env, args: ["--share"] }),
      () => startGateway("etalase, sharing", folder, config),
    ],
    [peer("hive, sharing", ["--share"]), peer("hive native, sharing", ["--native", "--share"]), apollo],
  )),
  ...(await perform(
    "sharing answers",
    () => sameHeavy,
    [
      () => startServer("floor, sharing", "heavy/floor.js", { env, args: ["--share"] }),
      () => startGateway("etalase, answers", folder, { ...config, deduplicateAnswers: true }),
    ],
    [peer("hive native, answers", ["--native", "--share", "--share-answers"])],
  )),
  ...(await perform(
    "alone",
    // Any number from 9 up asks for all nine products.
    (index) => heavy(9 + (index % 1_000_000)),
    [
      () => startServer("floor", "heavy/floor.js", { env }),
      () => startGateway("etalase", folder, { ...config, deduplicate: false }),
    ],
    [peer("hive", []), peer("hive native", ["--native"]), apollo],
  )),
  ...(await perform(
    "light",
    () => light,
    [
      () => startServer("plain proxy", "heavy/proxy.js", { env }),
      () => startGateway("etalase", folder, { ...config, deduplicate: false }),
    ],
    [peer("hive native", ["--native"]), apollo],
  )),
];
record("engine", { rounds, seconds, connections, nodeFlags, results });
identity.close();
process.exit(0);
