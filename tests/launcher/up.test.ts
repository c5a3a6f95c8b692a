import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { childEnvironment } from "../../launcher/child-environment.ts";
import { portVariables } from "../../launcher/launch-settings.ts";
import { claimPorts } from "../../launcher/ports.ts";
import { readPidFile } from "../../launcher/postgres-pid-file.ts";
import { isAlive, isAliveAs, signal, waitForEnd } from "../../launcher/processes.ts";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import { graphqlClient } from "../support/graphql-client.ts";
import { freePorts } from "../support/ports.ts";
import { testRunFolder } from "../support/test-run.ts";

const program = join(projectRoot, "bin", "etalase.js");
let home = "";
let environment: Record<string, string> = {};
let orderId = "";
let running: { readonly child: ChildProcess; readonly output: () => string } | undefined;

beforeAll(async () => {
  const folder = mkdtempSync(join(testRunFolder(), "up-"));
  // As a checkout is: PostgreSQL's user can pass through.
  chmodSync(folder, 0o711);
  home = join(folder, "a home");
  const [free, [postgres]] = await Promise.all([freePorts(), claimPorts(1)]);
  const ports = Object.entries(portVariables()).map(([name, variable]) => [
    variable,
    String(free[name as keyof typeof free]),
  ]);
  environment = childEnvironment({
    ETALASE_HOME: home,
    ETALASE_SEED_SCALE: "small",
    ETALASE_PORT_POSTGRES: String(postgres),
    ...Object.fromEntries(ports),
  });
});

afterAll(async () => {
  const { child } = running ?? {};
  if (child !== undefined && child.exitCode === null && child.signalCode === null) await stop("SIGTERM");
  // Ends what a failed test may have left.
  sayOnce("reset");
});

