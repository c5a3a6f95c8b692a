import { type ChildProcess, fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../../platform/runtime/project-root.ts";
import { temporaryFolder, writeSupergraph } from "./test-gateway.ts";
import type { TestSubgraph } from "./test-subgraph.ts";

/** What a process holds after its garbage was collected. */
export interface ProcessMeasure {
  readonly heapBytes: number;
  /** The heap and what it keeps outside of it, as buffers. */
  readonly heldBytes: number;
  readonly rssBytes: number;
  /** Sockets, timers and the like that are open. */
  readonly handles: number;
}

/** A gateway in a process of its own, from dist/, that can be measured. */
export interface GatewayProcess {
  readonly url: string;
  readonly pid: number;
  measure(): Promise<ProcessMeasure>;
  /** Sum over all labels. */
  metric(name: string): Promise<number>;
  close(): Promise<void>;
}

// Beside the gateway itself: answers what the process holds when it is asked.
const measuring = `
import process from "node:process";
process.on("message", () => {
  for (let round = 0; round < 4; round += 1) globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  const handles = process.getActiveResourcesInfo().filter((name) => name !== "Timeout" && name !== "Immediate").length;
  process.send({ heapBytes: heapUsed, heldBytes: heapUsed + external, rssBytes: rss, handles });
});
`;

function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  return new Promise((resolve) => child.once("message", (message) => resolve(message as Message)));
}

/** Starts it over test subgraphs; waits until it listens. */
export async function startGatewayProcess(subgraphs: readonly TestSubgraph[], config: object): Promise<GatewayProcess> {
  const folder = temporaryFolder();
  const configFile = join(folder.path, "gateway.json");
  const supergraph = await writeSupergraph(folder.path, subgraphs);
  writeFileSync(configFile, JSON.stringify({ ...config, supergraph, port: 0 }));
  const measureFile = join(folder.path, "measure.mjs");
  writeFileSync(measureFile, measuring);
  const child = fork(join(projectRoot, "dist/gateway/main.js"), ["--config", configFile], {
    execArgv: ["--expose-gc", "--import", measureFile],
    stdio: ["ignore", "pipe", "inherit", "ipc"],
    env: { ...process.env, LOG_LEVEL: "info" },
  });
  const origin = await new Promise<string>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the gateway ended with ${code}`)));
    let text = "";
    child.stdout?.on("data", (chunk) => {
      text = (text + String(chunk)).slice(-10_000);
      const address = /"address":"([^"]+)"/.exec(text)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  return {
    url: `${origin}/graphql`,
    pid: child.pid ?? 0,
    measure: async () => {
      const answer = nextMessage<ProcessMeasure>(child);
      child.send("measure");
      return answer;
    },
    metric: async (name) => {
      const text = await (await fetch(`${origin}/metrics`)).text();
      const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
      return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
    },
    close: () =>
      new Promise((resolve) => {
        const ended = () => {
          folder.remove();
          resolve();
        };
        child.removeAllListeners("exit");
        // One that has crashed will not end again.
        if (child.exitCode !== null || child.signalCode !== null) return ended();
        child.once("exit", ended);
        child.kill("SIGTERM");
      }),
  };
}
