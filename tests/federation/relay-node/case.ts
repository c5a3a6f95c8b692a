import type { FederationCase } from "../support/federation-case.ts";

const nodes = [
  { __typename: "Product", id: "p1", name: "Batik" },
  { __typename: "Category", id: "c1", title: "Kain" },
];

/** One entry by id for entities whose fields are spread, and entities that only their parent can give. */
export const federationCase: FederationCase = {
  subgraphs: {
    nodes: {
      sdl: `
        type Query { node(id: ID!): Node nodes(ids: [ID!]!): [Node]! }
        interface Node { id: ID! }
        type Product implements Node @key(fields: "id") { id: ID! name: String }
        type Category implements Node @key(fields: "id") { id: ID! title: String }
        type Account implements Node @key(fields: "id", resolvable: false) { id: ID! }`,
      root: {
        node: ({ id }: { id: string }) => find(id),
        nodes: ({ ids }: { ids: string[] }) => ids.map(find),
      },
      entities: { Product: nodes.slice(0, 1), Category: nodes.slice(1) },
    },
    shop: {
      sdl: `
        type Query { productFromShop: Product }
        interface Node { id: ID! }
        type Product implements Node @key(fields: "id") { id: ID! group: Group @shareable price: Int offer: Offer @shareable }
        type Group { id: ID! @shareable details: Details }
        type Details { products: Int }
        type Offer { percent: Int until: Stamp }
        scalar Stamp
        type Account @key(fields: "id") { id: ID! email: String }`,
      root: { productFromShop: () => ({ id: "p1", ...shopFields() }) },
      entities: { Product: [{ id: "p1", ...shopFields() }], Account: [{ id: "a1", email: "ayu@toko" }] },
    },
    chains: {
      sdl: `
        type Product @key(fields: "id") { id: ID! group: Group @shareable offer: Offer @shareable }
        type Group { id: ID! @shareable count: Int }
        type Offer { rank: Int }`,
      entities: { Product: [{ id: "p1", group: { id: "g1", count: 7 }, offer: { rank: 1 } }] },
    },
  },
  requests: [
    {
      title: "a node asked by its id, of a type that a fragment names, has fields of every owner",
      query:
        '{ node(id: "p1") { __typename id ... on Product { name price group { id } } ... on Category { title } } }',
      data: { node: { __typename: "Product", id: "p1", name: "Batik", price: 5, group: { id: "g1" } } },
    },
    {
      title: "nodes of several types in one list, with one that nobody has, are each completed",
      query: `query ($ids: [ID!]!) { nodes(ids: $ids) { id ...P ... on Account { email } ... on Node { again: id } } }
        fragment P on Product { price }`,
      variables: { ids: ["c1", "a1", "gone", "p1"] },
      data: {
        nodes: [
          { id: "c1", again: "c1" },
          { id: "a1", email: "ayu@toko", again: "a1" },
          null,
          { id: "p1", price: 5, again: "p1" },
        ],
      },
    },
    {
      title: "a part that only the parent's owner can give, asked of the parent reached elsewhere, comes by the parent",
      query: '{ node(id: "p1") { ... on Product { group { id count details { products } } } } }',
      data: { node: { group: { id: "g1", count: 7, details: { products: 12 } } } },
    },
    {
      title: "parts of one value that two owners of the parent give, are fetched by the parent from both",
      query: "{ productFromShop { group { details { products } count } offer { percent rank until } } }",
      data: {
        productFromShop: {
          group: { details: { products: 12 }, count: 7 },
          offer: { percent: 10, rank: 1, until: { day: 17 } },
        },
      },
    },
    {
      title: "a node of another type than the fragment's, is an empty object",
      query: '{ node(id: "c1") { ... on Product { price } } gone: node(id: "gone") { id } }',
      data: { node: {}, gone: null },
    },
  ],
};

function find(id: string) {
  if (id === "a1") return { __typename: "Account", id };
  return nodes.find((node) => node.id === id) ?? null;
}

function shopFields() {
  return { group: { id: "g1", details: { products: 12 } }, price: 5, offer: { percent: 10, until: { day: 17 } } };
}
