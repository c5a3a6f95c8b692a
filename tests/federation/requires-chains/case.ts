import type { FederationCase } from "../support/federation-case.ts";

interface Given {
  readonly weight?: string | null;
  readonly title?: string | null;
  readonly size?: string | null;
}

const codes = ["a", "b"];
const numbered = (code: string) => ({ part: { code } });

/** Requirements of requirements, where the first owner is asked again; and rows that one subgraph alone has. */
export const federationCase: FederationCase = {
  subgraphs: {
    shop: {
      sdl: `
        type Query { item: Item! items: [Item!]! lonely: Item! }
        type Mutation { take: Item! }
        type Item @key(fields: "part { code }") {
          part: Part! title: String! size: String @requires(fields: "weight") weight: String @external note: String
        }
        type Part @shareable { code: ID! }`,
      root: {
        item: () => ({ ...numbered("a"), title: "title a" }),
        items: () => codes.map((code) => ({ ...numbered(code), title: `title ${code}` })),
        lonely: () => ({ ...numbered("none"), title: "title none", note: "here alone" }),
        take: () => ({ ...numbered("b"), title: "title b" }),
      },
      entities: {
        Item: codes.map((code) => ({
          ...numbered(code),
          title: `title ${code}`,
          size(this: Given) {
            return `size by ${this.weight}`;
          },
        })),
      },
    },
    parcels: {
      sdl: `
        type Item @key(fields: "part { code }") {
          part: Part! weight: String @external title: String! @external size: String @external
          price: String @requires(fields: "weight title size")
        }
        type Part @shareable { code: ID! }`,
      entities: {
        Item: codes.map((code) => ({
          ...numbered(code),
          price(this: Given) {
            return `price by ${this.weight}, ${this.title}, ${this.size}`;
          },
        })),
      },
    },
    scales: {
      sdl: `
        type Item @key(fields: "part { code }") { part: Part! weight: String next: Item }
        type Part @shareable { code: ID! }`,
      entities: {
        Item: codes.map((code) => ({
          ...numbered(code),
          weight: `weight ${code}`,
          next: code === "a" ? numbered("b") : null,
        })),
      },
    },
  },
  requests: [
    {
      title: "a requirement whose own requirement another has, asked from its owner on, is fetched in order",
      query: "{ item { price } }",
      data: { item: { price: "price by weight a, title a, size by weight a" } },
    },
    {
      title: "the same in a list beside what is required, is fetched in order",
      query: "{ items { title price size } }",
      data: {
        items: codes.map((code) => ({
          title: `title ${code}`,
          price: `price by weight ${code}, title ${code}, size by weight ${code}`,
          size: `size by weight ${code}`,
        })),
      },
    },
    {
      title: "the same below an entity of another owner and after a mutation, is fetched in order",
      query: "mutation { take { price next { price } } }",
      data: { take: { price: "price by weight b, title b, size by weight b", next: null } },
    },
    {
      title: "a requirement of a row that its owner does not have, is null, and so is what requires it",
      query: "{ lonely { title note size price } }",
      data: { lonely: { title: "title none", note: "here alone", size: null, price: null } },
    },
  ],
};
