import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { supergraphOf } from "../support/composed.ts";
import { openShop, type Shop } from "../support/shop.ts";
import { startGateway, type TestGateway } from "../support/test-gateway.ts";
import { startSubgraph, type TestSubgraph } from "../support/test-subgraph.ts";

let shop: Shop;
let gateway: TestGateway;

beforeAll(async () => {
  shop = await openShop();
  gateway = await startGateway([shop.content, shop.goods], {
    engine: "etalase",
    explain: "everybody",
    subgraphs: { goods: { timeoutMs: 500 } },
  });
});
afterEach(() => {
  shop.goods.misbehave(undefined);
  shop.goods.received.length = 0;
});
afterAll(async () => {
  await gateway.close();
  await shop.close();
});

const feed = "{ videos { id product { id name price } } }";

describe("hostile answers", () => {
  const entities = (text: string) => (_: unknown, response: { end: (body: string) => void }) =>
    response.end(`{"data":{"_entities":${text}}}`);
  const bad = (path: (string | number)[]) => ({ code: "SUBGRAPH_BAD_RESPONSE", path });
  const cases: [string, string, unknown[], { code: string; path: (string | number)[] }[]][] = [
    [
      "entities of another type",
      '[{"__typename":"Video","name":"x","price":1},{"name":"Kopi","price":2}]',
      [null, { id: "p2", name: "Kopi", price: 2 }, null],
      [bad(["videos", 0, "product"])],
    ],
    [
      "entities that are no objects",
      '["x",7]',
      [null, null, null],
      [bad(["videos", 0, "product"]), bad(["videos", 1, "product"])],
    ],
    [
      "too many entities",
      '[{"price":1},{"price":2},{"price":3}]',
      [null, null, null],
      [bad(["videos", 0, "product"]), bad(["videos", 1, "product"])],
    ],
    [
      "values of other types",
      '[{"name":{"a":1},"price":2},{"name":"Kopi","price":"2"}]',
      [{ id: "p1", name: null, price: 2 }, null, null],
      [bad(["videos", 0, "product", "name"]), bad(["videos", 1, "product", "price"])],
    ],
    [
      "keys that pollute",
      '[{"__proto__":{"price":9,"polluted":1},"constructor":{"prototype":{"polluted":1}},"name":"Batik","price":1},null]',
      [{ id: "p1", name: "Batik", price: 1 }, null, null],
      [bad(["videos", 1, "product", "price"])],
    ],
    [
      "no list of entities",
      '{"0":{"price":1}}',
      [null, null, null],
      [bad(["videos", 0, "product"]), bad(["videos", 1, "product"])],
    ],
  ];

  test.each(cases)("%s, are typed errors on their paths and nothing else", async (_, text, products, errors) => {
    shop.goods.misbehave(entities(text));
    const { body } = await gateway.query(feed);
    expect(body.data?.videos).toEqual(products.map((product, index) => ({ id: `v${index + 1}`, product })));
    expect(body.errors?.map(({ path, extensions }) => ({ code: extensions.code, path }))).toEqual(errors);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe("an idempotency key", () => {
  const mutation = 'mutation { a: addToCart(id: "p1") { items } like(id: "v1") { id } checkout { id } }';
  const keys = () => shop.goods.received.map(({ headers }) => headers["idempotency-key"]);

  test("a key of the client, becomes another for each fetch, the same each time", async () => {
    await gateway.query(mutation, { headers: { "idempotency-key": "try-1" } });
    const first = keys();
    await gateway.query(mutation, { headers: { "idempotency-key": "try-1" } });
    await gateway.query(mutation, { headers: { "idempotency-key": "try-2" } });
    expect(first).toEqual([expect.any(String), expect.any(String)]);
    expect(new Set(first).size).toBe(2);
    expect(keys().slice(2, 4)).toEqual(first);
    expect(new Set(keys()).size).toBe(4);
  });

  test("a mutation field, after one that a condition leaves out or not, has the same key", async () => {
    const conditional = `mutation ($first: Boolean!, $both: Boolean!) {
      a: addToCart(id: "p1") @include(if: $first) { items } like(id: "v1") { id }
      checkout { id } b: addToCart(id: "p2") @include(if: $both) { items } last: like(id: "v2") { id } end: checkout { id }
    }`;
    const ask = async (first: boolean, both: boolean) => {
      shop.goods.received.length = 0;
      const options = { headers: { "idempotency-key": "try-4" }, variables: { first, both } };
      await gateway.query(conditional, options);
      return keys();
    };
    const [whole, without] = [await ask(true, true), await ask(false, true)];
    expect(whole).toHaveLength(4);
    expect(new Set(whole).size).toBe(4);
    expect(without).toEqual(whole.slice(1));
  });

  test("no key of the client, sends none, and queries never carry one", async () => {
    await gateway.query(mutation);
    await gateway.query(feed, { headers: { "idempotency-key": "try-3" } });
    expect(new Set(keys())).toEqual(new Set([undefined]));
  });
});

describe("explanations", () => {
  const query = '{ all: videos { id what: product { name } } product(id: "p2") { n: name } }';
  const ask = async (headers: Record<string, string>, to = gateway) => {
    const { body } = await to.query(query, { headers });
    return (body as { extensions?: Record<string, unknown> }).extensions;
  };

  test("the plan, asked for as Sandbox does and as others do, is in the extensions", async () => {
    const extensions = await ask({ "apollo-query-plan-experimental": "1", "x-query-plan": "true" });
    expect(extensions?.queryPlan).toEqual({ kind: "QueryPlan", node: expect.objectContaining({ kind: "Sequence" }) });
    expect(extensions?.apolloQueryPlan).toEqual({
      object: extensions?.queryPlan,
      text: expect.stringContaining('Fetch(service: "goods"'),
    });
  });

  test("the plan of a query with conditions, asked for, is the one for the values given", async () => {
    const conditional = "query ($with: Boolean!) { videos { id product @include(if: $with) { name } } }";
    const kinds: unknown[] = [];
    for (const variables of [{ with: true }, { with: false }]) {
      const { body } = await gateway.query(conditional, { headers: { "x-query-plan": "1" }, variables });
      const { queryPlan } = (body as { extensions: { queryPlan: { node: { kind: string } } } }).extensions;
      kinds.push(queryPlan.node.kind);
      expect(JSON.stringify(queryPlan)).not.toContain('"kind":"Condition"');
    }
    expect(kinds).toEqual(["Sequence", "Fetch"]);
  });

  test("who resolved what, asked for, is told in the client's keys with times", async () => {
    const ownership = ((await ask({ "x-ownership": "true" }))?.ownership ?? []) as Record<string, unknown>[];
    expect(ownership.map(({ path, keys, service }) => `${service}: ${path} ${keys}`).sort()).toEqual([
      "content:  all",
      "goods:  product",
      "goods: all.@.what name",
    ]);
    expect(ownership.every(({ tookMs }) => Number(tookMs) >= 0)).toBe(true);
  });

  test("a gateway that was not told to explain, asked for them, tells nothing", async () => {
    const closed = await startGateway([shop.content, shop.goods], { engine: "etalase" });
    expect(await ask({ "apollo-query-plan-experimental": "1", "x-ownership": "1" }, closed)).toBeUndefined();
    await closed.close();
  });
});

describe("documents that explode", () => {
  test("fragments that double thirty times, are refused at once", async () => {
    const fragments = Array.from({ length: 30 }, (_, n) => `fragment F${n} on Video { ...F${n + 1} ...F${n + 1} }`);
    const query = `{ videos { ...F0 } } ${fragments.join(" ")} fragment F30 on Video { id }`;
    const startedAt = performance.now();
    const { body } = await gateway.query(query);
    expect(body.errors?.[0]?.extensions.code).toBe("BAD_USER_INPUT");
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test("three thousand type names, are answered", async () => {
    const names = Array.from({ length: 3_000 }, (_, n) => `a${n}: __typename`).join(" ");
    const { body } = await gateway.query(`{ videos { ${names} } }`);
    const [video = {}] = (body.data?.videos ?? []) as object[];
    expect(Object.keys(video)).toHaveLength(3_000);
  });
});

describe("a new supergraph", () => {
  let extra: TestSubgraph;
  let reloading: TestGateway;
  beforeAll(async () => {
    extra = await startSubgraph("extra", "type Query { news: String }", { Query: { news: () => "baru" } });
    // A gateway of its own: the other one gives a subgraph half a second, which composing, here in the same process, may use up.
    reloading = await startGateway([shop.content, shop.goods], { engine: "etalase" });
  });
  afterAll(async () => {
    await reloading.close();
    await extra.close();
  });

  test("a file that changes under load, is taken over without a failed request", async () => {
    const file = reloading.supergraphFile;
    const before = readFileSync(file, "utf8");
    const after = await supergraphOf([shop.content, shop.goods, extra]);
    let isDone = false;
    const load = (async () => {
      const answers: string[] = [];
      while (!isDone) answers.push((await reloading.query(feed)).text);
      return answers;
    })();
    const news = () => reloading.query("{ news }");
    try {
      expect((await news()).body.errors?.[0]?.extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
      // Renamed over, as deployments do: never half written.
      writeFileSync(`${file}.new`, after);
      renameSync(`${file}.new`, file);
      await until(async () => (await news()).body.data?.news === "baru");
      writeFileSync(file, "not a supergraph");
      await until(async () => reloading.log.some(({ msg }) => String(msg).includes("is refused")));
      expect((await news()).body).toEqual({ data: { news: "baru" } });
      writeFileSync(file, before);
      await until(async () => (await news()).body.data === undefined);
    } finally {
      isDone = true;
    }
    const answers = await load;
    expect(answers.length).toBeGreaterThan(10);
    expect([...new Set(answers)]).toEqual([expect.stringContaining('"name":"Batik"')]);
  }, 120_000);
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error("it did not happen within 30 s");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
