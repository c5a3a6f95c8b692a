import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { post, startGateway, type TestGateway } from "../support/test-gateway.ts";
import { startSubgraph, type TestSubgraph } from "../support/test-subgraph.ts";

// A client that repeats a mutation with its key must be recognised by the owner of each root field, whatever has changed
// around that field in the meantime.

let before: TestSubgraph;
let after: TestSubgraph;
let gateway: TestGateway;

beforeAll(async () => {
  const does = (_: unknown, { n }: { n: number }) => n;
  before = await startSubgraph(
    "before",
    "type Query { q: Int } type Mutation { pay(n: Int): Int ship(n: Int): Int note(n: Int): Int }",
    { Mutation: { pay: does, ship: does, note: does } },
  );
  after = await startSubgraph(
    "after",
    `type Query { z: Int } type Mutation { ship(n: Int): Int @federation__override(from: "before", label: "shipping") }`,
    { Mutation: { ship: does } },
  );
  gateway = await startGateway([before, after], { engine: "etalase", labels: { header: "x-labels" } });
});
beforeEach(() => {
  for (const { received } of [before, after]) received.length = 0;
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([before.close(), after.close()]);
});

/** The key that each root field was sent with. */
async function keysOf(query: string, headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
  for (const { received } of [before, after]) received.length = 0;
  const { body } = await gateway.query(query, { headers: { "idempotency-key": "k1", ...headers } });
  expect(body.errors).toBeUndefined();
  const sent = [...before.received, ...after.received].map((one): [string, unknown] => [
    /\b(pay|ship|note)\b/.exec(one.query)?.[0] ?? "",
    one.headers["idempotency-key"],
  ]);
  return Object.fromEntries(sent);
}

const all = "mutation { pay(n: 1) ship(n: 2) note(n: 3) }";

describe("the idempotency key of a root field", () => {
  test("the field beside it moved to another owner, is the same as before; that of the one that moved, is another", async () => {
    const [off, on] = [await keysOf(all), await keysOf(all, { "x-labels": "shipping" })];
    expect(Object.keys(off).sort()).toEqual(["note", "pay", "ship"]);
    expect([on.pay, on.note]).toEqual([off.pay, off.note]);
    expect(on.ship).not.toBe(off.ship);
  });

  test("stopOnError asked for this time, is the same as before", async () => {
    expect(await keysOf(all, { "x-stop-on-error": "true" })).toEqual(await keysOf(all));
  });

  test("other fields and aliases beside it this time, is the same as before", async () => {
    const { pay } = await keysOf("mutation { pay: pay(n: 1) }");
    expect((await keysOf("mutation { other: note(n: 3) pay(n: 1) ship(n: 2) }")).pay).toBe(pay);
    const { pay: aliased } = await keysOf("mutation { mine: pay(n: 1) }");
    expect((await keysOf("mutation { other: note(n: 3) mine: pay(n: 1) }")).pay).toBe(aliased);
    expect(aliased).not.toBe(pay);
  });

  test("other arguments this time, is the same, so that its owner sees the conflict", async () => {
    expect(await keysOf("mutation { pay(n: 1) }")).toEqual(await keysOf("mutation { pay(n: 9) }"));
  });

  test("an empty header, is none, for the door of parts too, and fields of one owner are one request", async () => {
    const headers = { "idempotency-key": " " };
    await gateway.query(all, { headers });
    await post(gateway.url, all, { headers: { ...headers, accept: "multipart/mixed;deferSpec=20220824" } });
    expect(before.received.map((one) => one.headers["idempotency-key"])).toEqual([undefined, undefined]);
  });
});
