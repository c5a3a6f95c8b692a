import { type ChildProcess, fork, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { hasOption } from "./options.ts";

/** Flags that every contender runs with; `etalase gateway` gives them to itself. */
export const nodeFlags = ["--max-semi-space-size=64"];

const folderOfBench = join(import.meta.dirname, "..");

/** A server under measurement. */
export interface Contender {
  readonly name: string;
  readonly pid: number;
  readonly url: string;
  readonly child: ChildProcess;
}

/** A folder that goes away with the bench. */
export function benchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "etalase-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function firstMessage<Message>(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(message as Message));
    child.once("exit", (code) => reject(new Error(`a process of the bench ended with ${code}`)));
  });
}

function endWithParent(child: ChildProcess): void {
  process.on("exit", () => child.kill("SIGKILL"));
}

function profiled(name: string): readonly string[] {
  return hasOption("profile") ? ["--cpu-prof", `--cpu-prof-name=${name}.cpuprofile`] : [];
}

/** Starts a server of the bench, which says on which port it listens. */
export async function startServer(
  name: string,
  file: string,
  { env = {}, args = [] }: { env?: Record<string, string>; args?: readonly string[] } = {},
): Promise<Contender> {
  const child = fork(join(folderOfBench, file), [...args], {
    execArgv: [...nodeFlags, ...profiled(name.replaceAll(/\W+/g, "-"))],
    env: { ...process.env, ...env, NODE_ENV: "production" },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  endWithParent(child);
  const { port } = await firstMessage<{ port: number }>(child);
  return { name, child, pid: child.pid ?? 0, url: `http://127.0.0.1:${port}/graphql` };
}

/** The subgraphs of the heavy operation and their supergraph. */
export interface Subgraphs {
  readonly supergraph: string;
  readonly urls: Readonly<Record<string, string>>;
}

/** Starts the subgraphs, all in one process. */
export async function startSubgraphs(): Promise<Subgraphs> {
  const child = fork(join(folderOfBench, "heavy/subgraphs.js"), [], { execArgv: [] });
  endWithParent(child);
  return firstMessage<Subgraphs>(child);
}

/** Starts the product's gateway with a configuration. */
export async function startGateway(name: string, folder: string, config: object): Promise<Contender> {
  const file = join(folder, `${name.replaceAll(/\W+/g, "-")}.json`);
  writeFileSync(file, JSON.stringify({ ...config, port: 0 }));
  const main = join(folderOfBench, "../../dist/gateway/main.js");
  const flags = [...nodeFlags, ...profiled(name.replaceAll(/\W+/g, "-"))];
  const child = spawn(process.execPath, [...flags, main, "--config", file], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, LOG_LEVEL: "info", NODE_ENV: "production" },
  });
  endWithParent(child);
  for await (const line of createInterface({ input: child.stdout })) {
    const { address } = JSON.parse(line) as { address?: string };
    if (address === undefined) continue;
    child.stdout.resume();
    return { name, child, pid: child.pid ?? 0, url: `${address}/graphql` };
  }
  throw new Error(`${name} did not start`);
}

/** Ends a server and waits until it has ended (a profile is written then). */
export async function stop({ child }: Contender): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(timer);
}
