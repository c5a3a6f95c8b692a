import { type ChildProcess, fork } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { composeServices } from "@apollo/composition";
import { parse } from "graphql";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { quantile } from "./support/load.ts";
import { numberOption } from "./support/options.ts";
import { benchFolder } from "./support/processes.ts";
import { record } from "./support/record.ts";

// Memory of one gateway process for each idle stream, and how long an event takes to reach 500 clients, each with an entity
// of another organisation on it. Streams are WebSocket connections of their own. `--idle 5000 --active 500 --events 30`

const idle = numberOption("idle", 5_000);
const active = numberOption("active", 500);
const events = numberOption("events", 30);
const folder = benchFolder();
const federation = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n';
const showSdl = `${federation}type Query { nothing: Int } type Subscription { show(id: ID!): Show }
  type Show @key(fields: "id") { id: ID! sentAt: Float product: Product } type Product @key(fields: "id", resolvable: false) { id: ID! }`;
const goodsSdl = `${federation}type Query { none: Int } type Product @key(fields: "id") { id: ID! price: Int stock: Int }`;

/** Two organisations in this process: their work must not count, so they do next to none. */
function startSubgraphs() {
  const watchers = new Map<string, Set<(text: string) => void>>();
  const stateOf = (id: string) =>
    JSON.stringify({
      data: {
        show: { __typename: "Show", id, sentAt: performance.now(), product: { __typename: "Product", id: "p1" } },
      },
    });
  const shows = createServer(async (request, response) => {
    let raw = "";
    for await (const chunk of request) raw += String(chunk);
    const { id } = (JSON.parse(raw) as { variables: { id: string } }).variables;
    response.writeHead(200, { "content-type": "text/event-stream" });
    const tell = (text: string) => void response.write(`event: next\ndata: ${text}\n\n`);
    tell(stateOf(id));
    const own = watchers.get(id) ?? new Set();
    watchers.set(id, own.add(tell));
    response.on("close", () => own.delete(tell));
  });
  const goods = createServer(async (request, response) => {
    for await (const _ of request);
    response.writeHead(200, { "content-type": "application/json" });
    response.end('{"data":{"_entities":[{"__typename":"Product","price":1000,"stock":5}]}}');
  });
  const publish = (id: string) => {
    const text = stateOf(id);
    for (const tell of watchers.get(id) ?? []) tell(text);
  };
  return { shows, goods, publish };
}

async function listen(server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

interface Measure {
  readonly heapMb: number;
  readonly rssMb: number;
}

const measuring = `process.on("message", () => { for (let i = 0; i < 4; i += 1) globalThis.gc();
  const { heapUsed, rss } = process.memoryUsage(); process.send({ heapMb: heapUsed / 1e6, rssMb: rss / 1e6 }); });`;

async function startGateway(supergraph: string): Promise<{ child: ChildProcess; url: string }> {
  const config = join(folder, "gateway.json");
  const subscriptions = {
    fields: { show: { kind: "state" } },
    heartbeatMs: 60_000,
    streamsPerAddress: 100_000,
    connectionsPerAddress: 100_000,
  };
  writeFileSync(config, JSON.stringify({ supergraph, port: 0, subscriptions }));
  const measure = join(folder, "measure.mjs");
  writeFileSync(measure, measuring);
  const child = fork(join(import.meta.dirname, "../../dist/gateway/main.js"), ["--config", config], {
    execArgv: ["--expose-gc", "--import", measure],
    stdio: ["ignore", "pipe", "inherit", "ipc"],
    env: { ...process.env, LOG_LEVEL: "info", NODE_ENV: "production" },
  });
  const address = await new Promise<string>((resolve) => {
    child.stdout?.on("data", (chunk) => {
      const found = /"address":"([^"]+)"/.exec(String(chunk))?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  return { child, url: `${address.replace("http", "ws")}/graphql` };
}

function measure(child: ChildProcess): Promise<Measure> {
  return new Promise((resolve) => {
    child.once("message", (message) => resolve(message as Measure));
    child.send("measure");
  });
}

/** One client with one connection and one stream; resolves with its first event. */
function watch(url: string, id: string, tell: (sentAt: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
    const query = "subscription ($id: ID!) { show(id: $id) { id sentAt product { price stock } } }";
    client.subscribe<{ show: { sentAt: number } }>(
      { query, variables: { id } },
      {
        next: ({ data }) => {
          resolve();
          tell(data?.show.sentAt ?? 0);
        },
        error: reject,
        complete: () => undefined,
      },
    );
  });
}

async function watchMany(count: number, url: string, idOf: (index: number) => string, tell: (sentAt: number) => void) {
  const together = 50;
  for (let begun = 0; begun < count; begun += together) {
    const size = Math.min(together, count - begun);
    await Promise.all(Array.from({ length: size }, (_, index) => watch(url, idOf(begun + index), tell)));
  }
}

const rounded = (value: number) => Math.round(value * 10) / 10;
const kilobytes = (megabytes: number, count: number) => Math.round((megabytes * 1e4) / count) / 10;

async function main(): Promise<void> {
  const { shows, goods, publish } = startSubgraphs();
  const sources = [
    { name: "shows", url: await listen(shows), typeDefs: parse(showSdl) },
    { name: "goods", url: await listen(goods), typeDefs: parse(goodsSdl) },
  ];
  const supergraph = join(folder, "supergraph.graphql");
  const { supergraphSdl, errors } = composeServices(sources);
  if (supergraphSdl === undefined) throw new Error(String(errors));
  writeFileSync(supergraph, supergraphSdl);
  const { child, url } = await startGateway(supergraph);
  await watchMany(
    20,
    url,
    () => "warm",
    () => undefined,
  );
  const before = await measure(child);
  // Shows of 50 watchers each: what they share is one stream of the subgraph.
  await watchMany(
    idle,
    url,
    (index) => `idle-${Math.floor(index / 50)}`,
    () => undefined,
  );
  const loaded = await measure(child);
  const latencies: number[] = [];
  await watchMany(
    active,
    url,
    () => "active",
    (sentAt) => void latencies.push(performance.now() - sentAt),
  );
  latencies.length = 0;
  for (let event = 0; event < events; event += 1) {
    publish("active");
    await delay(1_000);
  }
  for (let waited = 0; latencies.length < active * events && waited < 30_000; waited += 100) await delay(100);
  latencies.sort((a, b) => a - b);
  const result = {
    node: process.version,
    idle: {
      streams: idle,
      heapKbPerStream: kilobytes(loaded.heapMb - before.heapMb, idle),
      rssKbPerStream: kilobytes(loaded.rssMb - before.rssMb, idle),
      rssMb: Math.round(loaded.rssMb),
    },
    active: {
      streams: active,
      events: latencies.length,
      lost: active * events - latencies.length,
      p50Ms: rounded(quantile(latencies, 0.5)),
      p95Ms: rounded(quantile(latencies, 0.95)),
      p99Ms: rounded(quantile(latencies, 0.99)),
    },
    loadAverage: Number(readFileSync("/proc/loadavg", "utf8").split(" ")[0]),
  };
  record("live", result);
  child.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}

await main();
