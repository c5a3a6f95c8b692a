import type { FederationCase } from "../support/federation-case.ts";

const first = { __typename: "constructor", id: "c1", n: "n by b" };
const second = { __typename: "Other", id: "o1", n: "n by b", m: "m by b" };

/** Types that are called as members of every JavaScript object are, in a union that provides fields of theirs. */
export const federationCase: FederationCase = {
  subgraphs: {
    a: {
      sdl: `
        type Query {
          u: U @provides(fields: "... on constructor { n }")
          o: U @provides(fields: "... on Other { n m } ... on constructor { n }")
        }
        union U = constructor | Other
        type constructor @key(fields: "id") { id: ID! n: String @external }
        type Other @key(fields: "id") { id: ID! n: String @external m: String @external }`,
      root: { u: () => ({ ...first, n: "n by a" }), o: () => ({ ...second, n: "n by a", m: "m by a" }) },
    },
    b: {
      sdl: `
        type constructor @key(fields: "id") { id: ID! n: String @shareable }
        type Other @key(fields: "id") { id: ID! n: String @shareable m: String @shareable }`,
      entities: { constructor: [first], Other: [second] },
    },
  },
  requests: [
    {
      title: "what is provided beside such a type, is taken where it is provided",
      query: "{ o { ... on Other { n m } } }",
      data: { o: { n: "n by a", m: "m by a" } },
    },
    {
      title: "what is provided of such a type, is taken where it is provided",
      query: "{ u { __typename ... on constructor { id n } } }",
      data: { u: { __typename: "constructor", id: "c1", n: "n by a" } },
    },
  ],
};
