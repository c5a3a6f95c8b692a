import type { FederationCase } from "../support/federation-case.ts";

const product = (more: object) => ({ id: "p1", name: { id: "n1", brand: "Batik", model: "Tulis" }, ...more });

const toned = {
  id: "u1",
  tone: "LOUD",
  tones: ({ only }: { only?: string[] }) => only ?? ["LOUD", "SILENT", "QUIET"],
};

/** Root fields of several subgraphs, enums and inputs of which each knows other values and fields. */
export const federationCase: FederationCase = {
  subgraphs: {
    names: {
      sdl: `
        type Query {
          product: Product @shareable products: [Product!]! @shareable kinds: [Kind!]! users(filter: Filter, role: Role = USER): [User!]! @shareable
          one(kind: Kind): Kind
        }
        type Product @shareable { id: ID! name: Name }
        type Name @shareable { id: ID! brand: String model: String }
        enum Kind { A B }
        enum Role { USER ADMIN SECRET @inaccessible }
        input Filter { first: Int = 3 word: String! onlyNames: Int }
        type User @key(fields: "id") { id: ID! kind: Kind role: String @shareable }`,
      root: {
        product: () => product({}),
        products: () => [product({}), product({ id: "p2" })],
        kinds: () => ["A", "B"],
        users: ({ filter, role }: { filter?: object; role?: string }) => [
          { id: "u1", kind: "A", role: `${JSON.stringify(filter ?? null)} ${role}` },
        ],
        one: ({ kind }: { kind?: string }) => kind ?? null,
      },
      entities: { User: [{ id: "u1", kind: "A" }] },
    },
    prices: {
      sdl: `
        type Query { product: Product @shareable products: [Product!]! @shareable users(filter: Filter, role: Role = USER): [User!]! @shareable best: Tone }
        type Product { id: ID! @shareable price: Price }
        type Price { id: ID! amount: Int currency: String }
        enum Tone { LOUD QUIET SILENT @inaccessible }
        enum Role { USER ADMIN OTHER }
        input Filter { first: Int = 3 word: String! onlyPrices: [Int!] }
        type User @key(fields: "id") { id: ID! tone: Tone role: String @shareable tones(only: [Tone!]): [Tone] }`,
      root: {
        product: () => product({ price: { id: "x1", amount: 10, currency: "IDR" } }),
        products: () => [
          product({ price: { id: "x1", amount: 10, currency: "IDR" } }),
          product({ id: "p2", price: null }),
        ],
        users: ({ filter, role }: { filter?: object; role?: string }) => [
          { ...toned, role: `${JSON.stringify(filter ?? null)} ${role}` },
        ],
        best: () => "SILENT",
      },
      entities: {
        User: [toned],
      },
    },
    categories: {
      sdl: `
        type Query { product: Product @shareable products: [Product!]! @shareable }
        type Product { id: ID! @shareable category: Category name: Name @shareable }
        type Category { id: ID! name: String }
        type Name @shareable { id: ID! brand: String }`,
      root: {
        product: () => product({ category: { id: "k1", name: "Kain" } }),
        products: () => [product({ category: { id: "k1", name: "Kain" } }), product({ id: "p2", category: null })],
      },
    },
  },
  requests: [
    {
      title: "a root field of three owners, its parts each another's, is joined",
      query: "{ product { id name { brand model } price { amount currency } category { name } } }",
      data: {
        product: {
          id: "p1",
          name: { brand: "Batik", model: "Tulis" },
          price: { amount: 10, currency: "IDR" },
          category: { name: "Kain" },
        },
      },
    },
    {
      title: "a root list of two owners, is joined item by item",
      query: "{ products { id name { brand } price { amount } } }",
      data: {
        products: [
          { id: "p1", name: { brand: "Batik" }, price: { amount: 10 } },
          { id: "p2", name: { brand: "Batik" }, price: null },
        ],
      },
    },
    {
      title: "a shared root field under two aliases, one skipped, is joined for the other",
      query:
        "query ($y: Boolean!) { a: product @skip(if: $y) { price { id } } b: product { category { id } price { id } } }",
      variables: { y: true },
      data: { b: { category: { id: "k1" }, price: { id: "x1" } } },
    },
    {
      title: "an input that each owner knows with other fields, given what both know, arrives with its default",
      query:
        'query ($f: Filter, $r: Role) { users(filter: $f, role: $r) { role tone } default: users(filter: { word: "w" }) { role } }',
      variables: { f: { word: "x", first: null }, r: "ADMIN" },
      data: {
        users: [{ role: '{"first":null,"word":"x"} ADMIN', tone: "LOUD" }],
        default: [{ role: '{"first":3,"word":"w"} USER' }],
      },
    },
    {
      title: "an input without the field that both require, is refused before anybody is asked",
      query: "{ users(filter: { first: 1 }) { id } }",
      data: undefined,
      errors: [{ code: "GRAPHQL_VALIDATION_FAILED" }],
    },
    {
      title: "a value of an enum that one owner alone takes, is refused",
      query: "{ users(role: OTHER) { id } }",
      data: undefined,
      errors: [{ code: "GRAPHQL_VALIDATION_FAILED" }],
    },
    {
      title: "an enum that goes in and out, is passed both ways; a value that clients may not see, becomes null",
      query: "query ($k: Kind) { one(kind: $k) kinds users { kind tones } some: users { tones(only: [QUIET]) } best }",
      variables: { k: "B" },
      data: {
        one: "B",
        kinds: ["A", "B"],
        users: [{ kind: "A", tones: ["LOUD", null, "QUIET"] }],
        some: [{ tones: ["QUIET"] }],
        best: null,
      },
      errors: [
        { code: "SUBGRAPH_BAD_RESPONSE", path: ["users", 0, "tones", 1] },
        { code: "SUBGRAPH_BAD_RESPONSE", path: ["best"] },
      ],
    },
  ],
};
