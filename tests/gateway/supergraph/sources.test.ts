import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { supergraphOf } from "../support/composed.ts";
import { openShop, type Shop } from "../support/shop.ts";
import { eventually, startGatewayOn, type TestGateway, temporaryFolder } from "../support/test-gateway.ts";
import { type Answering, startServer, type TestServer } from "../support/test-server.ts";
import { startSubgraph, type TestSubgraph } from "../support/test-subgraph.ts";

// Each test starts gateways, each with a process that plans.
jest.setTimeout(90_000);

let shop: Shop;
let extra: TestSubgraph;
let first: string;
let second: string;
let folder: ReturnType<typeof temporaryFolder>;
let server: TestServer;
let gateway: TestGateway | undefined;

beforeAll(async () => {
  shop = await openShop();
  extra = await startSubgraph("extra", "type Query { news: String }", { Query: { news: () => "baru" } });
  first = await supergraphOf([shop.content, shop.goods]);
  second = await supergraphOf([shop.content, shop.goods, extra]);
});
afterAll(async () => {
  await shop.close();
  await extra.close();
});
beforeEach(async () => {
  folder = temporaryFolder();
  server = await startServer(serving(first));
});
afterEach(async () => {
  await stop();
  await server.close();
  folder.remove();
});

async function stop(): Promise<void> {
  const running = gateway;
  gateway = undefined;
  await running?.close();
}

/** A file server as there are many: an entity tag, and 304 for who has it. */
function serving(sdl: string): Answering {
  const tag = `"${sdl.length}-${sdl.includes("news")}"`;
  return ({ headers }, response) => {
    if (headers["if-none-match"] === tag) return response.writeHead(304, { etag: tag }).end();
    return response.writeHead(200, { etag: tag }).end(sdl);
  };
}

const failing: Answering = (_, response) => response.writeHead(503).end("down");
const motto = { data: { motto: "lihat, suka, beli" } };

async function start(from: string, source: object = {}): Promise<TestGateway> {
  const lastGoodFile = join(folder.path, "kept/last-good.graphql");
  gateway = await startGatewayOn(from, {
    supergraphSource: { pollMs: 50, timeoutMs: 1_000, lastGoodFile, ...source },
  });
  return gateway;
}

const ready = async (of: TestGateway) => (await fetch(new URL("/health/ready", of.url))).json();
const says = (of: TestGateway, words: string) => of.log.filter(({ msg }) => String(msg).includes(words)).length;
const hasNews = async (of: TestGateway) => (await of.query("{ news }")).body.data?.news === "baru";

describe("a supergraph at an address", () => {
  const address = () => `${server.url}/supergraph.graphql?token=secret`;

  test("one that does not change, is asked for with its tag and answered 304", async () => {
    const running = await start(address());
    await eventually(() => server.heard.length >= 4);
    expect(server.heard.map(({ headers }) => headers["if-none-match"]).slice(0, 3)).toEqual([
      undefined,
      expect.stringMatching(/^"\d+-false"$/),
      expect.stringMatching(/^"\d+-false"$/),
    ]);
    expect((await running.query("{ motto }")).body).toEqual(motto);
    expect(await running.metric("gateway_supergraph_reloads_total")).toBe(0);
  });

  test("one that changes, is taken over while requests are answered", async () => {
    const running = await start(address());
    expect(await hasNews(running)).toBe(false);
    server.answer(serving(second));
    await eventually(async () => {
      expect((await running.query("{ motto }")).body).toEqual(motto);
      return hasNews(running);
    });
    expect(await running.metric("gateway_supergraph_reloads_total", { outcome: "used" })).toBe(1);
  });

  test.each<[string, Answering]>([
    ["no supergraph", (_, response) => response.writeHead(200, { etag: '"bad"' }).end("<html>login</html>")],
    [
      "a supergraph that cannot be planned for",
      (_, response) => response.writeHead(200).end(first.replaceAll("name: String", "name: Nowhere")),
    ],
  ])("%s, is refused once, leaves the old one, and the next good one is used", async (_, answering) => {
    const running = await start(address());
    server.answer(answering);
    await eventually(() => says(running, "is refused") === 1);
    const looks = server.heard.length;
    await eventually(() => server.heard.length > looks + 3);
    expect(says(running, "is refused")).toBe(1);
    expect((await running.query("{ motto }")).body).toEqual(motto);
    server.answer(serving(second));
    await eventually(() => hasNews(running));
  });

  test("one in which an operation that clients use can no longer be planned, is refused and leaves the old one", async () => {
    const running = await start(address());
    expect((await running.query("{ motto }")).body).toEqual(motto);
    server.answer((_, response) => response.writeHead(200).end(second.replaceAll("graph: CONTENT", "graph: NOWHERE")));
    await eventually(() => says(running, "is refused") === 1);
    expect((await running.query("{ motto }")).body).toEqual(motto);
    expect(await hasNews(running)).toBe(false);
  });

  test.each<[string, Answering, string]>([
    ["an error status", failing, "status 503"],
    ["an empty answer", (_, response) => response.end(), "answered nothing"],
    ["no answer in time", () => undefined, "no complete answer within 1000 ms"],
    [
      "a body without end",
      (_, response) => {
        const writing = setInterval(() => response.write("x".repeat(20_000)), 10);
        response.on("close", () => clearInterval(writing));
      },
      "larger than 100000 bytes",
    ],
  ])("%s, is reported once, asked less often, and leaves the old one", async (_, answering, reason) => {
    const running = await start(address(), { timeoutMs: 1_000, responseBytes: 100_000 });
    server.answer(answering);
    await eventually(() => says(running, "cannot be reached; the supergraph in use stays") === 1);
    expect(await running.metric("gateway_supergraph_source_reachable")).toBe(0);
    const line = running.log.find(({ msg }) => String(msg).includes("cannot be reached; the supergraph"));
    expect(JSON.stringify(line)).toContain(reason);
    expect(JSON.stringify(running.log)).not.toContain("token=secret");
    expect((await running.query("{ motto }")).body).toEqual(motto);
    server.answer(serving(second));
    await eventually(() => hasNews(running));
    expect(says(running, "can be reached again")).toBe(1);
  });

  test("one that cannot be reached at the start, with nothing kept, is one sentence", async () => {
    server.answer(failing);
    const said = await start(address()).catch((error: Error) => `${error.name}: ${error.message}`);
    expect(said).toBe(
      `ConfigurationError: ${server.url}/supergraph.graphql: the supergraph cannot be fetched: it answered with status 503; and ${folder.path}/kept/last-good.graphql holds no earlier one that could be served`,
    );
  });

  test("one that cannot be reached at the start, with one kept, starts with that and says so until it can", async () => {
    await start(address());
    await stop();
    server.answer(failing);
    const running = await start(address());
    expect((await running.query("{ motto }")).body).toEqual(motto);
    expect(says(running, "kept on disk, is used instead")).toBe(1);
    expect(await running.metric("gateway_supergraph_stale")).toBe(1);
    expect(await ready(running)).toMatchObject({
      status: "ready",
      stale: true,
      because: expect.stringContaining("status 503"),
    });
    server.answer(serving(first));
    await eventually(async () => (await running.metric("gateway_supergraph_stale")) === 0);
    expect(await ready(running)).not.toHaveProperty("stale");
  });

  test("one that cannot be planned for at the start, gives way to the one kept", async () => {
    await start(address());
    await stop();
    server.answer((_, response) => response.writeHead(200).end(first.replaceAll("name: String", "name: Nowhere")));
    const running = await start(address());
    expect((await running.query("{ motto }")).body).toEqual(motto);
    expect(await ready(running)).toMatchObject({
      stale: true,
      because: expect.stringContaining("cannot be planned for"),
    });
  });

  test.each([
    ["cut off", (text: string) => text.slice(0, text.length / 2)],
    ["edited", (text: string) => text.replace("motto", "mottos")],
  ])("a kept one that was %s, is as good as none", async (_, spoil) => {
    await start(address());
    await stop();
    const kept = join(folder.path, "kept/last-good.graphql");
    writeFileSync(kept, spoil(readFileSync(kept, "utf8")));
    server.answer(failing);
    await expect(start(address())).rejects.toThrow("holds no earlier one");
  });

  test("a kept one of another address, is as good as none", async () => {
    await start(address());
    await stop();
    server.answer(failing);
    await expect(start(`${server.url}/other.graphql`)).rejects.toThrow("holds no earlier one");
  });

  test("headers of a file, are sent and not logged", async () => {
    const headersFile = join(folder.path, "headers.json");
    writeFileSync(headersFile, JSON.stringify({ Authorization: "Bearer t0p" }));
    const running = await start(address(), { headersFile });
    expect(server.heard[0]?.headers.authorization).toBe("Bearer t0p");
    expect(JSON.stringify(running.log)).not.toContain("t0p");
  });
});

