import { renameSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { supergraphOf } from "../support/composed.ts";
import { eventually, startGateway, type TestGateway } from "../support/test-gateway.ts";
import { startSubgraph, type TestSubgraph } from "../support/test-subgraph.ts";

// A subgraph moves: the supergraph gives another address for it. Who began before finishes where it was.

const stockSdl = `
  type Query { stock: Int }
  type Mutation { ship: String }
  type Video @key(fields: "id") { id: ID! sold: String }
`;

const stockAt = (place: string) =>
  startSubgraph("stock", stockSdl, {
    Mutation: { ship: () => `shipped by ${place}` },
    Video: { __resolveReference: (video: object) => video, sold: () => `told by ${place}` },
  });

/** Something that requests wait for. */
function barrier() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

let gate = barrier();
let money: TestSubgraph;
let old: TestSubgraph;
let next: TestSubgraph;
let gateway: TestGateway;

beforeAll(async () => {
  const waiting = async <Value>(value: Value) => {
    await gate.opened;
    return value;
  };
  money = await startSubgraph(
    "money",
    'type Query { video: Video } type Mutation { pay: Int } type Video @key(fields: "id") { id: ID! }',
    { Query: { video: () => waiting({ id: "v1" }) }, Mutation: { pay: () => waiting(1) } },
  );
  [old, next] = await Promise.all([stockAt("the old one"), stockAt("the new one")]);
  gateway = await startGateway([money, old], { engine: "etalase" });
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([money.close(), old.close(), next.close()]);
});

async function moveTo(stock: TestSubgraph): Promise<void> {
  const file = gateway.supergraphFile;
  writeFileSync(`${file}.new`, await supergraphOf([money, stock]));
  renameSync(`${file}.new`, file);
}

const ship = "mutation { ship }";
const shippedBy = async () => (await gateway.query(ship)).body.data?.ship;

describe("a subgraph that moves", () => {
  test("while a mutation and a query have half run, answers the rest of them at its old address and all else at the new", async () => {
    const begun = [gateway.query("mutation { pay ship }"), gateway.query("{ video { id sold } }")];
    await eventually(() => money.received.length === 2);
    await moveTo(next);
    await eventually(async () => (await shippedBy()) === "shipped by the new one");
    gate.open();
    const [mutation, query] = await Promise.all(begun);
    expect(mutation?.body).toEqual({ data: { pay: 1, ship: "shipped by the old one" } });
    expect(query?.body).toEqual({ data: { video: { id: "v1", sold: "told by the old one" } } });
  });

  test("and back again, is asked where it is", async () => {
    gate = barrier();
    gate.open();
    await moveTo(old);
    await eventually(async () => (await shippedBy()) === "shipped by the old one");
    const asked = next.received.length;
    const { body } = await gateway.query("{ video { sold } }");
    expect(body).toEqual({ data: { video: { sold: "told by the old one" } } });
    expect(next.received.length).toBe(asked);
  });
});
