import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { openShop, type Shop } from "../support/shop.ts";
import { eventually, startGateway, type TestGateway, temporaryFolder } from "../support/test-gateway.ts";
import { startIssuer, type TestIssuer } from "../support/test-issuer.ts";

let shop: Shop;
let issuer: TestIssuer;
let gateway: TestGateway;
const folder = temporaryFolder();
beforeAll(async () => {
  shop = await openShop();
  issuer = await startIssuer();
  gateway = await startGateway([shop.content, shop.goods], {
    deduplicateAnswers: true,
    deduplicate: false,
    labels: { header: "x-labels" },
    identity: { issuers: [{ issuer: issuer.issuer, jwksUrl: issuer.jwksUrl, audience: "etalase" }] },
  });
});
afterEach(() => {
  shop.content.misbehave(undefined);
  shop.content.received.length = 0;
});
afterAll(async () => {
  await gateway.close();
  await issuer.close();
  await shop.close();
  folder.remove();
});

/** Sends operations together and lets the subgraph answer once `expected` of them have arrived there. */
async function together(
  asked: readonly { query: string; headers: Record<string, string>; variables?: object }[],
  expected: number,
  body = '{"data":{"motto":"x"}}',
) {
  const waiting: (() => void)[] = [];
  const ready = async () => {
    const joined = await gateway.metric("gateway_answers_shared_total");
    return waiting.length >= expected && joined - before >= asked.length - expected;
  };
  const before = await gateway.metric("gateway_answers_shared_total");
  shop.content.misbehave(
    (_, response) =>
      new Promise((resolve) => {
        waiting.push(() => {
          response.writeHead(200, { "content-type": "application/json" }).end(body);
          resolve();
        });
      }),
  );
  const answers = asked.map(({ query, ...options }) => gateway.query(query, options));
  for (const deadline = Date.now() + 25_000; !(await ready()); ) {
    if (Date.now() > deadline) throw new Error(`${waiting.length} requests arrived instead of ${expected}`);
  }
  for (const answer of waiting) answer();
  return Promise.all(answers);
}

describe("identical queries under way at once", () => {
  test("of one caller, are run once and answered alike", async () => {
    const headers = { authorization: `Bearer ${await issuer.sign()}` };
    const answers = await together(
      Array.from({ length: 3 }, () => ({ query: "{ motto }", headers })),
      1,
    );
    expect(answers.map(({ body }) => body)).toEqual(Array(3).fill({ data: { motto: "x" } }));
    expect(shop.content.received).toHaveLength(1);
  });

  test("of two callers, are run for each", async () => {
    const ayu = { authorization: `Bearer ${await issuer.sign({ sub: "ayu" })}` };
    const budi = { authorization: `Bearer ${await issuer.sign({ sub: "budi" })}` };
    await together(
      [
        { query: "{ motto }", headers: ayu },
        { query: "{ motto }", headers: budi },
      ],
      2,
    );
    expect(shop.content.received).toHaveLength(2);
  });

  test("of one user with other scopes, are run for each", async () => {
    const all = { authorization: `Bearer ${await issuer.sign({ scope: "content:browse content:write" })}` };
    const few = { authorization: `Bearer ${await issuer.sign({ scope: "content:browse" })}` };
    await together(
      [
        { query: "{ motto }", headers: all },
        { query: "{ motto }", headers: few },
      ],
      2,
    );
    expect(shop.content.received).toHaveLength(2);
  });

  test("that differ in variables, operation or a header that counts, are run for each", async () => {
    const query = "query A($with: Boolean!) { motto @include(if: $with) videos { id } } query B { motto }";
    const plain = { query: "query($with: Boolean!) { motto @include(if: $with) videos { id } }", headers: {} };
    await together(
      [
        { ...plain, variables: { with: true } },
        { ...plain, variables: { with: false } },
        { query: query.replace("query B { motto }", ""), headers: {}, variables: { with: true } },
        { query: "{ motto }", headers: {} },
        { query: "{ motto }", headers: { "x-labels": "new" } },
        { query: "{ motto }", headers: { "x-query-plan": "1" } },
      ],
      6,
    );
    expect(shop.content.received).toHaveLength(6);
  });

  test("that fail, tell each caller its own correlation id", async () => {
    const asked = ["first-one", "second-one"].map((id) => ({
      query: "{ motto }",
      headers: { "x-correlation-id": id },
    }));
    const answers = await together(asked, 1, '{"errors":[{"message":"no"}]}');
    expect(answers.map(({ body }) => body.errors?.[0]?.extensions.correlationId)).toEqual(["first-one", "second-one"]);
  });
});

describe("identical queries of one caller, where only requests to subgraphs are shared", () => {
  let usual: TestGateway;
  beforeAll(async () => {
    usual = await startGateway([shop.content, shop.goods], {});
  });
  afterEach(() => {
    shop.goods.misbehave(undefined);
    shop.goods.received.length = 0;
  });
  afterAll(() => usual.close());

  const query = "{ videos { title product { name } } }";
  const shared = () => usual.metric("gateway_answers_shared_total");

  /** Keeps a subgraph's answers back until they are released. */
  function keepBack({ misbehave }: Shop["content"], body: string) {
    const kept: (() => void)[] = [];
    misbehave(
      (_, response) =>
        new Promise((resolve) => {
          kept.push(() => {
            response.writeHead(200, { "content-type": "application/json" }).end(body);
            resolve();
          });
        }),
    );
    return { count: () => kept.length, release: () => kept.splice(0).forEach((answer) => void answer()) };
  }

  const videos = '{"data":{"videos":[{"title":"Kopi","product":{"__typename":"Product","id":"p2"}}]}}';
  const expected = { data: { videos: [{ title: "Kopi", product: { name: "Kopi" } }] } };

  test("are run once while no subgraph has answered", async () => {
    const before = await shared();
    const content = keepBack(shop.content, videos);
    const answers = [usual.query(query), usual.query(query), usual.query(query)];
    await eventually(async () => content.count() === 1 && (await shared()) === before + 2);
    content.release();
    expect((await Promise.all(answers)).map(({ body }) => body)).toEqual(Array(3).fill(expected));
    expect([shop.content.received.length, shop.goods.received.length]).toEqual([1, 1]);
  });

  test("begin anew once a subgraph has answered, so that none is answered with what was read before it asked", async () => {
    const before = await shared();
    const content = keepBack(shop.content, videos);
    const goods = keepBack(shop.goods, '{"data":{"_entities":[{"name":"Kopi"}]}}');
    const first = usual.query(query);
    await eventually(() => content.count() === 1);
    content.release();
    await eventually(() => goods.count() === 1);
    const second = usual.query(query);
    await eventually(() => content.count() === 1);
    content.release();
    await eventually(async () => (await usual.metric("gateway_subgraph_requests_shared_total")) > 0);
    goods.release();
    expect((await Promise.all([first, second])).map(({ body }) => body)).toEqual([expected, expected]);
    expect([shop.content.received.length, shop.goods.received.length]).toEqual([2, 1]);
    expect(await shared()).toBe(before);
  });
});
