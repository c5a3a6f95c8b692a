import type { FederationCase } from "../support/federation-case.ts";

const posts = [
  { __typename: "ImagePost", id: "p1", createdAt: "old p1", url: "u1" },
  { __typename: "TextPost", id: "p2", createdAt: "old p2", body: "b2" },
];

/** Overridden fields behind interfaces, with requirements, and from subgraphs that are not there. */
export const federationCase: FederationCase = {
  subgraphs: {
    old: {
      sdl: `
        type Query { feed: [Post!]! images: [ImagePost] bill: Bill }
        interface Post { id: ID! createdAt: String! }
        type ImagePost implements Post @key(fields: "id") { id: ID! createdAt: String! url: String }
        type TextPost implements Post @key(fields: "id") { id: ID! createdAt: String! body: String }
        type Bill @key(fields: "id") { id: ID! net: Int! gross: Int }`,
      root: { feed: () => posts, images: () => posts.slice(0, 1), bill: () => ({ id: "b1", net: 100, gross: -1 }) },
      entities: { ImagePost: posts.slice(0, 1), TextPost: posts.slice(1), Bill: [{ id: "b1", net: 100, gross: -1 }] },
    },
    new: {
      sdl: `
        type Query { another: [Post!]! }
        interface Post { id: ID! createdAt: String! }
        type ImagePost implements Post @key(fields: "id") { id: ID! createdAt: String! @override(from: "old") }
        type TextPost implements Post @key(fields: "id") { id: ID! createdAt: String! @override(from: "old", label: "times") }
        type Bill @key(fields: "id") {
          id: ID! net: Int! @external gross: Int @override(from: "old") @requires(fields: "net")
          note: String @override(from: "nobody")
        }`,
      root: { another: () => [{ __typename: "TextPost", id: "p2", createdAt: "new p2" }] },
      entities: {
        ImagePost: [{ id: "p1", createdAt: "new p1" }],
        TextPost: [{ id: "p2", createdAt: "new p2" }],
        Bill: [
          {
            id: "b1",
            gross(this: { net: number }) {
              return this.net + 11;
            },
            note: "noted",
          },
        ],
      },
    },
  },
  requests: [
    {
      title: "an overridden field of one type, asked of the interface, comes from either owner by type",
      query: "{ feed { id createdAt } }",
      data: {
        feed: [
          { id: "p1", createdAt: "new p1" },
          { id: "p2", createdAt: "old p2" },
        ],
      },
    },
    {
      title: "overridden fields behind an interface, the label of the second on, come from the new owner",
      query: "{ feed { createdAt ... on TextPost { body } } another { createdAt } }",
      headers: { "x-labels": "times" },
      data: {
        feed: [{ createdAt: "new p1" }, { createdAt: "new p2", body: "b2" }],
        another: [{ createdAt: "new p2" }],
      },
    },
    {
      title: "a field behind an interface, its label off, asked from the new owner's side, goes back",
      query: "{ another { createdAt } images { createdAt url } }",
      data: { another: [{ createdAt: "old p2" }], images: [{ createdAt: "new p1", url: "u1" }] },
    },
    {
      title: "an overridden field that requires a field of its old owner, is computed by the new one",
      query: "{ bill { gross } }",
      data: { bill: { gross: 111 } },
    },
    {
      title: "a field overridden from a subgraph that does not exist, is its owner's",
      query: "{ bill { net note } }",
      data: { bill: { net: 100, note: "noted" } },
    },
  ],
};
