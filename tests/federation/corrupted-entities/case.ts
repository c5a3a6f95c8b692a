import { GraphQLError } from "graphql";
import type { FederationCase } from "../support/federation-case.ts";

function fail(): never {
  throw new GraphQLError("no", { extensions: { code: "FORBIDDEN" } });
}

/** Entities whose keys are null, which nobody has, or over which an owner fails. */
export const federationCase: FederationCase = {
  subgraphs: {
    books: {
      sdl: `
        type Query { containers: [Container!]! shelf: [Book] strict: [Strict!] }
        type Container { book: Book sure: Book! }
        type Book @key(fields: "upc") { upc: ID! }
        type Strict { book: Book! }`,
      root: {
        containers: () => ["b1", "b2", "b3"].map((upc) => ({ book: { upc }, sure: { upc: "b1" } })),
        shelf: () => [{ upc: "b1" }, null, { upc: "gone" }, { upc: "boom" }, { upc: "b3" }],
        strict: () => [{ book: { upc: "b1" } }, { book: { upc: "gone" } }],
      },
      entities: { Book: ["b1", "b2", "b3"].map((upc) => ({ upc })) },
    },
    ids: {
      sdl: `type Book @key(fields: "upc") @key(fields: "id") { upc: ID! id: ID pages: Int length: String lines: Int! }`,
      entities: {
        Book: [
          { upc: "b1", id: "1", pages: 10, lines: 5, length: "10 pages" },
          { upc: "b2", id: null, pages: 20, lines: 6, length: () => fail() },
          { upc: "b3", id: "3", pages: null, lines: 7, length: null },
          { upc: "boom", id: () => fail(), pages: () => fail(), lines: () => fail(), length: "x" },
        ],
      },
    },
    authors: {
      sdl: `
        type Book @key(fields: "id") { id: ID author: Author }
        type Author @key(fields: "id") { id: ID! name: String }`,
      entities: {
        Book: [
          { id: "1", author: { id: "a1", name: "Pramoedya" } },
          { id: "3", author: () => fail() },
        ],
        Author: [{ id: "a1", name: "Pramoedya" }],
      },
    },
    sizes: {
      sdl: `type Book @key(fields: "upc") { upc: ID! pages: Int @external size: String @requires(fields: "pages") }`,
      entities: {
        Book: ["b1", "b2", "b3", "gone", "boom"].map((upc) => ({
          upc,
          size(this: { pages?: number | null }) {
            return `pages ${this.pages}`;
          },
        })),
      },
    },
  },
  requests: [
    {
      title: "a key that is null on the way, nulls what hangs on it alone",
      query: "{ containers { book { upc author { name } } sure { upc } } }",
      data: {
        containers: [
          { book: { upc: "b1", author: { name: "Pramoedya" } }, sure: { upc: "b1" } },
          { book: { upc: "b2", author: null }, sure: { upc: "b1" } },
          { book: { upc: "b3", author: null }, sure: { upc: "b1" } },
        ],
      },
      errors: [{ code: "FORBIDDEN", path: ["containers", 2, "book", "author"] }],
    },
    {
      title: "entities that are null, gone or fail in one list, leave the others whole",
      query: "{ shelf { upc pages } }",
      data: {
        shelf: [
          { upc: "b1", pages: 10 },
          null,
          { upc: "gone", pages: null },
          { upc: "boom", pages: null },
          { upc: "b3", pages: null },
        ],
      },
      errors: [{ code: "FORBIDDEN", path: ["shelf", 3, "pages"] }],
    },
    {
      title:
        "a requirement of an entity that its owner does not have, computes nothing; one that is null, is told as null",
      query: "{ shelf { upc size } }",
      data: {
        shelf: [
          { upc: "b1", size: "pages 10" },
          null,
          { upc: "gone", size: null },
          { upc: "boom", size: "pages null" },
          { upc: "b3", size: "pages null" },
        ],
      },
      errors: [{ code: "FORBIDDEN", path: ["shelf", 3] }],
    },
    {
      title: "a field left out by a condition, beside a failed entity, takes nothing with it",
      query:
        "query ($no: Boolean!) { shelf { upc pages @include(if: $no) size @include(if: $no) author @skip(if: $no) { name } } }",
      variables: { no: false },
      data: {
        shelf: [
          { upc: "b1", author: { name: "Pramoedya" } },
          null,
          { upc: "gone", author: null },
          { upc: "boom", author: null },
          { upc: "b3", author: null },
        ],
      },
      errors: [
        { code: "FORBIDDEN", path: ["shelf", 3] },
        { code: "FORBIDDEN", path: ["shelf", 4, "author"] },
      ],
    },
    {
      title: "an entity that is gone where its field may not be null, moves the null up",
      query: "{ strict { book { lines } } }",
      data: { strict: null },
      errors: [{ code: "SUBGRAPH_BAD_RESPONSE", path: ["strict", 1, "book", "lines"] }],
    },
    {
      title: "one error for one field of one entity, keeps its siblings in the same answer",
      query: "{ containers { book { length pages } } }",
      data: {
        containers: [
          { book: { length: "10 pages", pages: 10 } },
          { book: { length: null, pages: 20 } },
          { book: { length: null, pages: null } },
        ],
      },
      errors: [{ code: "FORBIDDEN", path: ["containers", 1, "book", "length"] }],
    },
  ],
};