describe("GraphOS Uplink", () => {
  let compositionId = 1;
  const uplink =
    (sdl: string): Answering =>
    ({ body }, response) => {
      const { variables } = JSON.parse(body);
      const id = `${sdl.length}-${compositionId}`;
      const routerConfig =
        variables.ifAfterId === id
          ? { __typename: "Unchanged" }
          : { __typename: "RouterConfigResult", id, supergraphSdl: sdl, minDelaySeconds: 0.1 };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ data: { routerConfig } }));
    };
  const open = () => {
    const keyFile = join(folder.path, "key");
    writeFileSync(keyFile, "service:shop:k3y\n");
    return start("uplink:shop@current", { uplink: { keyFile, endpoints: [`${server.url}/`] } });
  };

  test("its supergraph, is served, and the next one taken over", async () => {
    server.answer(uplink(first));
    const running = await open();
    expect((await running.query("{ motto }")).body).toEqual(motto);
    expect(JSON.parse(server.heard[0]?.body ?? "{}").variables).toEqual({
      ref: "shop@current",
      apiKey: "service:shop:k3y",
      ifAfterId: null,
    });
    compositionId += 1;
    server.answer(uplink(second));
    await eventually(() => hasNews(running));
  });

  test("an Uplink that fails, leaves the supergraph in use, and at a cold start the one kept is used", async () => {
    server.answer(uplink(first));
    const running = await open();
    server.answer((_, response) => {
      const routerConfig = { __typename: "FetchError", code: "ACCESS_DENIED", message: "no service:shop:k3y here" };
      response.writeHead(200).end(JSON.stringify({ data: { routerConfig } }));
    });
    await eventually(() => says(running, "cannot be reached; the supergraph in use stays") === 1);
    expect((await running.query("{ motto }")).body).toEqual(motto);
    expect(JSON.stringify(running.log.filter(({ level }) => Number(level) > 20))).not.toContain("k3y");
    await stop();
    const cold = await open();
    expect((await cold.query("{ motto }")).body).toEqual(motto);
    expect(await ready(cold)).toMatchObject({ stale: true, because: expect.stringContaining("ACCESS_DENIED") });
  });

  test("a key or a graph that is missing, is one sentence", async () => {
    await expect(start("uplink:shop@current")).rejects.toThrow("needs supergraphSource.uplink.keyFile");
    const keyFile = join(folder.path, "key");
    writeFileSync(keyFile, "k");
    await expect(start("uplink:shop", { uplink: { keyFile } })).rejects.toThrow("as uplink:my-graph@current");
  });
});
