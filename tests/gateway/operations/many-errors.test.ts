import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { startGateway, type TestGateway } from "../support/test-gateway.ts";
import { startSubgraph, type TestSubgraph } from "../support/test-subgraph.ts";

// Errors times places: a small answer of one subgraph about many objects of another must stay little work and a small answer.
// Each of these took minutes or all memory when every error was looked at for every place.

const count = 20_000;
let shop: TestSubgraph;
let notes: TestSubgraph;
let gateway: TestGateway;

beforeAll(async () => {
  shop = await startSubgraph(
    "shop",
    `type Query { items: [Item] others: [Item] } type Item @key(fields: "id") { id: ID! }`,
    {
      Query: {
        items: () => Array.from({ length: count }, () => ({ id: "1" })),
        others: () => Array.from({ length: count }, (_, id) => ({ id })),
      },
    },
  );
  notes = await startSubgraph(
    "notes",
    `type Query { n: Int } type Item @key(fields: "id") { id: ID! remark: String extra: String! }`,
    {},
  );
  gateway = await startGateway([shop, notes]);
}, 60_000);
beforeEach(() => notes.misbehave(undefined));
afterAll(async () => {
  await gateway.close();
  await Promise.all([shop.close(), notes.close()]);
});

const reporting = (errors: readonly object[], data: unknown) =>
  notes.misbehave((_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ data, errors }));
  });

async function answerOf(query: string) {
  const { body } = await gateway.query(query);
  const [items = []] = Object.values(body.data ?? {}) as (({ remark: unknown } | null)[] | undefined)[];
  return { items, errors: body.errors ?? [] };
}

test("3,000 errors about one entity that stands at 20,000 places are told of the first hundred, at the first ten", async () => {
  const errors = Array.from({ length: 3_000 }, (_, n) => ({ message: `no ${n}`, path: ["_entities", 0, "remark"] }));
  reporting(errors, { _entities: [{ __typename: "Item", remark: null }] });
  const { items, errors: told } = await answerOf("{ items { id remark } }");
  expect(items.filter((item) => item?.remark === null)).toHaveLength(count);
  expect(new Set(told.map(({ path }) => path?.join(".")))).toEqual(
    new Set(Array.from({ length: 10 }, (_, n) => `items.${n}.remark`)),
  );
});

test("3,000 errors without a path about 20,000 entities are told at the first one", async () => {
  reporting(
    Array.from({ length: 3_000 }, (_, n) => ({ message: `no ${n}` })),
    { _entities: Array.from({ length: count }, () => ({ __typename: "Item", remark: null })) },
  );
  const { items, errors } = await answerOf("{ others { id remark } }");
  expect(items).toHaveLength(count);
  expect(new Set(errors.map(({ path }) => path?.join(".")))).toEqual(new Set(["others.0"]));
});

test("an organisation that is away, for 20,000 objects that need it, is told at the first ten", async () => {
  notes.misbehave((_, response) => void response.writeHead(503).end());
  const { items, errors } = await answerOf("{ others { id extra } }");
  expect(items.filter((item) => item === null)).toHaveLength(count);
  expect(errors).toHaveLength(10);
});

test("20,000 values that cannot be used are told of a thousand times", async () => {
  notes.misbehave((_, response) => {
    const _entities = Array.from({ length: count }, () => ({ __typename: "Item", extra: [] }));
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ data: { _entities } }));
  });
  const { items, errors } = await answerOf("{ others { id extra } }");
  expect(items.filter((item) => item === null)).toHaveLength(count);
  expect(errors).toHaveLength(1_000);
});
