import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { readGatewayConfig } from "../../../gateway/read-config.ts";
import { createGateway } from "../../../gateway/server.ts";
import type { Logger } from "../../../platform/runtime/logger.ts";
import { type ComposedPart, supergraphOf } from "./composed.ts";
import { processPool } from "./planning-processes.ts";
import type { TestSubgraph } from "./test-subgraph.ts";

process.env.APOLLO_TELEMETRY_DISABLED = "1";

/** An answer over HTTP. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: {
    data?: Record<string, unknown> | null;
    errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[];
  };
}

/** A gateway in this process, on a free port. */
export interface TestGateway {
  readonly url: string;
  /** The file that it serves and watches. */
  readonly supergraphFile: string;
  /** Lines of its log. */
  readonly log: Record<string, unknown>[];
  query(query: string, options?: { variables?: object; headers?: Record<string, string> }): Promise<Answer>;
  metric(name: string, labels?: Record<string, string>): Promise<number>;
  close(): Promise<void>;
}

/** A folder that the test may fill; `remove` takes it away. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "etalase-gateway-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Composes test subgraphs into a file in the folder. */
export async function writeSupergraph(folder: string, subgraphs: readonly ComposedPart[]): Promise<string> {
  const file = join(folder, "supergraph.graphql");
  writeFileSync(file, await supergraphOf(subgraphs));
  return file;
}

function captureLog(lines: Record<string, unknown>[]): Logger {
  return pino({ level: "debug" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
}

/** Reads an HTTP answer whole. */
export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = text.startsWith("{");
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : {} };
}

/** Posts one operation. */
export async function post(
  url: string,
  query: string,
  options: { variables?: object; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...options.headers },
    body: JSON.stringify({ query, variables: options.variables }),
  });
  return readAnswer(response);
}

async function readMetric(origin: string, name: string, labels: Record<string, string>): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const lines = text
    .split("\n")
    .filter(
      (line) => /^[{ ]/.test(line.slice(name.length)) && line.startsWith(name) && wanted.every((w) => line.includes(w)),
    );
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

/** Waits for a fact. Rejects when it is none after half a minute. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error("it did not happen within 30 s");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Starts a gateway over test subgraphs; `config` is what its configuration file would hold beside supergraph and port. */
export async function startGateway(subgraphs: readonly TestSubgraph[], config: object = {}): Promise<TestGateway> {
  const folder = temporaryFolder();
  const supergraph = await writeSupergraph(folder.path, subgraphs);
  const gateway = await startGatewayOn(supergraph, config).catch((error: unknown) => {
    folder.remove();
    throw error;
  });
  return {
    ...gateway,
    close: async () => {
      await gateway.close();
      folder.remove();
    },
  };
}

/** Starts a gateway on a source of supergraphs: a file, an address, Uplink. Rejects as the process would end. */
export async function startGatewayOn(supergraph: string, config: object = {}): Promise<TestGateway> {
  const folder = temporaryFolder();
  const configFile = join(folder.path, "gateway.json");
  writeFileSync(configFile, JSON.stringify(config));
  const log: Record<string, unknown>[] = [];
  const start = async () => {
    const gateway = await createGateway(readGatewayConfig(configFile, { port: 0, supergraph }), captureLog(log), {
      processPool,
    });
    return { gateway, origin: await gateway.listen() };
  };
  const { gateway, origin } = await start().catch((error: unknown) => {
    folder.remove();
    throw error;
  });
  const url = `${origin}/graphql`;
  return {
    url,
    supergraphFile: supergraph,
    log,
    query: (query, options) => post(url, query, options),
    metric: (name, labels = {}) => readMetric(origin, name, labels),
    close: async () => {
      await gateway.close();
      folder.remove();
    },
  };
}
