import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { claimPorts } from "../../launcher/ports.ts";
import type { ProcessSpec } from "../../launcher/process-spec.ts";
import { isAlive, waitForEnd } from "../../launcher/processes.ts";
import { createSupervisor, type Supervisor } from "../../launcher/supervisor.ts";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import { testRunFolder } from "../support/test-run.ts";

let folder = "";
let port = 0;
let supervisor: Supervisor | undefined;
let reports: string[] = [];

const server = `
import { createServer } from "node:http";
console.log(JSON.stringify({ msg: "environment", names: Object.keys(process.env).sort() }));
createServer((request, response) => {
  response.end("{}");
  if (request.url === "/crash") { console.error("out of ideas"); process.exit(3); }
}).listen(Number(process.env.PORT), "127.0.0.1");
process.on("disconnect", () => process.exit(0));
process.on("SIGTERM", () => process.exit(0));
`;

beforeAll(async () => {
  folder = mkdtempSync(join(testRunFolder(), "supervisor-"));
  writeFileSync(join(folder, "server.mjs"), server);
  writeFileSync(join(folder, "failing.mjs"), 'console.error("COLOUR is not a colour"); process.exit(1);');
  [port = 0] = await claimPorts(1);
});

afterEach(() => supervisor?.stop());

function spec(entry: string): ProcessSpec {
  const url = `http://127.0.0.1:${port}/`;
  return { name: "demo", entry: join(folder, entry), args: [], environment: { PORT: String(port) }, healthUrls: [url] };
}

function supervise(restartDelaysMs: number[]): Supervisor {
  reports = [];
  supervisor = createSupervisor({ logFolder: folder, report: (text) => reports.push(text), restartDelaysMs });
  return supervisor;
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 250 && !condition(); turn += 1) await sleep(20);
  expect(condition()).toBe(true);
}

describe("a supervised process", () => {
  test("ready, was given its own variables and none of the parent's secrets", async () => {
    process.env.A_SECRET_OF_THE_SHELL = "1";
    await supervise([]).start(spec("server.mjs"));
    const line = readFileSync(join(folder, "demo.log"), "utf8")
      .split("\n")
      .findLast((text) => text.includes("environment"));
    const { names } = JSON.parse(line ?? "{}");
    expect(names).toContain("PORT");
    expect(names).not.toContain("A_SECRET_OF_THE_SHELL");
    expect(names).not.toContain("NODE_OPTIONS");
  });

  test("ending before it is ready, fails the start with its own last sentence", async () => {
    await expect(supervise([]).start(spec("failing.mjs"))).rejects.toThrow(
      /^demo ended with code 1: COLOUR is not a colour \(log: /,
    );
  });

  test("not built, is told so", async () => {
    await expect(supervise([]).start(spec("missing.mjs"))).rejects.toThrow(/run `npm run build` first/);
  });

  test("ending by itself, is reported with its last words and started again", async () => {
    const { start, pids } = supervise([10]);
    await start(spec("server.mjs"));
    const first = pids().demo;
    await fetch(`http://127.0.0.1:${port}/crash`).catch(() => undefined);
    await until(() => reports.length === 2);
    expect(reports[0]).toMatch(/^demo ended with code 3; its last words:\n[\s\S]*\n {4}out of ideas$/);
    expect(reports[1]).toMatch(/^demo runs again/);
    expect(pids().demo).not.toBe(first);
  });

  test("asked to end by somebody else, stays down and says so", async () => {
    const { start, pids } = supervise([10]);
    await start(spec("server.mjs"));
    process.kill(pids().demo ?? 0, "SIGTERM");
    await until(() => reports.length > 0);
    // Longer than the wait before a new start.
    await sleep(100);
    expect(reports).toEqual(["demo was asked to end, and stays down until the next start."]);
    expect(pids()).toEqual({});
  });

  test("ending again and again, stays down after the last new start", async () => {
    const { start, pids } = supervise([10, 10]);
    await start(spec("server.mjs"));
    for (let turn = 0; turn < 3; turn += 1) {
      await until(() => reports.filter((text) => text.includes("runs again")).length === turn);
      await fetch(`http://127.0.0.1:${port}/crash`).catch(() => undefined);
    }
    await until(() => reports.some((text) => text.includes("stays down after 2 new starts")));
    expect(pids()).toEqual({});
  });

  test("killed on purpose, stays down until it is restarted", async () => {
    const { start, kill, restart, pids } = supervise([10]);
    await start(spec("server.mjs"));
    expect(await kill("demo", "SIGKILL")).toEqual({ code: null, signal: "SIGKILL" });
    expect(pids()).toEqual({});
    await restart("demo");
    expect(Object.keys(pids())).toEqual(["demo"]);
    expect(reports).toEqual([]);
  });

  test("whose parent is killed by SIGKILL, ends by itself", async () => {
    const parent = join(folder, "parent.mjs");
    const source = new URL(`file://${join(projectRoot, "dist", "launcher", "supervisor.js")}`).href;
    writeFileSync(
      parent,
      `import { createSupervisor } from ${JSON.stringify(source)};
      const supervisor = createSupervisor({ logFolder: ${JSON.stringify(folder)}, report() {}, restartDelaysMs: [] });
      await supervisor.start(${JSON.stringify(spec("server.mjs"))});
      process.stdout.write(String(supervisor.pids().demo));`,
    );
    const child = spawn(process.execPath, [parent], { stdio: ["ignore", "pipe", "inherit"] });
    const pid = Number(await new Promise((resolve) => child.stdout.once("data", (chunk) => resolve(String(chunk)))));
    expect(isAlive(pid)).toBe(true);
    child.kill("SIGKILL");
    expect(await waitForEnd(pid, 5_000)).toBe(true);
  });
});
