import type { FederationCase } from "../support/federation-case.ts";

const items = [
  { __typename: "Book", id: "i1", code: "c1", title: "Bumi" },
  { __typename: "Film", id: "i2", code: "c2", title: "Gie" },
];

const stars = [
  { id: "i1", stars: 1 },
  { id: "i2", stars: 2 },
];

/** Interface objects that extend one another, that require, that cannot be resolved, or that a mutation answers. */
export const federationCase: FederationCase = {
  subgraphs: {
    home: {
      sdl: `
        type Query { items: [Item!]! }
        interface Item @key(fields: "id") { id: ID! title: String code: ID! }
        type Book implements Item @key(fields: "id") { id: ID! title: String code: ID! pages: Int @shareable }
        type Film implements Item @key(fields: "id") { id: ID! title: String code: ID! }`,
      root: { items: () => items },
      entities: { Item: items, Book: items.slice(0, 1), Film: items.slice(1) },
    },
    stars: {
      sdl: `
        type Query { rated: [Item!]! }
        type Mutation { rate(id: ID!): Item }
        type Item @interfaceObject @key(fields: "id") { id: ID! stars: Int! note: String }`,
      root: { rated: () => stars, rate },
      entities: {
        Item: [
          {
            id: "i1",
            stars: 1,
            note: () => {
              throw new Error("has none");
            },
          },
          { id: "i2", stars: 2, note: "note of i2" },
        ],
      },
    },
    labels: {
      sdl: `
        type Item @interfaceObject @key(fields: "id") {
          id: ID! title: String @external stars: Int! @external
          label: String @requires(fields: "title stars") shelf: Shelf
        }
        type Shelf @key(fields: "id") { id: ID! }`,
      entities: {
        Item: ["i1", "i2"].map((id) => ({
          id,
          label(this: { title: string; stars: number }) {
            return `${this.title} ${this.stars}`;
          },
          shelf: { id: `shelf of ${id}` },
        })),
      },
    },
    orders: {
      sdl: `
        type Query { order: Order }
        type Order { item: Item }
        type Item @interfaceObject @key(fields: "id", resolvable: false) { id: ID! }
        type Shelf @key(fields: "id") { id: ID! length: Int }`,
      root: { order: () => ({ item: { id: "i2" } }) },
      entities: {
        Shelf: [
          { id: "shelf of i1", length: 1 },
          { id: "shelf of i2", length: 2 },
        ],
      },
    },
  },
  requests: [
    {
      title: "a requirement of fields of the interface and of another interface object, is fetched from both",
      query: "{ items { label } rated { label } }",
      data: { items: [{ label: "Bumi 1" }, { label: "Gie 2" }], rated: [{ label: "Bumi 1" }, { label: "Gie 2" }] },
    },
    {
      title: "an entity below an interface object, is completed by its owner",
      query: "{ items { ... on Book { shelf { length } } ... on Film { id shelf { id } } } }",
      data: { items: [{ shelf: { length: 1 } }, { id: "i2", shelf: { id: "shelf of i2" } }] },
    },
    {
      title: "an interface object that cannot be resolved where it is named, is resolved elsewhere",
      query: "{ order { item { __typename id stars title label shelf { length } } } }",
      data: {
        order: { item: { __typename: "Film", id: "i2", stars: 2, title: "Gie", label: "Gie 2", shelf: { length: 2 } } },
      },
    },
    {
      title: "an interface object under fragments of its types, each alone, is narrowed by its home",
      query: "{ rated { ... on Film { title stars } } order { item { ... on Book { pages } ... on Item { code } } } }",
      data: { rated: [{}, { title: "Gie", stars: 2 }], order: { item: { code: "c2" } } },
    },
    {
      title: "fields of an interface object, asked of each of its types by themselves, are there for each",
      query: "{ rated { ... on Film { shelf { length } } ... on Book { own: shelf { id } } } }",
      data: { rated: [{ own: { id: "shelf of i1" } }, { shelf: { length: 2 } }] },
    },
    {
      title: "what one type alone is asked for by a requirement, alone and beside the other type, is given it first",
      query: "{ rated { ... on Book { label } ... on Film { shelf { id } } } alone: rated { ... on Book { label } } }",
      data: { rated: [{ label: "Bumi 1" }, { shelf: { id: "shelf of i2" } }], alone: [{ label: "Bumi 1" }, {}] },
    },
    {
      title: "what one type alone is asked for by a requirement, is given it first",
      query: "{ rated { ... on Book { label } } }",
      data: { rated: [{ label: "Bumi 1" }, {}] },
    },
    {
      title: "a field of an interface object that fails, asked of another type alone, is no error of this one's",
      query: "{ items { ... on Film { note } ... on Book { stars } } }",
      data: { items: [{ stars: 1 }, { note: "note of i2" }] },
    },
    {
      title: "an interface object that a mutation answers, is completed and narrowed as from a query",
      query: 'mutation { rate(id: "i1") { __typename id title label ... on Film { code } } }',
      data: { rate: { __typename: "Book", id: "i1", title: "Bumi", label: "Bumi 1" } },
    },
    {
      title: "a mutation's root field that a condition leaves out, its selection split by type, is not carried out",
      query: `mutation ($no: Boolean!) { rate(id: "i1") { ... on Item { title } }
        b: rate(id: "boom") @include(if: $no) { ... on Book { label } ... on Item { title } } }`,
      variables: { no: false },
      data: { rate: { title: "Bumi" } },
    },
    {
      title: "a condition that leaves one type's fragment out, beside the other's, asks no owner for the one left out",
      query: `query ($yes: Boolean! = true) { items { ...F } }
        fragment F on Item { __typename ... on Film @skip(if: $yes) { ... on Film { stars } } ... on Book { label } ... on Item { id } }`,
      data: {
        items: [
          { __typename: "Book", label: "Bumi 1", id: "i1" },
          { __typename: "Film", id: "i2" },
        ],
      },
    },
    {
      title: "a condition on a fragment of an interface object, either way, is kept to",
      query:
        "query ($y: Boolean!) { rated { stars ... on Book @include(if: $y) { title } ... on Film @skip(if: $y) { title } } }",
      variables: { y: true },
      data: { rated: [{ stars: 1, title: "Bumi" }, { stars: 2 }] },
    },
  ],
};

function rate({ id }: { id: string }) {
  if (id === "boom") throw new Error("was carried out");
  return stars.find((item) => item.id === id);
}
