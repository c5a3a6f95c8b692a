import type { FederationCase } from "../support/federation-case.ts";

/** Entities that are reached over others: keys several levels deep, keys of another subgraph each, keys of parents. */
export const federationCase: FederationCase = {
  subgraphs: {
    lists: {
      sdl: `
        type Query { lists: [ProductList!]! first: ProductList category: Category node: Circle }
        type ProductList @key(fields: "products { id }") { products: [Product!]! pages: Int @shareable }
        type Product @key(fields: "id") { id: ID! category: Category @shareable }
        type Category @key(fields: "mainProduct { id } id") { id: ID! mainProduct: Product! title: String }
        interface Circle { next: Circle }
        type Ring implements Circle @key(fields: "id") { id: ID! next: Circle product: Product }
        type Disc implements Circle { next: Circle @shareable radius: Int }`,
      root: {
        lists: () => [list("p1", "p2"), list("p2")],
        first: () => list("p1", "p2"),
        category: () => category("c1"),
        node: () => ring("r1"),
      },
      entities: {
        Product: ["p1", "p2"].map((id) => ({ id, category: () => category(id === "p1" ? "c1" : "c2") })),
        ProductList: [list("p1", "p2"), list("p2")],
        Category: [category("c1"), category("c2")],
        Ring: [ring("r1"), ring("r2")],
      },
    },
    links: {
      sdl: `
        type Product @key(fields: "id") @key(fields: "id pid") { id: ID! pid: ID! }
        type Ring @key(fields: "id") { id: ID! colour: String }`,
      entities: {
        Product: [
          { id: "p1", pid: "pp1" },
          { id: "p2", pid: "pp2" },
        ],
        Ring: ["r1", "r2"].map((id) => ({ id, colour: `red ${id}` })),
      },
    },
    ranks: {
      sdl: `
        type ProductList @key(fields: "products { id pid }") { products: [Product!]! first: Product @shareable selected: Product @shareable }
        type Product @key(fields: "id pid") { id: ID! pid: ID! }
        type Category @key(fields: "mainProduct { id pid } id tag") { id: ID! tag: ID! mainProduct: Product! rank: Int }`,
      entities: {
        ProductList: [
          { products: pids("p1", "p2"), first: pids("p1")[0], selected: pids("p2")[0] },
          { products: pids("p2"), first: pids("p2")[0], selected: null },
        ],
        Product: pids("p1", "p2"),
        Category: [
          { id: "c1", tag: "t1", mainProduct: pids("p1")[0], rank: 1 },
          { id: "c2", tag: "t2", mainProduct: pids("p2")[0], rank: 2 },
        ],
      },
    },
    tags: {
      sdl: `type Category @key(fields: "id") @key(fields: "id tag") { id: ID! tag: ID! }`,
      entities: {
        Category: [
          { id: "c1", tag: "t1" },
          { id: "c2", tag: "t2" },
        ],
      },
    },
    prices: {
      sdl: `
        type Product @key(fields: "pid id category { id tag }") { id: ID! pid: ID! category: Category @shareable price: Price }
        type Category @key(fields: "id tag") { id: ID! tag: ID! }
        type Price { amount: Int! }`,
      entities: {
        Product: [
          { id: "p1", pid: "pp1", category: { id: "c1", tag: "t1" }, price: { amount: 100 } },
          { id: "p2", pid: "pp2", category: { id: "c2", tag: "t2" }, price: { amount: 200 } },
        ],
        Category: [
          { id: "c1", tag: "t1" },
          { id: "c2", tag: "t2" },
        ],
      },
    },
  },
  requests: [
    {
      title: "an entity whose key is a list of entities, is asked by the keys of all of them",
      query: "{ lists { first { id } selected { id pid } } }",
      data: {
        lists: [
          { first: { id: "p1" }, selected: { id: "p2", pid: "pp2" } },
          { first: { id: "p2" }, selected: null },
        ],
      },
    },
    {
      title: "a key that holds a key that a third subgraph completes, is put together over all three",
      query: "{ first { products { price { amount } } } }",
      data: { first: { products: [{ price: { amount: 100 } }, { price: { amount: 200 } }] } },
    },
    {
      title: "an entity below an entity below a list's key, is completed at each level",
      query: "{ lists { pages first { category { rank title mainProduct { price { amount } } } } } }",
      data: {
        lists: [
          { pages: 2, first: { category: { rank: 1, title: "Category c1", mainProduct: { price: { amount: 100 } } } } },
          { pages: 1, first: { category: { rank: 2, title: "Category c2", mainProduct: { price: { amount: 200 } } } } },
        ],
      },
    },
    {
      title: "several composite keys, another in each subgraph, lead from the one to the other",
      query: "{ category { id tag rank mainProduct { pid category { tag rank } } } }",
      data: {
        category: { id: "c1", tag: "t1", rank: 1, mainProduct: { pid: "pp1", category: { tag: "t1", rank: 1 } } },
      },
    },
    {
      title: "an interface whose field is the interface, followed in a circle, gives each type its fields",
      query: `{ node { __typename ... on Ring { id colour next { __typename ... on Disc { radius next { ... on Ring { colour } } }
        ... on Ring { product { pid } next { __typename } } } } } }`,
      data: {
        node: {
          __typename: "Ring",
          id: "r1",
          colour: "red r1",
          next: { __typename: "Ring", product: { pid: "pp2" }, next: { __typename: "Disc" } },
        },
      },
    },
  ],
};

function list(...ids: string[]) {
  return {
    products: ids.map((id) => ({ id, category: () => category(id === "p1" ? "c1" : "c2") })),
    pages: ids.length,
  };
}

function category(id: string) {
  const product = id === "c1" ? "p1" : "p2";
  return { id, title: `Category ${id}`, mainProduct: { id: product, category: () => category(id) } };
}

function pids(...ids: string[]) {
  return ids.map((id) => ({ id, pid: `p${id}` }));
}

function ring(id: string): Record<string, unknown> {
  const disc = { __typename: "Disc", radius: 3, next: () => ring("r1") };
  return {
    __typename: "Ring",
    id,
    next: () => (id === "r1" ? ring("r2") : disc),
    product: { id: id === "r1" ? "p1" : "p2" },
  };
}
