import type { FederationCase } from "../support/federation-case.ts";

type Self = Record<string, unknown>;

function told(...names: string[]) {
  return function (this: Self) {
    return JSON.stringify(Object.fromEntries(names.map((name) => [name, this[name]])));
  };
}

/** Requirements in circles, through interfaces, of what requires itself, and beside what is provided. */
export const federationCase: FederationCase = {
  subgraphs: {
    posts: {
      sdl: `
        type Query { feed: [Post] post: Post @provides(fields: "comments { text }") }
        type Post @key(fields: "id") {
          id: ID!
          byNovice: Boolean! @requires(fields: "author { yearsOfEnvolvement }")
          author: Author! @external
          comments: [Comment] @shareable
          digest: String @requires(fields: "scores(last: 2)") best: String @requires(fields: "scores(last: 1)")
          scores(last: Int = 9): [Int!] @external
          draft: String!
        }
        type Author @key(fields: "id") { id: ID! yearsOfEnvolvement: Int! @external }
        type Comment @key(fields: "id") { id: ID! text: String @external }`,
      root: {
        feed: () => [post("p1"), post("p2")],
        post: () => ({ ...post("p1"), comments: [{ id: "k1", text: "provided" }] }),
      },
      entities: { Post: [post("p1"), post("p2")], Author: [{ id: "a1" }, { id: "a2" }], Comment: [{ id: "k1" }] },
    },
    authors: {
      sdl: `
        type Post @key(fields: "id") {
          id: ID! author: Author! byExpert: Boolean! @requires(fields: "byNovice") byNovice: Boolean! @external
          scores(last: Int = 9): [Int!]
        }
        type Author @key(fields: "id") { id: ID! yearsOfEnvolvement: Int! name: String! }`,
      entities: {
        Post: [
          { id: "p1", author: { id: "a1", yearsOfEnvolvement: 5, name: "Ayu" }, byExpert: expert, scores },
          { id: "p2", author: { id: "a2", yearsOfEnvolvement: 0, name: "Budi" }, byExpert: expert, scores },
        ],
        Author: [
          { id: "a1", yearsOfEnvolvement: 5, name: "Ayu" },
          { id: "a2", yearsOfEnvolvement: 0, name: "Budi" },
        ],
      },
    },
    comments: {
      sdl: `
        type Comment @key(fields: "id") { id: ID! text: String @shareable date: String }
        type Post @key(fields: "id") {
          id: ID! draft: String! @external byExpert: Boolean! @external
          summary: String @requires(fields: "draft byExpert")
          reader: Reader @shareable readers: [Reader!]!
        }
        interface Reader { id: ID! years: Int }
        type Member implements Reader @key(fields: "id") { id: ID! years: Int tier: String }
        type Guest implements Reader { id: ID! @shareable years: Int }`,
      entities: {
        Comment: [{ id: "k1", text: "owned", date: "today" }],
        Post: ["p1", "p2"].map((id) => ({
          id,
          summary: told("draft", "byExpert"),
          reader: { __typename: "Member", id: "m1", years: 3, tier: "gold" },
          readers: [
            { __typename: "Member", id: "m1", years: 3, tier: "gold" },
            { __typename: "Guest", id: "g1", years: 0 },
          ],
        })),
        Member: [{ id: "m1", years: 3, tier: "gold" }],
      },
    },
    rights: {
      sdl: `
        type Post @key(fields: "id") {
          id: ID! summary: String @external readers: [Reader!]! @external
          rights: String @requires(fields: "summary readers { id ... on Member { tier } }")
        }
        interface Reader { id: ID! }
        type Member implements Reader @key(fields: "id") { id: ID! tier: String @external access: String @requires(fields: "tier") }
        type Guest implements Reader { id: ID! @shareable }`,
      entities: {
        Post: ["p1", "p2"].map((id) => ({ id, rights: told("summary", "readers") })),
        Member: [
          {
            id: "m1",
            access(this: Self) {
              return `${this.tier} access`;
            },
          },
        ],
      },
    },
  },
  requests: [
    {
      title: "requirements that go in a circle between two subgraphs, are followed to their end",
      query: "{ feed { byNovice byExpert } }",
      data: {
        feed: [
          { byNovice: false, byExpert: true },
          { byNovice: true, byExpert: false },
        ],
      },
    },
    {
      title: "a requirement of a requirement of a requirement, is fetched over three subgraphs",
      query: "{ feed { summary } }",
      data: {
        feed: [
          { summary: '{"draft":"draft of p1","byExpert":true}' },
          { summary: '{"draft":"draft of p2","byExpert":false}' },
        ],
      },
    },
    {
      title: "a requirement through an interface's list with a fragment, is given each type's fields",
      query: "{ post { rights } }",
      data: {
        post: {
          rights: JSON.stringify({
            summary: '{"draft":"draft of p1","byExpert":true}',
            readers: [{ id: "m1", __typename: "Member", tier: "gold" }, { id: "g1" }],
          }),
        },
      },
    },
    {
      title: "a field with a requirement on an interface's type, asked in a fragment, is computed",
      query: "{ post { reader { id ... on Member { access } } readers { years ... on Member { access tier } } } }",
      data: {
        post: {
          reader: { id: "m1", access: "gold access" },
          readers: [{ years: 3, access: "gold access", tier: "gold" }, { years: 0 }],
        },
      },
    },
    {
      title: "one field required with conflicting arguments, and asked with a third, has each its value",
      query: "query ($n: Int) { feed { digest best scores(last: $n) all: scores } }",
      variables: { n: 3 },
      data: {
        feed: [1, 2].map(() => ({ digest: "[1,2]", best: "[1]", scores: [1, 2, 3], all: [1, 2, 3, 4, 5, 6, 7, 8, 9] })),
      },
    },
    {
      title: "a provided field beside one of its owner and a requirement, is taken where it is provided",
      query: "{ post { byNovice comments { text } } also: post { comments { date } } }",
      data: { post: { byNovice: false, comments: [{ text: "provided" }] }, also: { comments: [{ date: "today" }] } },
    },
  ],
};

function scores({ last }: { last: number }) {
  return Array.from({ length: last }, (_, index) => index + 1);
}

function expert(this: Self) {
  return this.byNovice === false;
}

function post(id: string) {
  return {
    id,
    draft: `draft of ${id}`,
    comments: [{ id: "k1" }],
    digest(this: Self) {
      return JSON.stringify(this.scores);
    },
    best(this: Self) {
      return JSON.stringify(this.scores);
    },
    byNovice(this: { author: { yearsOfEnvolvement: number } }) {
      return this.author.yearsOfEnvolvement < 1;
    },
  };
}
