import type { FederationCase } from "../support/federation-case.ts";

const items = [
  { __typename: "Book", id: "i1", title: "Bumi" },
  { __typename: "Film", id: "i2", title: "Gie" },
  { __typename: "Game", id: "i3", title: "Dreadout" },
];

/** What fails of books does not fail of films. */
const noted = items.map(({ id }, index) => ({
  id,
  stars: index + 1,
  note({ words }: { words: number }) {
    if (id === "i1") throw new Error("books have no note");
    return `${words} words on ${id}`;
  },
  shelf: {
    name: `shelf of ${id}`,
    length() {
      if (id === "i1") throw new Error("this shelf has no end");
      return 10;
    },
  },
  label(this: { title: string }) {
    return `<${this.title}>`;
  },
}));

/** Another subgraph that knows one type alone, and fails for films where the first one fails for books. */
const priced = items.map(({ id }, index) => ({
  id,
  price: index * 10,
  rank(this: { stars: number }) {
    if (id === "i2") throw new Error("films have no rank");
    return `rank ${this.stars}`;
  },
}));

/** Non-null fields of an interface object that one of its types is asked for, and that fail for another one. */
export const federationCase: FederationCase = {
  subgraphs: {
    home: {
      sdl: `
        type Query { items: [Item!]! things: [Thing!]! }
        union Thing = Book | Film | Game
        interface Item @key(fields: "id") { id: ID! title: String }
        type Book implements Item @key(fields: "id") { id: ID! title: String }
        type Film implements Item @key(fields: "id") { id: ID! title: String }
        type Game implements Item @key(fields: "id") { id: ID! title: String }`,
      root: { items: () => items, things: () => items },
      entities: { Item: items, Book: items.slice(0, 1), Film: items.slice(1, 2), Game: items.slice(2) },
    },
    notes: {
      sdl: `
        type Query { noted: [Item!]! }
        type Mutation { rate(id: ID!): Item }
        type Item @interfaceObject @key(fields: "id") {
          id: ID! title: String @external stars: Int! note(words: Int = 1): String! shelf: Shelf!
          label: String @requires(fields: "title")
        }
        type Shelf { name: String! length: Int! width: Int }`,
      root: { noted: () => noted, rate: ({ id }: { id: string }) => noted.find((item) => item.id === id) },
      entities: { Item: noted },
    },
    prices: {
      sdl: `
        type Query { priced: [Item!]! }
        type Item @interfaceObject @key(fields: "id") {
          id: ID! stars: Int! @external price: Int! rank: String! @requires(fields: "stars")
        }`,
      root: { priced: () => priced },
      entities: { Item: priced },
    },
  },
  requests: [
    {
      title: "a non-null field that fails for one type, asked of another alone, leaves the first one whole",
      query: "{ items { __typename stars ... on Film { note } } }",
      data: {
        items: [
          { __typename: "Book", stars: 1 },
          { __typename: "Film", stars: 2, note: "1 words on i2" },
          { __typename: "Game", stars: 3 },
        ],
      },
    },
    {
      title: "the same beside a field with a requirement, from either home, leaves the first one whole",
      query: "{ items { label ... on Film { note } } noted { ... on Film { note } label } }",
      data: {
        items: [{ label: "<Bumi>" }, { label: "<Gie>", note: "1 words on i2" }, { label: "<Dreadout>" }],
        noted: [{ label: "<Bumi>" }, { note: "1 words on i2", label: "<Gie>" }, { label: "<Dreadout>" }],
      },
    },
    {
      title: "the same in a mutation, leaves what it answers whole",
      query: 'mutation { rate(id: "i1") { ... on Film { note } ... on Book { label } } }',
      data: { rate: { label: "<Bumi>" } },
    },
    {
      title: "a non-null field further below, asked below one type's alone, leaves the other's whole",
      query: "{ items { ... on Film { shelf { length } } ... on Book { shelf { name } stars } } }",
      data: { items: [{ shelf: { name: "shelf of i1" }, stars: 1 }, { shelf: { length: 10 } }, {}] },
    },
    {
      title: "a field that fails for one type, asked of others with different arguments, is asked with theirs",
      query:
        "query ($few: Int, $many: Int) { items { stars ... on Film { note(words: $few) } ... on Game { note(words: $many) } } }",
      variables: { few: 2, many: 9 },
      data: { items: [{ stars: 1 }, { stars: 2, note: "2 words on i2" }, { stars: 3, note: "9 words on i3" }] },
    },
    {
      title: "a field asked of two types by fragments in fragments of a union, is asked of those two",
      query: `{ things { ... on Item { ... on Film { note } ...other } ... on Book { stars } } }
        fragment other on Game { own: note(words: 3) }`,
      data: { things: [{ stars: 1 }, { note: "1 words on i2" }, { own: "3 words on i3" }] },
    },
    {
      title: "a variable that only a type which never stands there is asked with, is not sent for nothing",
      query: "query ($few: Int) { items { ... on Film { ... on Item { ... on Book { note(words: $few) } } } stars } }",
      variables: { few: 2 },
      data: { items: [{ stars: 1 }, { stars: 2 }, { stars: 3 }] },
    },
    {
      title: "a field that requires one of another interface object, asked of one type, leaves the others whole",
      query: "{ items { price ... on Book { rank } } }",
      data: { items: [{ price: 0, rank: "rank 1" }, { price: 10 }, { price: 20 }] },
    },
    {
      title: "fields of two interface objects, asked of one type each from the home of a third, leave the others whole",
      query:
        "{ noted { price ... on Game { rank } } priced { price stars ... on Film { note } ... on Book { rank } } }",
      data: {
        noted: [{ price: 0 }, { price: 10 }, { price: 20, rank: "rank 3" }],
        priced: [
          { price: 0, stars: 1, rank: "rank 1" },
          { price: 10, stars: 2, note: "1 words on i2" },
          { price: 20, stars: 3 },
        ],
      },
    },
    {
      title: "one field asked twice below one type, in the same words, leaves the other's whole",
      query: `{ items {
        ... on Film { shelf { name length width } again: shelf { name length width } }
        ... on Book { shelf { name } again: shelf { width } }
      } }`,
      data: {
        items: [
          { shelf: { name: "shelf of i1" }, again: { width: null } },
          {
            shelf: { name: "shelf of i2", length: 10, width: null },
            again: { name: "shelf of i2", length: 10, width: null },
          },
          {},
        ],
      },
    },
    {
      title: "what one type alone is asked below fields asked of all, twice in the same words, leaves the others whole",
      query: `{ items {
        shelf { name width } again: shelf { name width }
        ... on Film { shelf { length } again: shelf { length } }
      } }`,
      data: {
        items: [1, 2, 3].map((number) => {
          const shelf = { name: `shelf of i${number}`, width: null, ...(number === 2 ? { length: 10 } : {}) };
          return { shelf, again: shelf };
        }),
      },
    },
    {
      title: "conditions of variables in fragments, met and not met, are looked at before types are",
      query: `query ($yes: Boolean!, $no: Boolean!) { items {
          ...named @include(if: $yes) ... on Book @include(if: $no) { note } ... on Film @skip(if: $no) { mine: note @skip(if: $yes) stars }
        } }
        fragment named on Item { ... on Game { note label } ... on Book { label } }`,
      variables: { yes: true, no: false },
      data: { items: [{ label: "<Bumi>" }, { stars: 2 }, { note: "1 words on i3", label: "<Dreadout>" }] },
    },
    {
      title:
        "a field that fails for the type it is asked of under one alias, asked of others under it, is theirs alone",
      query: "{ items { ... on Book { it: stars } ... on Film { it: price } ... on Game { it: stars other: note } } }",
      data: { items: [{ it: 1 }, { it: 10 }, { it: 3, other: "1 words on i3" }] },
    },
    {
      title: "a non-null field that fails for the type it is asked of, takes away the object with its error",
      query: "{ items { ... on Book { note } ... on Film { stars } } }",
      data: null,
      errors: [{ code: "INTERNAL_SERVER_ERROR", path: ["items", 0, "note"] }],
    },
  ],
};