async function start(): Promise<string> {
  const child = spawn(process.execPath, [program, "up"], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  running = { child, output: () => text };
  while (!text.includes("Ready after") && child.exitCode === null) await sleep(50);
  expect(text).toContain("Ready after");
  return text;
}

async function stop(name: NodeJS.Signals): Promise<void> {
  const { child } = running ?? {};
  if (child === undefined) throw new Error("nothing runs");
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill(name);
  await ended;
}

function sayOnce(command: string) {
  return spawnSync(process.execPath, [program, command], { env: environment, encoding: "utf8" });
}

function processes(): { pid: number; entry: string }[] {
  return JSON.parse(readFileSync(join(home, "processes.json"), "utf8"));
}

function postgresPid(): number {
  const pid = readPidFile(join(home, "postgres", "data"))?.pid;
  // Never 0: that would name the whole process group.
  if (pid === undefined) throw new Error("PostgreSQL does not run");
  return pid;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

// One story: each test goes on from the one before, because a start takes seconds.
describe("etalase up", () => {
  test("on an empty folder, runs everything and offers something to buy that can be bought", async () => {
    const text = await start();
    expect(text).toMatch(/Explorer: http:\/\/localhost:\d+\/graphql opens with BrowseAndBuy/);
    expect(processes().map(({ pid, entry }) => isAliveAs(pid, entry))).toEqual([true, true, true, true, true]);
    const request = JSON.parse(readFileSync(join(home, "demo", "browse-and-buy.json"), "utf8"));
    const token = readFileSync(join(home, "demo", "buyer.token"), "utf8");
    expect(text).toContain(token);
    expect(text).toContain(readFileSync(join(home, "demo", "analyst.token"), "utf8"));
    const url = `http://localhost:${environment.ETALASE_PORT_GATEWAY}/graphql`;
    const data = await graphqlClient(url, token).data(request.query, request.variables);
    expect(data).toMatchObject({
      likeVideo: { __typename: "LikeVideoSuccess" },
      addToCart: { __typename: "AddToCartSuccess" },
      checkout: { __typename: "CheckoutSuccess" },
    });
    const pasted = /^mutation BrowseAndBuy \{$[\s\S]*?^\}$/m.exec(text)?.[0] ?? "";
    const again = await graphqlClient(url, token).data<{ checkout: unknown }>(pasted);
    expect(again).toMatchObject({ checkout: { orders: [{ id: expect.any(String) }] } });
    const command = /^ {2}(curl .*)$/m.exec(text)?.[1] ?? "";
    const typed = spawnSync("/bin/sh", ["-c", command], { encoding: "utf8" });
    expect(JSON.parse(typed.stdout)).toMatchObject({
      data: { checkout: { __typename: "CheckoutSuccess", isReplay: true } },
    });
    orderId = (data as { checkout: { orders: { id: string }[] } }).checkout.orders[0]?.id ?? "";
    expect(orderId).toMatch(/-/);
    const page = await (await fetch(url, { headers: { accept: "text/html" } })).text();
    expect(page).toContain(token);
    expect(page).toContain("BrowseAndBuy");
  }, 120_000);

  test("running, keeps its secrets and logs to its user", () => {
    const secrets = filesBelow(join(home, "secrets"));
    expect(secrets.length).toBeGreaterThan(10);
    for (const file of [...secrets, ...filesBelow(join(home, "logs")), ...filesBelow(join(home, "demo"))]) {
      expect([file, statSync(file).mode & 0o077]).toEqual([file, 0]);
    }
  });

  test("running, is started a second time: one sentence, and nothing happens", () => {
    const second = sayOnce("up");
    expect(second.status).toBe(1);
    expect(second.stderr.trim()).toBe(
      `Etalase runs already with ${home} (process ${running?.child.pid}): stop it with Ctrl-C there before starting it again.`,
    );
  });

  test("running, is to be reset: refused in one sentence", () => {
    const reset = sayOnce("reset");
    expect(reset.status).toBe(1);
    expect(reset.stderr).toMatch(/^Etalase runs already with .* before `npm run reset`\.\n$/);
  });

  test("killed by SIGKILL, leaves no process but PostgreSQL, which the next start takes over", async () => {
    const before = processes();
    const postgres = postgresPid();
    await stop("SIGKILL");
    const text = await start();
    expect(before.filter(({ pid, entry }) => isAliveAs(pid, entry))).toEqual([]);
    expect(text).toContain("found running");
    expect(postgresPid()).toBe(postgres);
    // What was bought before is there, for the same person with another token.
    const token = readFileSync(join(home, "demo", "buyer.token"), "utf8");
    const url = `http://localhost:${environment.ETALASE_PORT_GATEWAY}/graphql`;
    const bought = await graphqlClient(url, token).data(`{ order(id: "${orderId}") { id status } }`);
    expect(bought).toEqual({ order: { id: orderId, status: "PLACED" } });
  }, 120_000);

  test("one of whose processes and whose PostgreSQL are killed, mends itself", async () => {
    const storefront = processes().find(({ entry }) => entry.includes("storefront"));
    const postgres = postgresPid();
    signal(postgres, "SIGKILL");
    signal(storefront?.pid ?? 0, "SIGKILL");
    const url = `http://localhost:${environment.ETALASE_PORT_GATEWAY}/graphql`;
    await waitForEnd(postgres, 5_000);
    const query = "{ feed(first: 1) { nodes { id showcase { product { id title } } } } }";
    let errors = 1;
    for (const until = Date.now() + 45_000; errors > 0 && Date.now() < until; await sleep(200)) {
      errors = (await graphqlClient(url).send(query)).errors.length;
    }
    expect(running?.output()).toContain("storefront was ended by SIGKILL");
    expect(running?.output()).toContain("PostgreSQL has ended");
    expect(errors).toBe(0);
  }, 60_000);

  test("stopped by Ctrl-C, leaves no process behind", async () => {
    const all = [...processes().map(({ pid }) => pid), postgresPid()];
    await stop("SIGINT");
    expect(running?.output()).toContain("Everything has stopped");
    expect(running?.child.exitCode).toBe(0);
    expect(all.filter(isAlive)).toEqual([]);
    expect(existsSync(join(home, "launcher.lock"))).toBe(false);
  }, 60_000);

  test("interrupted while it starts, leaves no process behind", async () => {
    const child = spawn(process.execPath, [program, "up"], { env: environment, stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    while (!text.includes("PostgreSQL") && child.exitCode === null) await sleep(5);
    child.kill("SIGINT");
    expect(await ended).toBe(0);
    expect(readPidFile(join(home, "postgres", "data"))).toBeUndefined();
    expect(processes().filter(({ pid, entry }) => isAliveAs(pid, entry))).toEqual([]);
  }, 60_000);

  test("whose npm is killed by SIGKILL, stops, and a start that comes meanwhile waits for it", async () => {
    // As npm runs a script: in a shell, which a signal to npm does not reach.
    const command = `"${process.execPath}" "${program}" up && true`;
    const shell = spawn("/bin/sh", ["-c", command], {
      env: { ...environment, npm_lifecycle_event: "start" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise<void>((resolve) => {
      shell.stdout.on("data", (chunk: Buffer) => {
        if (chunk.toString().includes("PostgreSQL")) resolve();
      });
    });
    const postgres = postgresPid();
    shell.kill("SIGKILL");
    const reset = sayOnce("reset");
    expect(reset.stdout).toMatch(/^Forgotten/);
    expect(isAlive(postgres)).toBe(false);
  }, 60_000);

  test("with a port that is taken, ends with one sentence and leaves no process behind", async () => {
    const port = Number(environment.ETALASE_PORT_STOREFRONT_EVENTS);
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
    const refused = sayOnce("up");
    await new Promise((resolve) => other.close(resolve));
    expect(refused.status).toBe(1);
    expect(refused.stderr.trim()).toBe(
      `Port ${port} is taken by another program, and the storefront, for commerce's events, wants it: stop that program or set ETALASE_PORT_STOREFRONT_EVENTS to a free port.`,
    );
    expect(readPidFile(join(home, "postgres", "data"))).toBeUndefined();
  }, 60_000);

  test("beside somebody else's file, is not reset", () => {
    writeFileSync(join(home, "thesis.txt"), "");
    expect(sayOnce("reset").stderr).toMatch(/holds thesis\.txt, which Etalase did not put there/);
    rmSync(join(home, "thesis.txt"));
  });

  test("reset, forgets all data, a gateway's last good supergraph too, and then has nothing more to forget", () => {
    // As `etalase gateway` leaves it in a checkout (docs/operator.md).
    mkdirSync(join(home, "gateway"));
    writeFileSync(join(home, "gateway", "last-good.json"), "{}");
    expect(sayOnce("reset").stdout).toMatch(/^Forgotten/);
    expect(existsSync(home)).toBe(false);
    expect(sayOnce("reset").stdout).toMatch(/^There is nothing to forget/);
  });
});
