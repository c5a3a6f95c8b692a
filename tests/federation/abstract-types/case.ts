import type { FederationCase } from "../support/federation-case.ts";

const feed = [
  { __typename: "Video", id: "v1", title: "Batik", length: 12, owner: { id: "c1" }, tags: ["a"] },
  { __typename: "Live", id: "l1", title: "Kopi", length: "kini", host: { id: "c2" }, owner: { id: "s1" } },
  { __typename: "Advert", id: "a1", title: "Iklan" },
];

/** Interfaces and unions: fragments, conflicts between their types, members that only some subgraphs know. */
export const federationCase: FederationCase = {
  subgraphs: {
    content: {
      sdl: `
        type Query { feed: [Item!]! search: [Found] @shareable first: Item maybe: Found node(id: ID!): Node }
        interface Node { id: ID! }
        interface Item implements Node { id: ID! title: String! }
        type Video implements Item & Node @key(fields: "id") { id: ID! title: String! length: Int owner: Creator tags: [String] }
        type Live implements Item & Node @key(fields: "id") { id: ID! title: String! length: String host: Creator owner: Seller }
        type Advert implements Item & Node { id: ID! title: String! }
        union Found = Video | Creator
        type Creator @key(fields: "id") { id: ID! }
        type Seller @key(fields: "id") { id: ID! }`,
      root: {
        feed: () => feed,
        first: () => feed[1],
        search: () => [feed[0], { __typename: "Creator", id: "c2" }, null],
        maybe: () => null,
        node: ({ id }: { id: string }) => feed.find((item) => item.id === id),
      },
      entities: { Video: feed.slice(0, 1), Live: feed.slice(1, 2) },
    },
    people: {
      sdl: `
        type Query { found: [Found] }
        union Found = Creator | Seller
        type Creator @key(fields: "id") { id: ID! name: String! fans(min: Int): Int }
        type Seller @key(fields: "id") { id: ID! name: String }
        type Video @key(fields: "id") { id: ID! likes: Int! }
        type Live @key(fields: "id") { id: ID! likes: Int }`,
      root: {
        found: () => [
          { __typename: "Seller", id: "s1", name: "Toko" },
          { __typename: "Creator", id: "c1", name: "Ayu" },
        ],
      },
      entities: {
        Creator: [
          { id: "c1", name: "Ayu", fans: ({ min }: { min?: number }) => 1 + (min ?? 0) },
          { id: "c2", name: "Budi", fans: ({ min }: { min?: number }) => 2 + (min ?? 0) },
        ],
        Seller: [{ id: "s1", name: "Toko" }],
        Video: [{ id: "v1", likes: 5 }],
        Live: [{ id: "l1", likes: null }],
      },
    },
  },
  requests: [
    {
      title: "an interface's list, with fragments, gives each type its fields",
      query: "{ feed { id ... on Video { length } ... on Live { host { name } } } }",
      data: { feed: [{ id: "v1", length: 12 }, { id: "l1", host: { name: "Budi" } }, { id: "a1" }] },
    },
    {
      title: "fields of one name and different types, under aliases, do not meet",
      query: "{ feed { ... on Video { number: length } ... on Live { words: length } } }",
      data: { feed: [{ number: 12 }, { words: "kini" }, {}] },
    },
    {
      title: "entities of different types behind one name, are each asked of their owner",
      query: "{ feed { ... on Video { owner { name } } ... on Live { seller: owner { name } } } }",
      data: { feed: [{ owner: { name: "Ayu" } }, { seller: { name: "Toko" } }, {}] },
    },
    {
      title: "fields of different nullability in another subgraph, under one alias, do not conflict there",
      query: "{ feed { ... on Video { likes } ... on Live { l: likes } } }",
      data: { feed: [{ likes: 5 }, { l: null }, {}] },
    },
    {
      title: "one key with different arguments in branches that exclude each other, gets each its own",
      query: "{ feed { ... on Video { owner { fans(min: 10) } } ... on Live { host { fans(min: 20) } } } }",
      data: { feed: [{ owner: { fans: 11 } }, { host: { fans: 22 } }, {}] },
    },
    {
      title: "one response key with different arguments per type, both entity fields, is answered per type",
      query: "{ search { ... on Video { o: owner { f: fans(min: 1) } } ... on Creator { f: fans(min: 2) } } }",
      data: { search: [{ o: { f: 2 } }, { f: 4 }, null] },
    },
    {
      title: "a union with members of one subgraph only, is asked for each where it is",
      query:
        "{ search { __typename ... on Creator { name } ... on Seller { n: name } } found { __typename ... on Seller { name } ... on Video { id } } }",
      data: {
        search: [{ __typename: "Video" }, { __typename: "Creator", name: "Budi" }, null],
        found: [{ __typename: "Seller", name: "Toko" }, { __typename: "Creator" }],
      },
    },
    {
      title: "an interface of an interface, asked for a field of a type, is narrowed",
      query: '{ node(id: "v1") { id ... on Item { title } ... on Video { likes } } first { ... on Node { id } } }',
      data: { node: { id: "v1", title: "Batik", likes: 5 }, first: { id: "l1" } },
    },
    {
      title: "a type name under an alias, on an interface, is the object's own",
      query: "{ feed { kind: __typename } maybe { __typename } }",
      data: { feed: [{ kind: "Video" }, { kind: "Live" }, { kind: "Advert" }], maybe: null },
    },
    {
      title: "a named fragment on an interface, used twice, is answered twice",
      query:
        "query { feed { ...Head } first { ...Head ... on Live { ...Owned } } } fragment Head on Item { title } fragment Owned on Live { owner { name } }",
      data: {
        feed: [{ title: "Batik" }, { title: "Kopi" }, { title: "Iklan" }],
        first: { title: "Kopi", owner: { name: "Toko" } },
      },
    },
    {
      title: "a fragment on an interface, within a union, picks its implementers",
      query: "{ search { ... on Item { title } ... on Node { id } } }",
      data: { search: [{ title: "Batik", id: "v1" }, {}, null] },
    },
  ],
};
