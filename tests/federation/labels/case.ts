import type { FederationCase } from "../support/federation-case.ts";

const log: string[] = [];
const did = (name: string, result: unknown) => () => {
  log.push(name);
  return result;
};
const labels = (names: string) => ({ "x-labels": names });

/** `@override(from:, label:)` on entity fields and on root fields of mutations. */
export const federationCase: FederationCase = {
  subgraphs: {
    old: {
      sdl: `
        type Query { product: Product who: String }
        type Product @key(fields: "id") { id: ID! price: String stock: String }
        type Mutation { buy: Product cancel: String note: String takeLog: [String!]! }`,
      root: {
        product: () => ({ id: "p1", price: "old", stock: "old" }),
        who: () => "old",
        buy: did("old buy", { id: "p1", price: "old", stock: "old" }),
        cancel: did("old cancel", "old"),
        note: did("old note", "old"),
        takeLog: () => log.splice(0),
      },
      entities: { Product: [{ id: "p1", price: "old", stock: "old" }] },
    },
    new: {
      sdl: `
        type Query { who: String @override(from: "old", label: "people") newest: Product }
        type Product @key(fields: "id") {
          id: ID!
          price: String @override(from: "old", label: "pricing")
          stock: String @override(from: "old", label: "percent(40)")
        }
        type Mutation {
          buy: Product @override(from: "old", label: "buying")
          cancel: String @override(from: "old", label: "cancelling")
          ship: String
        }`,
      root: {
        who: () => "new",
        newest: () => ({ id: "p1", price: "new", stock: "new" }),
        buy: did("new buy", { id: "p1", price: "new", stock: "new" }),
        cancel: did("new cancel", "new"),
        ship: did("new ship", "new"),
      },
      entities: { Product: [{ id: "p1", price: "new", stock: "new" }] },
    },
  },
  requests: [
    {
      title: "no label on, the old owner answers",
      query: "{ product { price stock } who }",
      data: { product: { price: "old", stock: "old" }, who: "old" },
    },
    {
      title: "a label of an entity's field on, the new owner answers that field",
      query: "{ product { price stock } who }",
      headers: labels("pricing"),
      data: { product: { price: "new", stock: "old" }, who: "old" },
    },
    {
      title: "a label of a root field on, beside an unknown one, the new owner answers that field",
      query: "{ product { price stock } who }",
      headers: labels("people, nonsense"),
      data: { product: { price: "old", stock: "old" }, who: "new" },
    },
    {
      title: "a label off, asked from the new owner's side, goes back to the old",
      query: "{ newest { price stock } }",
      data: { newest: { price: "old", stock: "old" } },
    },
    {
      title: "mutation roots, no label on, are the old owner's",
      query: "mutation { buy { price } cancel takeLog }",
      data: { buy: { price: "old" }, cancel: "old", takeLog: ["old buy", "old cancel"] },
    },
    {
      title: "mutation roots, the first label on, are mixed and in order",
      query: "mutation { note buy { price } cancel ship takeLog }",
      headers: labels("buying"),
      data: {
        note: "old",
        buy: { price: "old" },
        cancel: "old",
        ship: "new",
        takeLog: ["old note", "new buy", "old cancel", "new ship"],
      },
    },
    {
      title: "mutation roots, the second label on, are mixed and in order",
      query: "mutation { buy { price } cancel note ship takeLog }",
      headers: labels("cancelling"),
      data: {
        buy: { price: "old" },
        cancel: "new",
        note: "old",
        ship: "new",
        takeLog: ["old buy", "new cancel", "old note", "new ship"],
      },
    },
    {
      title: "mutation roots, both labels and the field's on, are all the new owner's and in order",
      query: "mutation { cancel note buy { price stock } again: cancel takeLog }",
      headers: labels("buying,cancelling,pricing"),
      data: {
        cancel: "new",
        note: "old",
        buy: { price: "new", stock: "old" },
        again: "new",
        takeLog: ["new cancel", "old note", "new buy", "new cancel"],
      },
    },
    {
      title: "mutation roots with stopOnError, labels mixed, keep their order",
      query: "mutation @stopOnError { buy { price } note cancel takeLog }",
      headers: labels("cancelling"),
      data: { buy: { price: "old" }, note: "old", cancel: "new", takeLog: ["old buy", "old note", "new cancel"] },
    },
  ],
};
