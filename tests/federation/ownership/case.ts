import type { FederationCase } from "../support/federation-case.ts";

const a = [
  { id: "p1", name: "Batik", old: "a-old", moved: "a-moved", maker: { id: "m1", name: "Sari (a)" }, dims: { w: 1 } },
  { id: "p2", name: "Kopi", old: "a-old", moved: "a-moved", maker: { id: "m2", name: "Gayo (a)" }, dims: { w: 3 } },
];

/** Who may answer a field: `@shareable`, `@provides`, `@external`, `@override`, keys that cannot be resolved. */
export const federationCase: FederationCase = {
  subgraphs: {
    a: {
      sdl: `
        type Query { products: [Product!]! shared: Shared @shareable makers: [Maker!]! }
        type Product @key(fields: "id") {
          id: ID! name: String @shareable old: String moved: String
          maker: Maker @provides(fields: "name") dims: Dims @shareable
        }
        type Maker @key(fields: "id") { id: ID! name: String @external }
        type Dims @shareable { w: Int }
        type Shared @shareable { one: Int }`,
      root: { products: () => a, shared: () => ({ one: 1 }), makers: () => [{ id: "m1" }, { id: "m2" }] },
      entities: { Product: a, Maker: [{ id: "m1" }, { id: "m2" }] },
    },
    b: {
      sdl: `
        type Query { shared: Shared @shareable best: Product pick: Pick }
        type Product @key(fields: "id") {
          id: ID! name: String @shareable moved: String @override(from: "a") dims: Dims @shareable price: Int
        }
        type Maker @key(fields: "id") { id: ID! name: String @shareable country: String }
        type Dims @shareable { w: Int h: Int }
        type Shared @shareable { one: Int two: Int }
        type Pick { product: Item }
        type Item @key(fields: "code", resolvable: false) { code: ID! }`,
      root: {
        shared: () => ({ one: 1, two: 2 }),
        best: () => ({ id: "p2", name: "Kopi", moved: "b-moved", price: 20, dims: { w: 3, h: 4 } }),
        pick: () => ({ product: { code: "i1" } }),
      },
      entities: {
        Product: [
          { id: "p1", name: "Batik", moved: "b-moved", price: 10, dims: { w: 1, h: 2 } },
          { id: "p2", name: "Kopi", moved: "b-moved", price: 20, dims: { w: 3, h: 4 } },
        ],
        Maker: [
          { id: "m1", name: "Sari", country: "ID" },
          { id: "m2", name: "Gayo", country: "ID" },
        ],
      },
    },
    c: {
      sdl: `
        type Query { items: [Item!]! }
        type Item @key(fields: "code") @key(fields: "serial") { code: ID! serial: ID! title: String }`,
      root: { items: () => [{ code: "i1", serial: "s1", title: "Satu" }] },
      entities: { Item: [{ code: "i1", serial: "s1", title: "Satu" }] },
    },
    d: {
      sdl: `
        type Item @key(fields: "serial") @key(fields: "code", resolvable: false) { code: ID! serial: ID! stock: Int }`,
      entities: { Item: [{ code: "i1", serial: "s1", stock: 9 }] },
    },
  },
  requests: [
    {
      title: "a field that is provided, is taken where it is provided",
      query: "{ products { maker { name } } }",
      data: { products: [{ maker: { name: "Sari (a)" } }, { maker: { name: "Gayo (a)" } }] },
    },
    {
      title: "a field that is provided elsewhere only, is fetched from its owner",
      query: "{ makers { name country } }",
      data: {
        makers: [
          { name: "Sari", country: "ID" },
          { name: "Gayo", country: "ID" },
        ],
      },
    },
    {
      title: "a field beside a provided one, is fetched from its owner",
      query: "{ products { maker { country id } } }",
      data: { products: [{ maker: { country: "ID", id: "m1" } }, { maker: { country: "ID", id: "m2" } }] },
    },
    {
      title: "a field that was overridden, is answered by the new owner",
      query: "{ products { old moved } }",
      data: {
        products: [
          { old: "a-old", moved: "b-moved" },
          { old: "a-old", moved: "b-moved" },
        ],
      },
    },
    {
      title: "a shared value whose parts have several owners, is joined",
      query: "{ shared { one two } products { dims { w h } } }",
      data: { shared: { one: 1, two: 2 }, products: [{ dims: { w: 1, h: 2 } }, { dims: { w: 3, h: 4 } }] },
    },
    {
      title: "a key that cannot be resolved here, is resolved at its owner",
      query: "{ pick { product { title } } }",
      data: { pick: { product: { title: "Satu" } } },
    },
    {
      title: "a key that the owner declares unresolvable, is exchanged for one that it resolves",
      query: "{ pick { product { stock } } items { stock } }",
      data: { pick: { product: { stock: 9 } }, items: [{ stock: 9 }] },
    },
  ],
};
