import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { engineNames } from "../../../gateway/engines/registry.ts";
import { openShop, type Shop } from "../support/shop.ts";
import { startGateway, type TestGateway } from "../support/test-gateway.ts";
import { startSubgraph } from "../support/test-subgraph.ts";

const feed = "{ videos { id title product { name price } } }";
const videosWithoutProducts = [
  { id: "v1", title: "Batik tulis", product: null },
  { id: "v2", title: "Kopi Gayo", product: null },
  { id: "v3", title: "Tanpa barang", product: null },
];

describe.each(engineNames)("engine %s", (engine) => {
  let shop: Shop;
  let gateway: TestGateway;

  beforeAll(async () => {
    shop = await openShop();
    gateway = await startGateway([shop.content, shop.goods], {
      engine,
      subgraphs: { goods: { timeoutMs: 1_500 } },
      limits: { subgraphResponseBytes: 100_000 },
    });
  });
  beforeEach(() => {
    shop.done.length = 0;
  });
  afterEach(() => {
    shop.content.misbehave(undefined);
    shop.goods.misbehave(undefined);
  });
  afterAll(async () => {
    await gateway.close();
    await shop.close();
  });

  describe("queries over two organisations", () => {
    test("a query, both organisations well, is answered as one", async () => {
      const { status, body } = await gateway.query(feed);
      expect(status).toBe(200);
      expect(body).toEqual({
        data: {
          videos: [
            { id: "v1", title: "Batik tulis", product: { name: "Batik", price: 1000 } },
            { id: "v2", title: "Kopi Gayo", product: { name: "Kopi", price: 1000 } },
            { id: "v3", title: "Tanpa barang", product: null },
          ],
        },
      });
    });

    test("a query with aliases and variables, is answered under the client's names", async () => {
      const { body } = await gateway.query("query($id: ID!) { a: product(id: $id) { n: name } motto }", {
        variables: { id: "p2" },
      });
      expect(body).toEqual({ data: { a: { n: "Kopi" }, motto: "lihat, suka, beli" } });
    });
  });

  describe("a failing organisation", () => {
    const failures: [string, string, Parameters<Shop["goods"]["misbehave"]>[0]][] = [
      ["that answers HTML with status 200", "SUBGRAPH_BAD_RESPONSE", (_, r) => void r.end("<html>It works!</html>")],
      ["that answers JSON that is no answer", "SUBGRAPH_BAD_RESPONSE", (_, r) => void r.end('{"ok":true}')],
      ["that answers a list as data", "SUBGRAPH_BAD_RESPONSE", (_, r) => void r.end('{"data":[1]}')],
      ["that answers an empty body", "SUBGRAPH_BAD_RESPONSE", (_, r) => void r.end()],
      ["that answers too few entities", "SUBGRAPH_BAD_RESPONSE", (_, r) => void r.end('{"data":{"_entities":[]}}')],
      [
        "that answers too much",
        "SUBGRAPH_BAD_RESPONSE",
        (_, r) => void r.end(`{"data":{"x":"${"x".repeat(200_000)}"}}`),
      ],
      ["whose proxy answers 503", "SUBGRAPH_UNAVAILABLE", (_, r) => void r.writeHead(503).end("upstream down")],
      [
        "that refuses the gateway",
        "SUBGRAPH_REFUSED",
        (_, r) => void r.writeHead(401).end('{"errors":[{"message":"no"}]}'),
      ],
      ["that hangs up", "SUBGRAPH_UNAVAILABLE", (_, r) => void r.destroy()],
      ["that never answers", "SUBGRAPH_TIMEOUT", () => undefined],
      [
        "that drips for ever",
        "SUBGRAPH_TIMEOUT",
        (_, r) => {
          const drip = setInterval(() => r.write(" "), 50);
          r.on("close", () => clearInterval(drip));
        },
      ],
    ];

    test.each(failures)("an organisation %s, costs its own fields alone: %s", async (_, code, misbehaviour) => {
      shop.goods.misbehave(misbehaviour);
      const { status, body } = await gateway.query(feed, { headers: { "x-correlation-id": "test-correlation-1" } });
      expect(status).toBe(200);
      expect(body.data).toEqual({ videos: videosWithoutProducts });
      expect(body.errors?.map(({ path }) => path)).toEqual([
        ["videos", 0, "product"],
        ["videos", 1, "product"],
      ]);
      for (const { extensions } of body.errors ?? []) {
        const retryable = code !== "SUBGRAPH_REFUSED";
        expect(extensions).toEqual({ code, service: "goods", retryable, correlationId: "test-correlation-1" });
      }
    });

    test("an organisation that is not there, keeps the others' data and names itself", async () => {
      const gone = await startSubgraph("gone", "type Query { lost: String kept: String }", {});
      await gone.close();
      const alone = await startGateway([shop.content, gone]);
      const { body } = await alone.query("{ motto lost }");
      expect(body.data).toEqual({ motto: "lihat, suka, beli", lost: null });
      expect(body.errors).toMatchObject([
        { path: ["lost"], extensions: { code: "SUBGRAPH_UNAVAILABLE", service: "gone", retryable: true } },
      ]);
      await alone.close();
    });

    test("an idle connection that the organisation reset, is opened anew for a query", async () => {
      let isFirst = true;
      shop.goods.misbehave((request, response) => {
        if (isFirst) {
          isFirst = false;
          response.socket?.resetAndDestroy();
          return;
        }
        response.end(JSON.stringify({ data: { product: { name: "Batik" } } }));
        expect(request.query).toContain("product");
      });
      const { body } = await gateway.query('{ product(id: "p1") { name } }');
      expect(body).toEqual({ data: { product: { name: "Batik" } } });
    });
  });

  describe("errors that an organisation reports", () => {
    test("an error with a code of the catalogue, keeps code and words but nothing else", async () => {
      const { body } = await gateway.query("{ motto cart { items } }");
      expect(body.data).toEqual({ motto: "lihat, suka, beli", cart: null });
      expect(body.errors).toEqual([
        {
          message: "sign in to see your cart",
          path: ["cart"],
          extensions: {
            code: "UNAUTHENTICATED",
            service: "goods",
            retryable: false,
            correlationId: expect.any(String),
          },
        },
      ]);
    });

    test("an error with an unknown code, is masked outside and whole in the log", async () => {
      const { text, body } = await gateway.query('{ product(id: "boom") { id name } }');
      expect(body.data).toEqual({ product: { id: "boom", name: null } });
      expect(body.errors).toMatchObject([
        {
          message: "internal error",
          path: ["product", "name"],
          extensions: { code: "INTERNAL_SERVER_ERROR", service: "goods" },
        },
      ]);
      expect(text).not.toContain("hunter2");
      const correlationId = body.errors?.[0]?.extensions.correlationId;
      expect(gateway.log.filter((line) => line.correlationId === correlationId)).toMatchObject([
        { service: "goods", code: "E42", reported: "password=hunter2 at db-7.internal" },
      ]);
    });

    test("an unknown code that configuration passes, reaches the client in the organisation's words", async () => {
      const open = await startGateway([shop.content, shop.goods], {
        engine,
        errors: { passedCodes: ["E42"] },
      });
      const { body } = await open.query('{ product(id: "boom") { name } }');
      expect(body.errors?.[0]).toMatchObject({
        message: "password=hunter2 at db-7.internal",
        extensions: { code: "E42" },
      });
      await open.close();
    });
  });

  describe("mutations", () => {
    const buy = 'mutation { addToCart(id: "p1") { items } like(id: "v1") { title } checkout { id } }';

    test("fields of several organisations, run in the document's order", async () => {
      const { body } = await gateway.query(buy);
      expect(body.data).toEqual({ addToCart: { items: 1 }, like: { title: "Batik tulis" }, checkout: { id: "o1" } });
      expect(shop.done).toEqual(["add p1", "like v1", "checkout"]);
    });

    test.each<[string, Parameters<Shop["goods"]["misbehave"]>[0]]>([
      ["never comes", () => undefined],
      ["is cut off", (_, response) => void response.destroy()],
      ["is HTML with status 200", (_, response) => void response.end("<html></html>")],
      ["is a proxy's 502", (_, response) => void response.writeHead(502).end("bad gateway")],
    ])("a mutation whose answer %s, is OUTCOME_UNKNOWN and sent once", async (_, misbehaviour) => {
      shop.goods.misbehave(misbehaviour);
      const before = shop.goods.received.length;
      const { body } = await gateway.query("mutation { checkout { id } }");
      expect(shop.goods.received.length - before).toBe(1);
      expect(body.data).toEqual({ checkout: null });
      expect(body.errors).toMatchObject([
        { path: ["checkout"], extensions: { code: "OUTCOME_UNKNOWN", service: "goods", retryable: false } },
      ]);
    });

    test("a mutation that was answered, whose follow-up query is lost, keeps its answer", async () => {
      shop.goods.misbehave((_, response) => void response.end("<html></html>"));
      const { body } = await gateway.query('mutation { like(id: "v1") { title product { name } } }');
      expect(body.data).toEqual({ like: { title: "Batik tulis", product: { name: null } } });
      expect(body.errors).toMatchObject([
        { path: ["like", "product"], extensions: { code: "SUBGRAPH_BAD_RESPONSE", service: "goods" } },
      ]);
    });

    test("a mutation that surely never arrived, is SUBGRAPH_UNAVAILABLE and may be sent again", async () => {
      const gone = await startSubgraph("gone", "type Query { a: Int } type Mutation { pay: Int }", {});
      await gone.close();
      const alone = await startGateway([gone]);
      const { body } = await alone.query("mutation { first: pay second: pay }");
      expect(body.errors?.map(({ path, extensions }) => [path, extensions.code, extensions.retryable])).toEqual([
        [["first"], "SUBGRAPH_UNAVAILABLE", true],
        [["second"], "SUBGRAPH_UNAVAILABLE", true],
      ]);
      await alone.close();
    });

    test("a mutation that a proxy turned away with 429, did not happen", async () => {
      shop.goods.misbehave((_, response) => void response.writeHead(429).end("slow down"));
      const { body } = await gateway.query("mutation { checkout { id } }");
      expect(body.errors?.[0]?.extensions.code).toBe("SUBGRAPH_BAD_RESPONSE");
    });

    test("a client that hangs up while its mutation runs, does not stop the mutation", async () => {
      const document = 'mutation { addToCart(id: "p9") { items } like(id: "v2") { id } }';
      const hangUp = new AbortController();
      let isStarted = false;
      const started = new Promise<void>((resolve) => {
        shop.goods.misbehave(async (_, response) => {
          isStarted = true;
          resolve();
          await new Promise((done) => setTimeout(done, 100));
          response.end('{"data":{"addToCart":{"items":1}}}');
        });
      });
      const request = fetch(gateway.url, {
        method: "POST",
        signal: hangUp.signal,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query: document }),
      });
      await started;
      hangUp.abort();
      await expect(request).rejects.toThrow();
      for (let tries = 0; tries < 40 && shop.done.length === 0; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect([isStarted, shop.done]).toEqual([true, ["like v2"]]);
    });
  });
});
