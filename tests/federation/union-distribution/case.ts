import type { FederationCase } from "../support/federation-case.ts";

const texts = [
  { __typename: "Song", id: "s1", title: "Bengawan Solo" },
  { __typename: "Book", id: "b1", title: "Bumi Manusia" },
];

/** Unions and interfaces of which no subgraph knows all types, or which it knows otherwise. */
export const federationCase: FederationCase = {
  subgraphs: {
    a: {
      sdl: `
        type Query { media: Media @shareable book: Media songs: [Media!] viewer: Viewer @shareable users: [User!]! thing: Named }
        union Media = Book | Song
        type Book @key(fields: "id") { id: ID! title: String @shareable }
        type Song @key(fields: "id") { id: ID! title: String @shareable }
        type Viewer { media: Media @shareable book: Book @shareable song: Media }
        union Owner = User | Team
        type User @key(fields: "id") { id: ID! owner: Owner pet: Pet }
        type Team @key(fields: "id") { id: ID! }
        interface Named { name: String }
        type Shop implements Named @key(fields: "id") { id: ID! name: String @shareable }
        interface Pet { legs: Int }
        type Cat implements Pet @shareable { legs: Int lives: Int }`,
      root: {
        media: () => texts[1],
        book: () => texts[1],
        songs: () => texts,
        viewer: () => ({ media: texts[1], book: texts[1], song: texts[0] }),
        users: () => [
          { id: "u1", owner: { __typename: "Team", id: "t1" }, pet: { __typename: "Cat", legs: 4, lives: 9 } },
        ],
        thing: () => ({ __typename: "Shop", id: "x1", name: "Toko" }),
      },
      entities: {
        Book: texts.slice(1),
        Song: texts.slice(0, 1),
        User: [{ id: "u1", owner: { __typename: "Team", id: "t1" }, pet: { __typename: "Cat", legs: 4, lives: 9 } }],
        Team: [{ id: "t1" }],
        Shop: [{ id: "x1", name: "Toko" }],
      },
    },
    b: {
      sdl: `
        type Query { media: Media @shareable viewer: Viewer @shareable things: [Named!]! }
        union Media = Book | Movie
        type Book @key(fields: "id") { id: ID! title: String @shareable pages: Int! }
        type Movie @key(fields: "id") { id: ID! title: String minutes: Int! }
        type Viewer { media: Media @shareable book: Book @shareable movie: Media }
        union Owner = User | Bot
        type User @key(fields: "id") { id: ID! keeper: Owner }
        type Bot { id: ID! }
        type Team @key(fields: "id") { id: ID! name: String }
        interface Named { name: String id: ID! }
        type Shop implements Named @key(fields: "id") { id: ID! name: String @shareable floor: Int }
        type Stall implements Named @key(fields: "id") { id: ID! name: String }`,
      root: {
        media: () => ({ __typename: "Book", id: "b1", title: "Bumi Manusia", pages: 535 }),
        viewer: () => ({
          media: { __typename: "Book", id: "b1", title: "Bumi Manusia", pages: 535 },
          book: { id: "b1", title: "Bumi Manusia", pages: 535 },
          movie: { __typename: "Movie", id: "m1", title: "Gie", minutes: 147 },
        }),
        things: () => [
          { __typename: "Stall", id: "y1", name: "Kios" },
          { __typename: "Shop", id: "x1", name: "Toko", floor: 2 },
        ],
      },
      entities: {
        Book: [{ id: "b1", title: "Bumi Manusia", pages: 535 }],
        Movie: [{ id: "m1", title: "Gie", minutes: 147 }],
        User: [{ id: "u1", keeper: { __typename: "Bot", id: "bot1" } }],
        Team: [{ id: "t1", name: "Garuda" }],
        Shop: [{ id: "x1", name: "Toko", floor: 2 }],
        Stall: [{ id: "y1", name: "Kios" }],
      },
    },
  },
  requests: [
    {
      title: "a union of both subgraphs, its type known to both, is answered with fields of both",
      query: "{ media { __typename ... on Book { title pages } ... on Song { title } ... on Movie { minutes } } }",
      data: { media: { __typename: "Book", title: "Bumi Manusia", pages: 535 } },
    },
    {
      title: "a union's field of one subgraph, asked for types of the other only, is an empty object",
      query: "{ book { ... on Movie { minutes } } songs { ... on Movie { title minutes } } }",
      data: { book: {}, songs: [{}, {}] },
    },
    {
      title: "unions of either subgraph below one shared object, are each asked of their owner",
      query: `{ viewer { media { ...M } song { ...M } movie { ...M } book { title pages } } }
        fragment M on Media { __typename ... on Song { s: title } ... on Movie { m: title minutes } ... on Book { id } }`,
      data: {
        viewer: {
          media: { __typename: "Book", id: "b1" },
          song: { __typename: "Song", s: "Bengawan Solo" },
          movie: { __typename: "Movie", m: "Gie", minutes: 147 },
          book: { title: "Bumi Manusia", pages: 535 },
        },
      },
    },
    {
      title: "one union with other members in each subgraph, below one entity, is completed over both",
      query: `{ users { owner { __typename ... on Team { name } ... on Bot { id } } keeper { __typename ... on Bot { id } ... on Team { id } }
        pet { legs ... on Cat { lives } } } }`,
      data: {
        users: [
          {
            owner: { __typename: "Team", name: "Garuda" },
            keeper: { __typename: "Bot", id: "bot1" },
            pet: { legs: 4, lives: 9 },
          },
        ],
      },
    },
    {
      title: "an interface of which each subgraph knows other types and fields, is asked for all of them",
      query:
        "{ thing { name id ... on Shop { floor } ... on Stall { name } } things { __typename id name ... on Shop { floor } } }",
      data: {
        thing: { name: "Toko", id: "x1", floor: 2 },
        things: [
          { __typename: "Stall", id: "y1", name: "Kios" },
          { __typename: "Shop", id: "x1", name: "Toko", floor: 2 },
        ],
      },
    },
    {
      title: "type names under several aliases at the root, in unions and in interfaces, are all there",
      query: "{ __typename r: __typename media { a: __typename b: __typename } things { c: __typename } }",
      data: {
        __typename: "Query",
        r: "Query",
        media: { a: "Book", b: "Book" },
        things: [{ c: "Stall" }, { c: "Shop" }],
      },
    },
  ],
};
