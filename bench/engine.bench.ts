import { type ChildProcess, fork, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { Pool } from "undici";
import { heavyOperation, lightOperation } from "./heavy/operation.ts";

// CPU per request, requests per second and p95 of the engine, its peer and the floor. Rounds are interleaved, so that a
// machine that slows down slows all of them; medians are reported. Linux: CPU is read from /proc.
//   node --import tsx bench/engine.bench.ts [--rounds 3] [--seconds 4]

const option = (name: string, otherwise: number) => {
  const index = process.argv.indexOf(`--${name}`);
  return index < 0 ? otherwise : Number(process.argv[index + 1]);
};
const rounds = option("rounds", 3);
const seconds = option("seconds", 4);
const connections = option("connections", 50);
const nodeFlags = ["--max-semi-space-size=64"];
const folder = mkdtempSync(join(tmpdir(), "etalase-bench-"));

interface Contender {
  readonly name: string;
  readonly child: ChildProcess;
  readonly url: string;
}

interface Measure {
  readonly cpuMs: number;
  readonly rps: number;
  readonly p95Ms: number;
  readonly rssMb: number;
}

function firstMessage<Message>(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(message as Message));
    child.once("exit", (code) => reject(new Error(`a process of the bench ended with ${code}`)));
  });
}

async function forked(
  name: string,
  file: string,
  env: Record<string, string>,
  args: string[] = [],
): Promise<Contender> {
  const child = fork(join(import.meta.dirname, file), args, {
    execArgv: [...nodeFlags, "--import", "tsx"],
    env: { ...process.env, ...env, NODE_ENV: "production" },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const { port } = await firstMessage<{ port: number }>(child);
  return { name, child, url: `http://127.0.0.1:${port}/graphql` };
}

async function gateway(name: string, supergraph: string, settings: object): Promise<Contender> {
  const config = join(folder, `${name}.json`);
  writeFileSync(config, JSON.stringify({ ...settings, supergraph, port: 0 }));
  const main = join(import.meta.dirname, "../dist/gateway/main.js");
  const child = spawn(process.execPath, [...nodeFlags, main, "--config", config], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, LOG_LEVEL: "info", NODE_ENV: "production" },
  });
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const { address } = JSON.parse(line) as { address?: string };
    if (address === undefined) continue;
    child.stdout.resume();
    return { name, child, url: `${address}/graphql` };
  }
  throw new Error(`${name} did not start`);
}

/** User and system time of a process so far, in milliseconds. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  const ticksPerSecond = 100;
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}

function rssMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1000;
}

async function load({ child, url }: Contender, body: string, milliseconds: number): Promise<Measure> {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections });
  const pid = child.pid ?? 0;
  const times: number[] = [];
  const startedAt = performance.now();
  const before = cpuMs(pid);
  const worker = async () => {
    while (performance.now() - startedAt < milliseconds) {
      const sentAt = performance.now();
      const headers = { "content-type": "application/json" };
      const response = await pool.request({ method: "POST", path: pathname, headers, body });
      const text = await response.body.text();
      if (text.includes('"errors"')) throw new Error(text.slice(0, 500));
      times.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  const tookMs = performance.now() - startedAt;
  const cpu = (cpuMs(pid) - before) / times.length;
  await pool.close();
  times.sort((a, b) => a - b);
  return {
    cpuMs: cpu,
    rps: (times.length * 1000) / tookMs,
    p95Ms: times[Math.floor(times.length * 0.95)] ?? 0,
    rssMb: rssMb(pid),
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function compare(title: string, contenders: readonly Contender[], body: string): Promise<object[]> {
  const measures = new Map(contenders.map(({ name }) => [name, [] as Measure[]]));
  for (const contender of contenders) await load(contender, body, 2_000);
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) measures.get(contender.name)?.push(await load(contender, body, seconds * 1000));
  }
  const rows = [...measures].map(([name, list]) => ({
    operation: title,
    name,
    cpuMsPerRequest: Number(median(list.map(({ cpuMs }) => cpuMs)).toFixed(3)),
    requestsPerSecond: Math.round(median(list.map(({ rps }) => rps))),
    p95Ms: Number(median(list.map(({ p95Ms }) => p95Ms)).toFixed(1)),
    rssMb: Math.round(median(list.map(({ rssMb }) => rssMb))),
  }));
  const floorOf = rows.find(({ name }) => name.startsWith("floor"))?.cpuMsPerRequest;
  for (const row of rows) {
    const ratio = floorOf === undefined ? "" : ` ${(row.cpuMsPerRequest / floorOf).toFixed(2)} x floor`;
    process.stdout.write(
      `${title.padEnd(14)} ${row.name.padEnd(22)} ${row.cpuMsPerRequest} ms CPU${ratio}, ${row.requestsPerSecond} rps, p95 ${row.p95Ms} ms, ${row.rssMb} MB\n`,
    );
  }
  return rows;
}

const subgraphs = fork(join(import.meta.dirname, "heavy/subgraphs.ts"), [], { execArgv: ["--import", "tsx"] });
const { supergraph, urls } = await firstMessage<{ supergraph: string; urls: Record<string, string> }>(subgraphs);
const file = join(folder, "supergraph.graphql");
writeFileSync(file, supergraph);
const env = { BENCH_URLS: JSON.stringify(urls), BENCH_SUPERGRAPH: supergraph };
const shared = [
  await forked("floor, sharing", "heavy/floor.ts", env, ["--share"]),
  await gateway("etalase, sharing", file, { engine: "etalase" }),
];
const alone = [
  await forked("floor", "heavy/floor.ts", env),
  await gateway("etalase", file, { engine: "etalase", deduplicate: false }),
  await forked("@apollo/gateway", "heavy/apollo-gateway.ts", env),
];
const heavy = JSON.stringify({ query: heavyOperation, variables: { first: 5 } });
const results = [
  ...(await compare("heavy", shared, heavy)),
  ...(await compare("heavy", alone, heavy)),
  ...(await compare("light", alone.slice(1), JSON.stringify({ query: lightOperation }))),
];
if (process.argv.includes("--save")) {
  const name = `${new Date().toISOString().slice(0, 10)}.json`;
  writeFileSync(
    join(import.meta.dirname, "results", name),
    `${JSON.stringify({ rounds, seconds, connections, results }, null, 2)}\n`,
  );
}
for (const { child } of [...shared, ...alone]) child.kill();
subgraphs.kill();
rmSync(folder, { recursive: true, force: true });
