import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { startGateway, type TestGateway } from "../support/test-gateway.ts";
import { type Misbehaviour, type Received, startSubgraph, type TestSubgraph } from "../support/test-subgraph.ts";

// What moved money must never read as if it had not, and what a client is told of it must be from after it.

let bank: TestSubgraph;
let notes: TestSubgraph;
let gateway: TestGateway;
/** Shares whole answers. */
let joining: TestGateway;
let paid = 0;

beforeAll(async () => {
  const pay = () => {
    paid += 1;
    return { __typename: "Payment", id: "p1", amount: 5, kind: "CARD" };
  };
  bank = await startSubgraph(
    "bank",
    `type Query { payment: Payment } enum Kind { CARD WALLET }
     type Mutation { pay: Payment! maybe: Payment note: Int }
     type Payment @key(fields: "id") { id: ID! amount: Int! kind: Kind }`,
    { Query: { payment: () => ({ id: "p1", amount: 5 }) }, Mutation: { pay, maybe: pay, note: () => 1 } },
  );
  notes = await startSubgraph(
    "notes",
    `type Query { n: Int } type Payment @key(fields: "id") { id: ID! total: Int! remark: String }`,
    { Payment: { __resolveReference: ({ id }: { id: string }) => ({ id, total: paid, remark: "ok" }) } },
  );
  gateway = await startGateway([bank, notes]);
  joining = await startGateway([bank, notes], { deduplicateAnswers: true });
}, 60_000);
beforeEach(() => {
  for (const subgraph of [bank, notes]) {
    subgraph.misbehave(undefined);
    subgraph.received.length = 0;
  }
});
afterAll(async () => {
  await Promise.all([gateway.close(), joining.close()]);
  await Promise.all([bank.close(), notes.close()]);
});

const isMutation = ({ query }: Received) => query.startsWith("mutation");
const answering =
  (data: unknown): Misbehaviour =>
  (_, response) =>
    void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ data }));
const failing =
  (status: number): Misbehaviour =>
  (_, response) =>
    void response.writeHead(status).end("no");

async function told(query: string, headers: Record<string, string> = {}) {
  const { body } = await gateway.query(query, { headers });
  // Of a path its root field: how deep the place is, is for the tests of paths.
  const errors = (body.errors ?? []).map(({ path, extensions: { code, retryable } }) => [path?.[0], code, retryable]);
  return { data: body.data, errors };
}

const lost = { data: null, errors: [["pay", "OUTCOME_UNKNOWN", false]] };

describe("a mutation whose answer was lost, sent once more with its key", () => {
  test.each([429, 401, 503])(
    "and turned away with %i, is unknown: the first one may have been carried out",
    async (status) => {
      bank.misbehave((request, response) => {
        if (bank.received.length === 1) response.socket?.destroy();
        else failing(status)(request, response);
      });
      expect(await told("mutation { pay { id } }", { "idempotency-key": `k${status}` })).toEqual(lost);
      expect(bank.received.filter(isMutation)).toHaveLength(2);
    },
  );
});

describe("a mutation that was answered with what cannot be used", () => {
  test.each([
    ["nothing", {}],
    ["null where none may be", { pay: null }],
    ["text for an object", { pay: "x" }],
    ["a list for an object", { pay: [] }],
    ["another type", { pay: { __typename: "Query", id: "p1", amount: 5 } }],
    ["no amount", { pay: { __typename: "Payment", id: "p1" } }],
    ["no number for an amount", { pay: { __typename: "Payment", id: "p1", amount: "abc" } }],
  ])("as %s, is unknown, and with stopOnError nothing after it is carried out", async (_, data) => {
    bank.misbehave(answering(data));
    expect(await told("mutation { pay { id amount } }")).toEqual(lost);
    bank.received.length = 0;
    const stopped = await told("mutation @stopOnError { pay { id amount kind } note }");
    expect(stopped.errors).toEqual([
      ["note", "NOT_EXECUTED", true],
      ["pay", "OUTCOME_UNKNOWN", false],
    ]);
    expect(bank.received.filter(isMutation)).toHaveLength(1);
  });

  test("as an enum value that there is not, stops what is after it, and keeps the rest", async () => {
    bank.misbehave(answering({ pay: { __typename: "Payment", id: "p1", amount: 5, kind: "CASH" } }));
    const stopped = await told("mutation @stopOnError { pay { id kind } again: pay { id } }");
    expect(bank.received.filter(isMutation)).toHaveLength(1);
    expect(stopped.errors).toContainEqual(["again", "NOT_EXECUTED", true]);
  });
});

describe("a mutation that was carried out and completed by an organisation that", () => {
  test.each([
    ["is away", failing(503)],
    ["answers HTML", (_, response) => void response.writeHead(200).end("<html>")],
    ["has no such entity", answering({ _entities: [null] })],
  ] satisfies [string, Misbehaviour][])(
    "%s, is unknown when nothing of it is left, and else not to be sent again",
    async (_, how) => {
      notes.misbehave(how);
      const gone = await told("mutation { pay { id total } }");
      expect(gone.data).toBeNull();
      expect(gone.errors.map(([, code, retryable]) => [code, retryable])).toEqual([["OUTCOME_UNKNOWN", false]]);
      const holed = await told("mutation { maybe { id remark } }");
      expect(holed.data).toEqual({ maybe: { id: "p1", remark: null } });
      expect(holed.errors.every(([, , retryable]) => retryable === false)).toBe(true);
      const stopped = await told("mutation @stopOnError { maybe { id total } note }");
      expect(stopped.errors).toContainEqual(["note", "NOT_EXECUTED", true]);
    },
  );

  test("reports an error of its own, keeps that and is unknown beside it", async () => {
    notes.misbehave((_, response) => {
      const errors = [{ message: "no", path: ["_entities", 0, "total"], extensions: { code: "NOT_FOUND" } }];
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ data: { _entities: [null] }, errors }));
    });
    const { errors } = await told("mutation { pay { id total } }");
    expect(errors.map(([, code]) => code)).toContain("OUTCOME_UNKNOWN");
    expect(errors).toHaveLength(2);
  });
});

describe("what a mutation changed", () => {
  /** Lets whoever asks the notes now read at once, and answers later. */
  function slowNotes(): () => void {
    let answer: () => void = () => undefined;
    const mayAnswer = new Promise<void>((resolve) => {
      answer = resolve;
    });
    let isFirst = true;
    notes.misbehave(async (_, response) => {
      const total = paid;
      if (isFirst) {
        isFirst = false;
        await mayAnswer;
      }
      const data = { _entities: [{ __typename: "Payment", total }] };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ data }));
    });
    return answer;
  }

  test.each([
    ["as configured by default", () => gateway],
    ["that shares whole answers", () => joining],
  ])("shows in its own answer and in what its caller asks next, by a gateway %s", async (_, gatewayOf) => {
    const { query } = gatewayOf();
    const release = slowNotes();
    const before = paid;
    const early = query("{ payment { id total } }");
    while (notes.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const { body: changed } = await query("mutation { pay { id total } }");
    const { body: next } = await query("{ payment { id total } }");
    release();
    const { body: first } = await early;
    expect([first, changed, next].map(({ data }) => Object.values(data ?? {})[0])).toEqual([
      { id: "p1", total: before },
      { id: "p1", total: before + 1 },
      { id: "p1", total: before + 1 },
    ]);
  });
});
