import type { FederationCase } from "../support/federation-case.ts";

const media = [
  { __typename: "Book", id: "m1", title: "Laskar Pelangi", pages: 500 },
  { __typename: "Film", id: "m2", title: "Gie", minutes: 147 },
];

/** An interface that is an entity, and subgraphs that know it as one object type. */
export const federationCase: FederationCase = {
  subgraphs: {
    library: {
      sdl: `
        type Query { media: [Media!]! medium(id: ID!): Media anything: [Anything!]! }
        interface Media @key(fields: "id") { id: ID! title: String! }
        type Book implements Media @key(fields: "id") { id: ID! title: String! pages: Int }
        type Film implements Media @key(fields: "id") { id: ID! title: String! minutes: Int }
        union Anything = Book | Film`,
      root: {
        media: () => media,
        medium: ({ id }: { id: string }) => media.find((item) => item.id === id),
        anything: () => media,
      },
      entities: { Media: media, Book: media.slice(0, 1), Film: media.slice(1) },
    },
    reviews: {
      sdl: `
        type Query { top: [Media!]! review: Review }
        type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int! reviews: [Review!]! }
        type Review { text: String! about: Media }`,
      root: { top: () => [rated("m2"), rated("m1")], review: () => rated("m1").reviews[0] },
      entities: { Media: [rated("m1"), rated("m2")] },
    },
    shop: {
      sdl: `
        type Media @interfaceObject @key(fields: "id") {
          id: ID! title: String! @external price: Int! label: String @requires(fields: "title")
        }`,
      entities: {
        Media: [
          { id: "m1", price: 10, label: labelled },
          { id: "m2", price: 20, label: labelled },
        ],
      },
    },
  },
  requests: [
    {
      title: "fields of an interface object, asked from the interface's owner, are added to every type",
      query: "{ media { id title stars price } }",
      data: {
        media: [
          { id: "m1", title: "Laskar Pelangi", stars: 1, price: 10 },
          { id: "m2", title: "Gie", stars: 2, price: 20 },
        ],
      },
    },
    {
      title: "objects of an interface object, their type asked, are what the owner says",
      query: "{ top { __typename stars } }",
      data: {
        top: [
          { __typename: "Film", stars: 2 },
          { __typename: "Book", stars: 1 },
        ],
      },
    },
    {
      title: "objects of an interface object, with fragments, get the fields of their types",
      query: "{ top { stars ... on Book { pages } ... on Film { minutes } } }",
      data: {
        top: [
          { stars: 2, minutes: 147 },
          { stars: 1, pages: 500 },
        ],
      },
    },
    {
      title: "one interface object to another, no type asked, needs no owner's answer",
      query: "{ top { stars price } }",
      data: {
        top: [
          { stars: 2, price: 20 },
          { stars: 1, price: 10 },
        ],
      },
    },
    {
      title: "a requirement of an interface object, is fetched from the types' owner",
      query: "{ media { label } top { label } }",
      data: {
        media: [{ label: "<Laskar Pelangi>" }, { label: "<Gie>" }],
        top: [{ label: "<Gie>" }, { label: "<Laskar Pelangi>" }],
      },
    },
    {
      title: "a union's members, asked for a field of the interface object, are entities of the interface",
      query: "{ anything { ... on Film { stars } ... on Book { price t: title } } }",
      data: { anything: [{ price: 10, t: "Laskar Pelangi" }, { stars: 2 }] },
    },
    {
      title: "an interface object below an interface object, goes there and back",
      query: "{ review { text about { title reviews { about { __typename } } } } }",
      data: {
        review: { text: "bagus m1", about: { title: "Laskar Pelangi", reviews: [{ about: { __typename: "Book" } }] } },
      },
    },
    {
      title: "a fragment of the interface, in a fragment of a type, applies",
      query: "{ media { ... on Book { ... on Media { stars } } } }",
      data: { media: [{ stars: 1 }, {}] },
    },
  ],
};

function labelled(this: { title: string }) {
  return `<${this.title}>`;
}

function rated(id: string): { id: string; stars: number; reviews: object[] } {
  return { id, stars: Number(id.slice(1)), reviews: [{ text: `bagus ${id}`, about: () => rated(id) }] };
}
