import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";

// The peer Hive Gateway, as its maker documents its use from a program: its runtime behind Node's HTTP server. With
// `--native` it plans and executes by its router runtime. `--share` is its de-duplication of requests to subgraphs,
// `--share-answers` that of whole answers. The packages are only there once the peers are installed.

const load = (name: string): Promise<Record<string, unknown>> => import(name);
const { createGatewayRuntime } = (await load("@graphql-hive/gateway-runtime")) as {
  createGatewayRuntime: (config: object) => RequestListener;
};
const has = (flag: string) => process.argv.includes(flag);
const runtime = createGatewayRuntime({
  supergraph: process.env.BENCH_SUPERGRAPH,
  ...(has("--native") ? await load("@graphql-hive/router-runtime") : {}),
  transportEntries: { "*.http": { options: { deduplicateInflightRequests: has("--share") } } },
  inboundInflightRequestDeduplication: has("--share-answers"),
  landingPage: false,
  logging: false,
});
const server = createServer(runtime);
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("disconnect", () => process.exit(0));
process.on("SIGTERM", () => process.exit(0));
