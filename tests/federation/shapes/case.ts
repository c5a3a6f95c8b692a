import type { FederationCase } from "../support/federation-case.ts";

/** Federation 1 style schemas and entities whose parts lie in values. */
export const federationCase: FederationCase = {
  subgraphs: {
    accounts: {
      sdl: `
        extend type Query { me: User }
        type User @key(fields: "id") @key(fields: "login { name }") { id: ID! login: Login! }
        type Login @shareable { name: String! }`,
      root: { me: () => ({ id: "u1", login: { name: "ayu" } }) },
      entities: {
        User: [
          { id: "u1", login: { name: "ayu" } },
          { id: "u2", login: { name: "budi" } },
        ],
      },
    },
    reviews: {
      sdl: `
        extend type User @key(fields: "id") { id: ID! @external login: Login! @external reviews: [Review!]! greeting: String @requires(fields: "login { name }") }
        type Login @shareable { name: String! }
        type Review @key(fields: "id") { id: ID! text: String page: Page! author: User! @provides(fields: "login { name }") }
        type Page { review: Review! next: Page by: User! }
        extend type Query { review(id: ID!): Review }`,
      root: { review: ({ id }: { id: string }) => review(id) },
      entities: {
        User: ["u1", "u2"].map((id) => ({
          id,
          reviews: () => [review("r1")],
          greeting(this: { login: { name: string } }) {
            return `Halo ${this.login.name}`;
          },
        })),
        Review: [review("r1")],
      },
    },
    ranks: {
      sdl: `
        type User @key(fields: "login { name }") { login: Login! rank: Int! }
        type Login @shareable { name: String! }
        type Review @key(fields: "id") { id: ID! score: Float! }`,
      entities: {
        User: [
          { login: { name: "ayu" }, rank: 1 },
          { login: { name: "budi" }, rank: 2 },
        ],
        Review: [{ id: "r1", score: 4 }],
      },
    },
  },
  requests: [
    {
      title: "an extended type with external fields, is completed by its owners",
      query: "{ me { greeting rank reviews { text score } } }",
      data: { me: { greeting: "Halo ayu", rank: 1, reviews: [{ text: "bagus r1", score: 4 }] } },
    },
    {
      title: "a provided key of another owner, is used to go on",
      query: '{ review(id: "r1") { author { rank } } }',
      data: { review: { author: { rank: 2 } } },
    },
    {
      title: "entities inside values inside entities, are found at every depth",
      query:
        '{ review(id: "r1") { page { review { score } next { by { rank greeting } next { review { id score } } } } } }',
      data: {
        review: { page: { review: { score: 4 }, next: { by: { rank: 2, greeting: "Halo budi" }, next: null } } },
      },
    },
    {
      title: "one entity at several depths, is completed at each",
      query: '{ review(id: "r1") { score author { reviews { score author { rank } } } page { by { rank } } } }',
      data: {
        review: {
          score: 4,
          author: { reviews: [{ score: 4, author: { rank: 2 } }] },
          page: { by: { rank: 2 } },
        },
      },
    },
  ],
};

function author() {
  return { id: "u2", login: { name: "budi" }, reviews: () => [review("r1")] };
}

function review(id: string): { id: string; [field: string]: unknown } {
  const page = (depth: number): object => ({
    review: () => review(id),
    next: () => (depth === 0 ? page(1) : null),
    by: author,
  });
  return { id, text: `bagus ${id}`, author, page: () => page(0) };
}
