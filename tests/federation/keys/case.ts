import type { FederationCase } from "../support/federation-case.ts";

const products = [
  { id: "p1", name: "Batik", sku: { code: "A", maker: { id: "m1" } } },
  { id: "p2", name: "Kopi", sku: { code: "B", maker: { id: "m2" } } },
];

/** Entities known by several keys, composite and nested ones among them. */
export const federationCase: FederationCase = {
  subgraphs: {
    catalogue: {
      sdl: `
        type Query { products: [Product!]! product(id: ID!): Product bySku: Product }
        type Product @key(fields: "id") @key(fields: "sku { code maker { id } }") {
          id: ID! name: String sku: Sku!
        }
        type Sku @shareable { code: String! maker: Maker! }
        type Maker @key(fields: "id") { id: ID! }`,
      root: {
        products: () => products,
        product: ({ id }: { id: string }) => products.find((product) => product.id === id),
        bySku: () => products[1],
      },
      entities: { Product: products, Maker: [{ id: "m1" }, { id: "m2" }] },
    },
    stock: {
      sdl: `
        type Query { lowStock: [Product!]! }
        type Product @key(fields: "sku { code maker { id } }") { sku: Sku! inStock: Int! }
        type Sku @shareable { code: String! maker: Maker! }
        type Maker @key(fields: "id") { id: ID! country: String! }`,
      root: { lowStock: () => [{ sku: { code: "A", maker: { id: "m1", country: "ID" } }, inStock: 1 }] },
      entities: {
        Product: [
          { sku: { code: "A", maker: { id: "m1", country: "ID" } }, inStock: 3 },
          { sku: { code: "B", maker: { id: "m2", country: "JP" } }, inStock: 0 },
        ],
        Maker: [
          { id: "m1", country: "ID" },
          { id: "m2", country: "JP" },
        ],
      },
    },
    reviews: {
      sdl: `
        type Product @key(fields: "id") { id: ID! stars: Float }
        type Query { best: Product }`,
      root: { best: () => ({ id: "p2", stars: 4.5 }) },
      entities: {
        Product: [
          { id: "p1", stars: 3 },
          { id: "p2", stars: 4.5 },
        ],
      },
    },
  },
  requests: [
    {
      title: "fields of three owners, each with its own key, come together",
      query: "{ products { id name inStock stars } }",
      data: {
        products: [
          { id: "p1", name: "Batik", inStock: 3, stars: 3 },
          { id: "p2", name: "Kopi", inStock: 0, stars: 4.5 },
        ],
      },
    },
    {
      title: "a nested key, its parts not selected, is fetched and not shown",
      query: '{ product(id: "p1") { inStock } }',
      data: { product: { inStock: 3 } },
    },
    {
      title: "an entity inside a key, asked of its other owner, is resolved",
      query: "{ bySku { sku { maker { country } } } }",
      data: { bySku: { sku: { maker: { country: "JP" } } } },
    },
    {
      title: "one key to another, over the owner of both, reaches the third",
      query: "{ best { inStock name } }",
      data: { best: { inStock: 0, name: "Kopi" } },
    },
    {
      title: "a product that nobody has, is null without an error",
      query: '{ product(id: "nope") { inStock stars } }',
      data: { product: null },
    },
  ],
};
