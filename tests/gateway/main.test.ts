import { type ChildProcess, fork, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import { openShop, type Shop } from "./support/shop.ts";
import { post, temporaryFolder, writeSupergraph } from "./support/test-gateway.ts";

// Each test starts a process that starts a process that plans: on a busy machine that takes a while.
jest.setTimeout(120_000);

const bin = join(projectRoot, "bin/etalase.js");
const folder = temporaryFolder();
let shop: Shop;
let supergraph: string;

beforeAll(async () => {
  shop = await openShop();
  supergraph = await writeSupergraph(folder.path, [shop.content, shop.goods]);
});
afterAll(async () => {
  await shop.close();
  folder.remove();
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function collect(child: ChildProcess, end: "close" | "exit"): { ended: Promise<Ended>; stdout: () => string } {
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve) => child.on(end, (code) => resolve({ code, stdout, stderr })));
  return { ended, stdout: () => stdout };
}

function run(args: readonly string[]): Promise<Ended> {
  return collect(spawn(process.execPath, [bin, "gateway", ...args]), "close").ended;
}

// A child whose IPC channel the parent closed never emits `close`, so a started gateway is awaited by `exit`.
/** Starts a gateway with an IPC channel, as the launcher does, and waits until it says where it listens. */
async function start(args: readonly string[]) {
  const child = fork(bin, ["gateway", "--port", "0", ...args], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    execArgv: [],
  });
  const { ended, stdout } = collect(child, "exit");
  let address: string | undefined;
  for (let tries = 0; address === undefined && child.exitCode === null && tries < 1_200; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    address = /"address":"([^"]+)"/.exec(stdout())?.[1];
  }
  if (address === undefined) {
    child.kill("SIGKILL");
    throw new Error(`the gateway did not start: ${JSON.stringify(await ended)}`);
  }
  return { child, ended, url: `${address}/graphql`, origin: address };
}

describe("etalase gateway", () => {
  test("only a supergraph and a port, serves it", async () => {
    const gateway = await start(["--supergraph", supergraph]);
    const { body } = await post(gateway.url, '{ motto product(id: "p1") { name } }');
    expect(body).toEqual({ data: { motto: "lihat, suka, beli", product: { name: "Batik" } } });
    expect((await fetch(`${gateway.origin}/.well-known/jwks.json`)).status).toBe(404);
    gateway.child.kill("SIGTERM");
    expect((await gateway.ended).code).toBe(0);
  });

  test("SIGTERM while a mutation runs, takes no new connections, finishes the mutation and ends", async () => {
    const gateway = await start(["--supergraph", supergraph]);
    let release = () => undefined as unknown;
    const arrived = new Promise<void>((resolve) => {
      shop.goods.misbehave(async (_, response) => {
        resolve();
        await new Promise<unknown>((go) => {
          release = () => go(undefined);
        });
        response.end('{"data":{"checkout":{"id":"o7"}}}');
      });
    });
    const mutation = post(gateway.url, "mutation { checkout { id } }");
    await arrived;
    gateway.child.kill("SIGTERM");
    let isRefused = false;
    for (let tries = 0; !isRefused && tries < 40; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      isRefused = await fetch(`${gateway.origin}/health/live`).then(
        () => false,
        () => true,
      );
    }
    expect(isRefused).toBe(true);
    release();
    shop.goods.misbehave(undefined);
    expect((await mutation).body).toEqual({ data: { checkout: { id: "o7" } } });
    expect((await gateway.ended).code).toBe(0);
  });

  test("a parent that is gone, takes the gateway with it", async () => {
    const gateway = await start(["--supergraph", supergraph]);
    gateway.child.disconnect();
    expect((await gateway.ended).code).toBe(0);
  });

  test("help, is printed", async () => {
    const { code, stdout } = await run(["--help"]);
    expect([code, stdout.split("\n")[0]]).toEqual([
      0,
      "Usage: etalase gateway --supergraph FILE [--port N] [--config FILE]",
    ]);
  });
});

describe("a gateway that cannot start", () => {
  const lines = async (args: readonly string[]) => {
    const { code, stderr } = await run(args);
    return [code, stderr.trim()];
  };

  test("an unknown option, gets one sentence and exit code 2", async () => {
    expect(await lines(["--supergrap", "x"])).toEqual([
      2,
      "gateway: Unknown option '--supergrap'; see etalase gateway --help",
    ]);
  });

  test("no supergraph, gets one sentence", async () => {
    const sentence = "gateway: command line: supergraph is missing; name the supergraph file here or with --supergraph";
    expect(await lines([])).toEqual([1, sentence]);
  });

  test("a supergraph file that is not there, gets one sentence", async () => {
    const sentence =
      "gateway: nowhere.graphql: cannot be read (ENOENT); check that it exists and that this user may read it";
    expect(await lines(["--supergraph", "nowhere.graphql"])).toEqual([1, sentence]);
  });

  test("a configuration with an unknown subgraph, gets one sentence", async () => {
    const config = join(folder.path, "gateway.yaml");
    writeFileSync(config, "subgraphs: { flights: { timeoutMs: 5 } }\n");
    const sentence = "gateway: subgraphs.flights: the supergraph has no such subgraph; it has content, goods";
    expect(await lines(["--supergraph", supergraph, "--config", config])).toEqual([1, sentence]);
  });

  test("a port that is taken, gets one sentence", async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) =>
      other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port)),
    );
    const sentence = `gateway: port ${port} of 127.0.0.1 is taken; stop what listens there or choose another with --port`;
    expect(await lines(["--supergraph", supergraph, "--port", String(port)])).toEqual([1, sentence]);
    other.close();
  });
});
