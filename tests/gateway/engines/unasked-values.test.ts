import type { ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { startGateway, type TestGateway } from "../support/test-gateway.ts";
import { type Received, startSubgraph, type TestSubgraph } from "../support/test-subgraph.ts";

// `owner` has the product; `other` knows one field of it and answers more than it was asked, or what is no value.

let owner: TestSubgraph;
let other: TestSubgraph;
const gateways: Partial<Record<string, TestGateway>> = {};
const planners = ["native", "apollo"];

beforeAll(async () => {
  const product = { id: "p1", name: "Batik", price: 100, weight: 1.5 };
  owner = await startSubgraph(
    "owner",
    `type Query { product: Product products: [Product] }
     type Product @key(fields: "id") { id: ID! name: String price: Int! weight: Float! sizes: [Float] }`,
    { Query: { product: () => product, products: () => [product, { ...product, id: "p2" }] } },
  );
  other = await startSubgraph(
    "other",
    'type Query { motto: String } type Product @key(fields: "id") { id: ID! tag: String maker: Maker } type Maker { name: String }',
    { Query: { motto: () => "x" } },
  );
  for (const planner of planners)
    gateways[planner] = await startGateway([owner, other], { engine: "etalase", planner });
});
afterEach(() => {
  for (const subgraph of [owner, other]) subgraph.misbehave(undefined);
});
afterAll(async () => {
  await Promise.all(Object.values(gateways).map((gateway) => gateway?.close()));
  await Promise.all([owner.close(), other.close()]);
});

const answers = (text: string) => (_: Received, response: ServerResponse) => void response.end(`{"data":${text}}`);

describe.each(planners)("with the planner %s, a subgraph", (planner) => {
  const ask = async (query: string) => (await gateways[planner]?.query(query))?.body;

  test("that answers a root field that another one was asked for, changes nothing of it", async () => {
    other.misbehave(answers('{"motto":"x","product":{"name":"INJECTED","price":2}}'));
    const data = { motto: "x", product: { name: "Batik", price: 100 } };
    expect(await ask("{ motto product { name price } }")).toEqual({ data });
    expect(await ask("{ product { name price } motto }")).toEqual({ data });
  });

  test("that answers fields of an entity that another one was asked for, changes nothing of them", async () => {
    const more = '"__typename":"Product","tag":"new","id":"p9","name":"INJECTED","price":1';
    other.misbehave(answers(`{"_entities":[{${more}}]}`));
    expect(await ask("{ product { id name price tag } }")).toEqual({
      data: { product: { id: "p1", name: "Batik", price: 100, tag: "new" } },
    });
    // The general way too: an object beside the scalars.
    other.misbehave(answers(`{"_entities":[{${more},"maker":{"name":"Ayu"}}]}`));
    expect(await ask("{ product { id name price tag maker { name } } }")).toEqual({
      data: { product: { id: "p1", name: "Batik", price: 100, tag: "new", maker: { name: "Ayu" } } },
    });
  });

  test("that answers null data or no entities without a reason, is told of, and not taken for one that has nothing", async () => {
    const told = (path: (string | number)[]) => ({
      errors: [{ path, extensions: { code: "SUBGRAPH_BAD_RESPONSE", service: "other" } }],
    });
    for (const text of ["null", '{"_entities":null}']) {
      other.misbehave(answers(text));
      expect(await ask("{ product { id tag } }")).toMatchObject({
        data: { product: { id: "p1", tag: null } },
        ...told(["product"]),
      });
    }
    other.misbehave(answers("null"));
    expect(await ask("{ motto }")).toMatchObject({ data: { motto: null }, ...told(["motto"]) });
  });

  test("that answers a number too large for a Float, is told of as one that answers no Float", async () => {
    owner.misbehave(answers('{"product":{"weight":1e999}}'));
    expect(await ask("{ product { weight } }")).toMatchObject({
      data: { product: null },
      errors: [{ path: ["product", "weight"], extensions: { code: "SUBGRAPH_BAD_RESPONSE", service: "owner" } }],
    });
    owner.misbehave(answers('{"product":{"sizes":[1,-1e999]}}'));
    expect((await ask("{ product { sizes } }"))?.data).toEqual({ product: { sizes: [1, null] } });
  });

  test("whose value has the wrong type or is missing, is named in the error", async () => {
    other.misbehave(
      answers('{"_entities":[{"__typename":"Product","tag":{"a":1}},{"__typename":"Product","tag":"b"}]}'),
    );
    const wrong = await ask("{ products { id tag } }");
    expect(wrong?.data).toEqual({
      products: [
        { id: "p1", tag: null },
        { id: "p2", tag: "b" },
      ],
    });
    expect(wrong?.errors).toMatchObject([{ path: ["products", 0, "tag"], extensions: { service: "other" } }]);
    owner.misbehave(answers('{"product":{"id":"p1"}}'));
    const missing = await ask("{ product { cost: price } }");
    expect(missing?.errors).toMatchObject([{ path: ["product", "cost"], extensions: { service: "owner" } }]);
  });
});
