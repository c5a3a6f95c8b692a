import type { FederationCase } from "../support/federation-case.ts";

/** What clients see: `@inaccessible`, enums and inputs that differ, custom scalars, introspection. */
export const federationCase: FederationCase = {
  subgraphs: {
    a: {
      sdl: `
        type Query {
          users: [User!]! find(filter: Filter, kind: Kind): [String!]! echo(input: Deep!): JSON things: [Thing]
          strict: [Strict!]
        }
        type User @key(fields: "id") { id: ID! kind: Shown secret: String @inaccessible nick: Nick }
        enum Shown { OPEN CLOSED HIDDEN @inaccessible }
        enum Kind { ONE TWO }
        input Filter { name: String age: Int = 7 onlyA: Boolean }
        input Deep { list: [[Int!]]! at: Stamp inner: Deep }
        scalar JSON
        scalar Stamp
        union Thing = Seen | Unseen
        type Seen { id: ID! }
        type Unseen @inaccessible { id: ID! }
        type Nick { text: String! mood: Shown! }
        type Strict { mood: Shown! }`,
      root: {
        users: () => [
          { id: "u1", kind: "OPEN", secret: "s", nick: { text: "a", mood: "CLOSED" } },
          { id: "u2", kind: "HIDDEN", secret: "s", nick: { text: "b", mood: "HIDDEN" } },
        ],
        find: ({ filter, kind }: { filter?: object; kind?: string }) => [JSON.stringify(filter ?? null), String(kind)],
        echo: ({ input }: { input: object }) => input,
        things: () => [
          { __typename: "Seen", id: "t1" },
          { __typename: "Unseen", id: "t2" },
        ],
        strict: () => [{ mood: "OPEN" }],
      },
      entities: {
        User: [
          { id: "u1", kind: "OPEN", secret: "s1" },
          { id: "u2", kind: "HIDDEN", secret: "s2" },
        ],
      },
    },
    b: {
      sdl: `
        type Query { count(filter: Filter, kind: Kind): String! }
        enum Kind { ONE TWO THREE }
        input Filter { name: String age: Int = 7 onlyB: Boolean }
        type User @key(fields: "id") {
          id: ID! secret: String @external length: Int @requires(fields: "secret")
        }`,
      root: {
        count: ({ filter, kind }: { filter?: object; kind?: string }) => `${JSON.stringify(filter ?? null)} ${kind}`,
      },
      entities: {
        User: ["u1", "u2"].map((id) => ({
          id,
          length(this: { secret: string }) {
            return this.secret.length;
          },
        })),
      },
    },
  },
  requests: [
    {
      title: "an enum value that clients may not see, is null with an error",
      query: "{ users { id kind } }",
      data: {
        users: [
          { id: "u1", kind: "OPEN" },
          { id: "u2", kind: null },
        ],
      },
      errors: [{ code: "SUBGRAPH_BAD_RESPONSE", path: ["users", 1, "kind"] }],
    },
    {
      title: "such a value where null is not allowed, moves the null up",
      query: "{ users { id nick { mood } } }",
      data: {
        users: [
          { id: "u1", nick: { mood: "CLOSED" } },
          { id: "u2", nick: null },
        ],
      },
      errors: [{ code: "SUBGRAPH_BAD_RESPONSE", path: ["users", 1, "nick", "mood"] }],
    },
    {
      title: "an object of a type that clients may not see, is null with an error",
      query: "{ things { ... on Seen { id } } }",
      data: { things: [{ id: "t1" }, null] },
      errors: [{ code: "SUBGRAPH_BAD_RESPONSE", path: ["things", 1] }],
    },
    {
      title: "a field that clients may not see, required by another, is fetched all the same",
      query: "{ users { length } }",
      data: { users: [{ length: 1 }, { length: 1 }] },
    },
    {
      title: "a field that clients may not see, asked for, is refused",
      query: "{ users { secret } }",
      data: undefined,
      errors: [{ code: "GRAPHQL_VALIDATION_FAILED" }],
    },
    {
      title: "an input with the fields that all know, goes to both with its defaults",
      query: 'query ($f: Filter) { find(filter: $f, kind: ONE) count(filter: { name: "x" }, kind: TWO) }',
      variables: { f: { name: "y" } },
      data: { find: ['{"name":"y","age":7}', "ONE"], count: '{"name":"x","age":7} TWO' },
    },
    {
      title: "an input field that only one knows, is refused",
      query: "query ($f: Filter) { find(filter: $f) }",
      variables: { f: { onlyA: true } },
      data: undefined,
      errors: [{ code: "BAD_USER_INPUT" }],
    },
    {
      title: "an enum value that only one knows as input, is refused",
      query: "query ($k: Kind) { count(kind: $k) }",
      variables: { k: "THREE" },
      data: undefined,
      errors: [{ code: "BAD_USER_INPUT" }],
    },
    {
      title: "a variable that is left out and one that is null, arrive as they were",
      query: "query ($f: Filter, $k: Kind) { find(filter: $f, kind: $k) count(filter: $f) }",
      variables: { f: null },
      data: { find: ["null", "undefined"], count: "null undefined" },
    },
    {
      title: "nested inputs and custom scalars, arrive and return as they were",
      query: "query ($at: Stamp) { echo(input: { list: [[1, 2], null, []], at: $at, inner: { list: [] } }) }",
      variables: { at: { any: ["json", 1] } },
      data: { echo: { list: [[1, 2], null, []], at: { any: ["json", 1] }, inner: { list: [] } } },
    },
    {
      title: "introspection beside data, is answered together in the client's order",
      query: '{ t: __type(name: "User") { fields { name } } users { id } __typename }',
      data: {
        t: { fields: [{ name: "id" }, { name: "kind" }, { name: "nick" }, { name: "length" }] },
        users: [{ id: "u1" }, { id: "u2" }],
        __typename: "Query",
      },
    },
    {
      title: "introspection in a fragment with variables, is answered without a fetch",
      query:
        "query ($n: String!, $no: Boolean!) { ...Types @skip(if: $no) } fragment Types on Query { __type(name: $n) { name enumValues { name } } }",
      variables: { n: "Shown", no: false },
      data: { __type: { name: "Shown", enumValues: [{ name: "OPEN" }, { name: "CLOSED" }] } },
    },
    {
      title: "the type name of the root alone, under aliases, needs no fetch",
      query: "{ __typename a: __typename }",
      data: { __typename: "Query", a: "Query" },
    },
  ],
};
