import { GraphQLError } from "graphql";
import type { FederationCase } from "../support/federation-case.ts";

let log: string[] = [];

function step(name: string, result: unknown) {
  return async () => {
    // The slower ones first: only the gateway can keep the order.
    await new Promise((resolve) => setTimeout(resolve, name.length * 3));
    log.push(name);
    return result;
  };
}

function fail(name: string) {
  return () => {
    log.push(`${name} failed`);
    throw new GraphQLError("no stock", { extensions: { code: "BAD_USER_INPUT" } });
  };
}

function takeLog() {
  const taken = log;
  log = [];
  return taken;
}

/** Root fields of mutations: their order, and what a failed one stops. */
export const federationCase: FederationCase = {
  subgraphs: {
    shop: {
      sdl: `
        type Query { order: Order log: [String!]! }
        type Mutation { reserve(n: Int): Order reserveNothing: Order pay: Order takeLog: [String!]! strict: Order! }
        type Order @key(fields: "id") { id: ID! state: String bad: String }`,
      root: {
        order: () => ({ id: "o1", state: "open" }),
        log: () => log,
        reserve: step("reserve-slowly", { id: "o1", state: "reserved", bad: fail("bad") }),
        reserveNothing: fail("reserve"),
        strict: fail("strict"),
        pay: step("pay", { id: "o1", state: "paid" }),
        takeLog,
      },
      entities: { Order: [{ id: "o1", state: "open" }] },
    },
    ship: {
      sdl: `
        type Query { parcels: Int }
        type Mutation { send: Parcel charge: Int }
        type Parcel { order: Order }
        type Order @key(fields: "id") { id: ID! weight: Int insured: Int }`,
      root: { parcels: () => 1, send: step("send-it", { order: { id: "o1", weight: 3 } }), charge: step("charge", 5) },
      entities: {
        Order: [
          {
            id: "o1",
            insured: fail("insured"),
            weight: async () => {
              await new Promise((resolve) => setTimeout(resolve, 30));
              log.push("weighed");
              return 3;
            },
          },
        ],
      },
    },
  },
  requests: [
    {
      title: "root fields of two owners, mixed, run in the order of the document",
      query: "mutation { reserve { id } send { order { id } } pay { id } charge takeLog }",
      data: {
        reserve: { id: "o1" },
        send: { order: { id: "o1" } },
        pay: { id: "o1" },
        charge: 5,
        takeLog: ["reserve-slowly", "send-it", "pay", "charge"],
      },
    },
    {
      title: "what completes a root field, is finished before the next one begins",
      query: "mutation { reserve { weight } send { order { state } } charge takeLog }",
      data: {
        reserve: { weight: 3 },
        send: { order: { state: "open" } },
        charge: 5,
        takeLog: ["reserve-slowly", "weighed", "send-it", "charge"],
      },
    },
    {
      title: "one root field under two aliases, runs twice",
      query: "mutation { a: charge b: charge takeLog }",
      data: { a: 5, b: 5, takeLog: ["charge", "charge"] },
    },
    {
      title: "a failed root field, without stopOnError, stops nothing",
      query: "mutation { reserveNothing { id } charge takeLog }",
      data: { reserveNothing: null, charge: 5, takeLog: ["reserve failed", "charge"] },
      errors: [{ code: "BAD_USER_INPUT", path: ["reserveNothing"] }],
    },
    {
      title: "a failed root field, with the directive stopOnError, stops all that follow",
      query: "mutation @stopOnError { reserveNothing { id } c: charge pay { id } }",
      data: { reserveNothing: null, c: null, pay: null },
      errors: [
        { code: "BAD_USER_INPUT", path: ["reserveNothing"] },
        { code: "NOT_EXECUTED", path: ["c"] },
        { code: "NOT_EXECUTED", path: ["pay"] },
      ],
    },
    {
      title: "the log after that, shows one step",
      query: "mutation { takeLog }",
      data: { takeLog: ["reserve failed"] },
    },
    {
      title: "a failed root field, with the header x-stop-on-error, stops one of its own owner",
      query: "mutation { reserve { state } reserveNothing { id } pay { id } }",
      headers: { "x-stop-on-error": "true" },
      data: { reserve: { state: "reserved" }, reserveNothing: null, pay: null },
      errors: [
        { code: "BAD_USER_INPUT", path: ["reserveNothing"] },
        { code: "NOT_EXECUTED", path: ["pay"] },
      ],
    },
    {
      title: "the log after that, shows two steps",
      query: "mutation { takeLog }",
      data: { takeLog: ["reserve-slowly", "reserve failed"] },
    },
    {
      title: "an error below a root field, with stopOnError, stops what follows too",
      query: "mutation @stopOnError { reserve { id bad } charge }",
      data: { reserve: { id: "o1", bad: null }, charge: null },
      errors: [
        { code: "BAD_USER_INPUT", path: ["reserve", "bad"] },
        { code: "NOT_EXECUTED", path: ["charge"] },
      ],
    },
    {
      title: "root fields in fragments with conditions, with stopOnError, run once each in order",
      query:
        "mutation ($yes: Boolean!) @stopOnError { takeLog ...Pay @include(if: $yes) ... @skip(if: $yes) { reserveNothing { id } } charge } fragment Pay on Mutation { pay { state } send { order { weight state } } }",
      variables: { yes: true },
      data: {
        takeLog: ["reserve-slowly", "bad failed"],
        pay: { state: "paid" },
        send: { order: { weight: 3, state: "open" } },
        charge: 5,
      },
    },
    {
      title:
        "a required root field that fails, takes the data but not the order, and of what was carried out nobody reads that it was not",
      query: "mutation { takeLog strict { id } charge }",
      data: null,
      errors: [
        { code: "BAD_USER_INPUT", path: ["strict"] },
        { code: "OUTCOME_UNKNOWN", path: ["charge"] },
      ],
    },
    {
      title: "the log after that, shows both steps",
      query: "mutation { takeLog }",
      data: { takeLog: ["strict failed", "charge"] },
    },
    {
      title: "an error of another owner below a root field, with stopOnError, stops what follows too",
      query: "mutation @stopOnError { pay { id insured } charge }",
      data: { pay: { id: "o1", insured: null }, charge: null },
      errors: [
        { code: "BAD_USER_INPUT", path: ["pay", "insured"] },
        { code: "NOT_EXECUTED", path: ["charge"] },
      ],
    },
    {
      title: "nothing but these was carried out",
      query: "mutation { takeLog }",
      data: { takeLog: ["pay", "insured failed"] },
    },
  ],
};
