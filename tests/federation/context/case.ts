import type { FederationCase } from "../support/federation-case.ts";

const shops = [
  { id: "s1", currency: "IDR", rate: { value: 1 } },
  { id: "s2", currency: "EUR", rate: { value: 2 } },
];
const itemsOf: Record<string, string[]> = { s1: ["i1", "i2"], s2: ["i2"] };

/** `@context` and `@fromContext`: arguments from an object around an entity. */
export const federationCase: FederationCase = {
  subgraphs: {
    goods: {
      sdl: `
        type Query { shops: [Shop!]! shop: Shop }
        type Shop @key(fields: "id") @context(name: "shop") {
          id: ID! currency: String! rate: Rate! items: [Item!]! shelf: Shelf
        }
        type Rate { value: Int! }
        type Shelf { item: Item }
        type Item @key(fields: "id") {
          id: ID!
          price(in: String @fromContext(field: "$shop { currency }")): String!
          scaled(by: Int @fromContext(field: "$shop { rate { value } }"), base: Int!): Int!
        }`,
      root: { shops: () => shops.map((shop) => withItems(shop)), shop: () => shops.map((shop) => withItems(shop))[1] },
      entities: { Item: ["i1", "i2"].map(item), Shop: shops.map((shop) => withItems(shop)) },
    },
    stock: {
      sdl: `type Item @key(fields: "id") { id: ID! stock: Int! }`,
      entities: {
        Item: [
          { id: "i1", stock: 1 },
          { id: "i2", stock: 2 },
        ],
      },
    },
  },
  requests: [
    {
      title: "an argument from the shop around, differs for one item in two shops",
      query: "{ shops { items { id price } } }",
      data: {
        shops: [
          {
            items: [
              { id: "i1", price: "i1 in IDR" },
              { id: "i2", price: "i2 in IDR" },
            ],
          },
          { items: [{ id: "i2", price: "i2 in EUR" }] },
        ],
      },
    },
    {
      title: "a nested value from around, beside the client's own argument, is given",
      query: "query ($b: Int!) { shops { items { scaled(base: $b) more: scaled(base: 100) } } }",
      variables: { b: 10 },
      data: {
        shops: [
          {
            items: [
              { scaled: 10, more: 100 },
              { scaled: 10, more: 100 },
            ],
          },
          { items: [{ scaled: 20, more: 200 }] },
        ],
      },
    },
    {
      title: "an item two levels below the shop, beside another owner's field, has the shop's value",
      query: "{ shop { shelf { item { price stock } } } }",
      data: { shop: { shelf: { item: { price: "i2 in EUR", stock: 2 } } } },
    },
  ],
};

function item(id: string) {
  return {
    id,
    price: ({ in: currency }: { in: string }) => `${id} in ${currency}`,
    scaled: ({ by, base }: { by: number; base: number }) => by * base,
  };
}

function withItems(shop: { id: string; currency: string; rate: { value: number } }) {
  return { ...shop, items: (itemsOf[shop.id] ?? []).map(item), shelf: { item: item("i2") } };
}
