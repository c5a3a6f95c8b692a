import type { FederationCase } from "../support/federation-case.ts";

interface Told {
  readonly __typename?: string;
  readonly title?: string;
  readonly name?: string;
}

/** Which type a resolver takes what it was given for. */
function describe(subject: Told | null | undefined): string {
  if (subject == null) return "nothing";
  if (subject.__typename === "Book") return `the book ${subject.title}`;
  return subject.__typename === "Film" ? `the film ${subject.name}` : "something else";
}

const subjects = [
  { __typename: "Book", isbn: "b1" },
  { __typename: "Film", id: "f1", name: "Gie" },
  { __typename: "Game", id: "g1" },
  null,
];
const reviews = subjects.map((subject, index) => ({ id: `r${index}`, subject, compared: subjects }));

/** Requirements below fields of several types: what computes with their objects must know which type each has. */
export const federationCase: FederationCase = {
  subgraphs: {
    reviews: {
      sdl: `
        type Query { reviews: [Review!]! }
        type Mutation { review(id: ID!): Review }
        type Review @key(fields: "id") { id: ID! subject: Subject compared: [Subject] }
        union Subject = Book | Film | Game
        type Book @key(fields: "isbn") { isbn: ID! }
        type Film { id: ID! @shareable name: String @shareable }
        type Game { id: ID! }`,
      root: {
        reviews: () => reviews,
        review: ({ id }: { id: string }) => reviews.find((review) => review.id === id),
      },
      entities: { Review: reviews, Book: [{ isbn: "b1" }] },
    },
    books: {
      sdl: 'type Book @key(fields: "isbn") { isbn: ID! title: String }',
      entities: { Book: [{ isbn: "b1", title: "Bumi" }] },
    },
    words: {
      sdl: `
        type Review @key(fields: "id") {
          id: ID! subject: Subject @external compared: [Subject] @external
          about: String @requires(fields: "subject { ... on Book { title } ... on Film { name } }")
          against: [String!] @requires(fields: "compared { ... on Film { name } ... on Book { title } }")
        }
        union Subject = Book | Film
        type Book @key(fields: "isbn") { isbn: ID! title: String @external }
        type Film { id: ID! @shareable name: String @shareable }`,
      entities: {
        Review: reviews.map(({ id }) => ({
          id,
          about(this: { subject?: Told | null }) {
            return describe(this.subject);
          },
          against(this: { compared?: readonly (Told | null)[] }) {
            return this.compared?.map(describe);
          },
        })),
        Book: [{ isbn: "b1" }],
      },
    },
  },
  requests: [
    {
      title: "a requirement below a union, whatever type the object has, comes with the type that was required",
      query: "{ reviews { about } }",
      data: {
        reviews: [
          { about: "the book Bumi" },
          { about: "the film Gie" },
          { about: "something else" },
          { about: "nothing" },
        ],
      },
    },
    {
      title: "a requirement below a list of a union, in a mutation and under an alias, comes with each one's type",
      query: 'mutation { mine: review(id: "r0") { words: against subject { __typename } } }',
      data: {
        mine: {
          words: ["the book Bumi", "the film Gie", "something else", "nothing"],
          subject: { __typename: "Book" },
        },
      },
    },
  ],
};
