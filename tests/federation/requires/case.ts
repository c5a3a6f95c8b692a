import type { FederationCase } from "../support/federation-case.ts";

const price = ({ currency }: { currency?: string }) => (currency === "EUR" ? 10 : currency === "USD" ? 12 : 1000);

/** `@requires`: nested, through other owners, with arguments, with fragments. */
export const federationCase: FederationCase = {
  subgraphs: {
    catalogue: {
      sdl: `
        type Query { products: [Product!]! product: Product }
        type Product @key(fields: "id") {
          id: ID! price(currency: String): Int size: Size! owner: Owner things: [Thing!]! weight: Int
        }
        type Size @shareable { width: Int! height: Int! inner: Inner }
        type Inner @shareable { depth(unit: String): Int }
        interface Owner { name: String! }
        type Person implements Owner @shareable { name: String! age: Int! }
        type Company implements Owner @shareable { name: String! staff: Int! }
        union Thing = Box | Bag
        type Box @shareable { volume: Int! }
        type Bag @shareable { straps: Int! }`,
      root: { products: () => products, product: () => products[0] },
      entities: {
        get Product() {
          return products;
        },
      },
    },
    shipping: {
      sdl: `
        type Product @key(fields: "id") {
          id: ID!
          price(currency: String): Int @external
          size: Size! @external
          owner: Owner @external
          things: [Thing!]! @external
          area: Int @requires(fields: "size { width height }")
          inEuro: String @requires(fields: "price(currency: \\"EUR\\")")
          inDollar: String @requires(fields: "price(currency: \\"USD\\")")
          inRupiah: String @requires(fields: "price")
          contact: String @requires(fields: "owner { name ... on Person { age } ... on Company { staff } }")
          total: Int @requires(fields: "things { ... on Box { volume } ... on Bag { straps } }")
          depth: Int @requires(fields: "size { inner { depth(unit: \\"cm\\") } }")
          label: String @requires(fields: "inEuro2")
          inEuro2: String @external
        }
        type Size @shareable { width: Int! height: Int! inner: Inner }
        type Inner @shareable { depth(unit: String): Int }
        interface Owner { name: String! }
        type Person implements Owner @shareable { name: String! age: Int! }
        type Company implements Owner @shareable { name: String! staff: Int! }
        union Thing = Box | Bag
        type Box @shareable { volume: Int! }
        type Bag @shareable { straps: Int! }`,
      entities: { Product: [shippingOf("p1"), shippingOf("p2")] },
    },
    tax: {
      sdl: `
        type Product @key(fields: "id") {
          id: ID! weight: Int @external inEuro2: String @requires(fields: "weight")
        }`,
      entities: { Product: ["p1", "p2"].map((id) => ({ id, inEuro2: own((self) => `w${self.weight}`) })) },
    },
  },
  requests: [
    {
      title: "a nested requirement, given, is computed from",
      query: "{ products { area } }",
      data: { products: [{ area: 6 }, { area: 20 }] },
    },
    {
      title: "two requirements of one field with different arguments, each gets its own",
      query: "{ product { inEuro inDollar inRupiah } }",
      data: { product: { inEuro: "EUR 10", inDollar: "USD 12", inRupiah: "IDR 1000" } },
    },
    {
      title: "the client's own arguments, beside a requirement's, change nothing",
      query: '{ product { price(currency: "USD") inEuro p: price inDollar } }',
      data: { product: { price: 12, inEuro: "EUR 10", p: 1000, inDollar: "USD 12" } },
    },
    {
      title: "a requirement with fragments on an interface, takes the fields of each type",
      query: "{ products { contact } }",
      data: { products: [{ contact: "Ayu 30" }, { contact: "PT Sari 7" }] },
    },
    {
      title: "a requirement with fragments on a union's list, takes the fields of each type",
      query: "{ products { total } }",
      data: { products: [{ total: 7 }, { total: 0 }] },
    },
    {
      title: "a requirement with an argument below the field, is given it",
      query: '{ products { depth size { inner { depth(unit: "mm") } } } }',
      data: {
        products: [
          { depth: 5, size: { inner: { depth: 50 } } },
          { depth: null, size: { inner: null } },
        ],
      },
    },
    {
      title: "a requirement that has a requirement, is fetched over three owners",
      query: "{ products { label } }",
      data: { products: [{ label: "[w2]" }, { label: "[w4]" }] },
    },
    {
      title: "a field whose requirement a condition leaves out, beside others of its owner, takes nothing with it",
      query: "query ($no: Boolean!) { products { area contact @include(if: $no) total @skip(if: $no) } }",
      variables: { no: false },
      data: {
        products: [
          { area: 6, total: 7 },
          { area: 20, total: 0 },
        ],
      },
    },
    {
      title: "aliases that are names of required fields, do not disturb them",
      query: "{ product { size: id id: area price: inEuro } }",
      data: { product: { size: "p1", id: 6, price: "EUR 10" } },
    },
  ],
};

const products = [
  {
    id: "p1",
    price,
    weight: 2,
    size: { width: 2, height: 3, inner: { depth: ({ unit }: { unit?: string }) => (unit === "cm" ? 5 : 50) } },
    owner: { __typename: "Person", name: "Ayu", age: 30 },
    things: [
      { __typename: "Box", volume: 5 },
      { __typename: "Bag", straps: 2 },
    ],
  },
  {
    id: "p2",
    price,
    weight: 4,
    size: { width: 4, height: 5, inner: null },
    owner: { __typename: "Company", name: "PT Sari", staff: 7 },
    things: [],
  },
];

type Self = {
  size: { width: number; height: number; inner: { depth: number } | null };
  price: number;
  owner: { name: string; age?: number; staff?: number };
  things: { volume?: number; straps?: number }[];
  inEuro2: string;
  weight: number;
};

function own(compute: (self: Self) => unknown) {
  return function (this: Self) {
    return compute(this);
  };
}

function shippingOf(id: string) {
  return {
    id,
    area: own(({ size }) => size.width * size.height),
    inEuro: own((self) => `EUR ${self.price}`),
    inDollar: own((self) => `USD ${self.price}`),
    inRupiah: own((self) => `IDR ${self.price}`),
    contact: own(({ owner }) => `${owner.name} ${owner.age ?? owner.staff}`),
    total: own(({ things }) => things.reduce((sum, thing) => sum + (thing.volume ?? thing.straps ?? 0), 0)),
    depth: own(({ size }) => size.inner?.depth ?? null),
    label: own((self) => `[${self.inEuro2}]`),
  };
}
