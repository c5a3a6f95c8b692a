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
        type Shelf { name: String! length: Int! }`,
      root: { noted: () => noted, rate: ({ id }: { id: string }) => noted.find((item) => item.id === id) },
      entities: { Item: noted },
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
      title: "a non-null field that fails for the type it is asked of, takes away the object with its error",
      query: "{ items { ... on Book { note } ... on Film { stars } } }",
      data: null,
      errors: [{ code: "INTERNAL_SERVER_ERROR", path: ["items", 0, "note"] }],
    },
  ],
};
