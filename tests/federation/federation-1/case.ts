import type { FederationCase } from "../support/federation-case.ts";

const products = [
  { upc: "p1", name: "Kursi", weight: 40, price: 5, dims: { size: "L" } },
  { upc: "p2", name: "Meja", weight: 100, price: 2_000, dims: { size: "XL" } },
];

/** Subgraphs that were written for federation 1: no link, `extend type`, `@external` keys, values without `@shareable`. */
export const federationCase: FederationCase = {
  subgraphs: {
    accounts: {
      isFederation1: true,
      sdl: `
        extend type Query { me: User users: [User] }
        type User @key(fields: "id") { id: ID! name: String username: String }`,
      root: { me: () => users()[0], users },
      entities: { User: users() },
    },
    products: {
      isFederation1: true,
      sdl: `
        extend type Query { top(first: Int = 5): [Product] }
        type Product @key(fields: "upc") { upc: String! name: String price: Int weight: Int dims: Dims }
        type Dims { size: String }`,
      root: { top: ({ first }: { first: number }) => products.slice(0, first) },
      entities: { Product: products },
    },
    reviews: {
      isFederation1: true,
      sdl: `
        type Review @key(fields: "id") { id: ID! body: String author: User @provides(fields: "username") product: Product }
        extend type User @key(fields: "id") { id: ID! @external username: String @external reviews: [Review] }
        extend type Product @key(fields: "upc") { upc: String! @external reviews: [Review] }`,
      entities: {
        Review: [review("r1", "u1", "p1"), review("r2", "u2", "p2")],
        User: [
          { id: "u1", username: "@ayu by reviews", reviews: () => [review("r1", "u1", "p1")] },
          { id: "u2", username: "@budi by reviews", reviews: () => [review("r2", "u2", "p2")] },
        ],
        Product: [
          { upc: "p1", reviews: () => [review("r1", "u1", "p1")] },
          { upc: "p2", reviews: () => [review("r2", "u2", "p2")] },
        ],
      },
    },
    stock: {
      isFederation1: true,
      sdl: `
        extend type Product @key(fields: "upc") {
          upc: String! @external weight: Int @external price: Int @external dims: Dims @external inStock: Boolean
          shipping: Int @requires(fields: "price weight") pack: String @requires(fields: "dims { size }")
        }
        extend type Dims { size: String @external }`,
      entities: {
        Product: ["p1", "p2"].map((upc) => ({
          upc,
          inStock: upc === "p1",
          shipping(this: { price: number; weight: number }) {
            return this.price > 1_000 ? 0 : this.weight * 2;
          },
          pack(this: { dims: { size: string } }) {
            return `box ${this.dims.size}`;
          },
        })),
      },
    },
    ratings: {
      sdl: `
        type Review @key(fields: "id") { id: ID! stars: Int }
        extend type User @key(fields: "id") { id: ID! @external rank: Int }
        type Query { best: User }`,
      root: { best: () => ({ id: "u2", rank: 1 }) },
      entities: {
        Review: [
          { id: "r1", stars: 5 },
          { id: "r2", stars: 4 },
        ],
        User: [
          { id: "u1", rank: 2 },
          { id: "u2", rank: 1 },
        ],
      },
    },
  },
  requests: [
    {
      title: "entities that are extended over five subgraphs, are completed",
      query: "{ me { name rank reviews { body stars product { name inStock shipping } } } }",
      data: {
        me: {
          name: "Ayu",
          rank: 2,
          reviews: [{ body: "r1", stars: 5, product: { name: "Kursi", inStock: true, shipping: 80 } }],
        },
      },
    },
    {
      title: "an external field that is provided, is taken there; elsewhere it is its owner's",
      query: "{ top(first: 1) { reviews { author { username name } } } me { username } }",
      data: {
        top: [{ reviews: [{ author: { username: "@ayu by reviews", name: "Ayu" } }] }],
        me: { username: "@ayu" },
      },
    },
    {
      title: "requirements of leaves and of a value, are computed from",
      query: "{ top { upc shipping pack } }",
      data: {
        top: [
          { upc: "p1", shipping: 80, pack: "box L" },
          { upc: "p2", shipping: 0, pack: "box XL" },
        ],
      },
    },
    {
      title: "an extending subgraph of federation 2 among those of federation 1, is asked from its own root",
      query: "{ best { id rank name reviews { id author { id rank } } } }",
      data: { best: { id: "u2", rank: 1, name: "Budi", reviews: [{ id: "r2", author: { id: "u2", rank: 1 } }] } },
    },
  ],
};

function users() {
  return [
    { id: "u1", name: "Ayu", username: "@ayu" },
    { id: "u2", name: "Budi", username: "@budi" },
  ];
}

function review(id: string, user: string, product: string) {
  const username = user === "u1" ? "@ayu by reviews" : "@budi by reviews";
  return { id, body: id, author: { id: user, username }, product: { upc: product } };
}
