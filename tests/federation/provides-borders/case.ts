import type { FederationCase } from "../support/federation-case.ts";

const animal = (id: string) => ({ __typename: id.startsWith("d") ? "Dog" : "Cat", id, name: `${id} by shelter` });

/** `@provides` over several levels, on interfaces and unions, and external fields that are provided nowhere. */
export const federationCase: FederationCase = {
  subgraphs: {
    shelter: {
      sdl: `
        type Query {
          media: Media
          animals: [Animal] @provides(fields: "... on Dog { name } ... on Cat { name }") plain: [Animal]
          pets: [Pet] @provides(fields: "... on Dog { name }")
          home: Home @provides(fields: "room { owner { email } }") bare: Home
          products: [Product] @provides(fields: "maker { name address { city } }")
        }
        interface Media { id: ID! animals: [Animal] }
        type Book implements Media @key(fields: "id") { id: ID! animals: [Animal] @provides(fields: "... on Cat { name }") @shareable }
        interface Animal { id: ID! name: String }
        type Dog implements Animal @key(fields: "id") { id: ID! name: String @external }
        type Cat implements Animal @key(fields: "id") { id: ID! name: String @external }
        union Pet = Dog | Cat
        type Home @key(fields: "id") { id: ID! room: Room @external }
        type Room @key(fields: "id") { id: ID! owner: Owner @external }
        type Owner @key(fields: "id") { id: ID! email: String @external }
        type Product @key(fields: "id") { id: ID! maker: Maker }
        type Maker @key(fields: "id") { id: ID! name: String @external address: Address @external }
        type Address { city: String @external }`,
      root: {
        media: () => ({ __typename: "Book", id: "b1", animals: [animal("d1"), animal("c1")] }),
        animals: () => [animal("d1"), animal("c1")],
        plain: () => [animal("d1"), animal("c1")],
        pets: () => [animal("d1"), animal("c1")],
        home: () => ({ id: "h1", room: { id: "r1", owner: { id: "o1", email: "o1 by shelter" } } }),
        bare: () => ({ id: "h1" }),
        products: () => [
          { id: "x1", maker: { id: "k1", name: "k1 by shelter", address: { city: "Solo by shelter" } } },
        ],
      },
      entities: {
        Dog: [animal("d1")],
        Cat: [animal("c1")],
        Book: [{ id: "b1", animals: [animal("d1"), animal("c1")] }],
        Home: [{ id: "h1" }],
        Room: [{ id: "r1" }],
        Owner: [{ id: "o1" }],
        Product: [{ id: "x1", maker: { id: "k1" } }],
        Maker: [{ id: "k1" }],
      },
    },
    registry: {
      sdl: `
        type Dog @key(fields: "id") { id: ID! name: String @shareable age: Int }
        type Cat @key(fields: "id") { id: ID! name: String @shareable age: Int }
        type Home @key(fields: "id") { id: ID! room: Room @shareable }
        type Room @key(fields: "id") { id: ID! owner: Owner @shareable }
        type Owner @key(fields: "id") { id: ID! email: String @shareable phone: String }
        type Maker @key(fields: "id") { id: ID! name: String @shareable address: Address @shareable }
        type Address @shareable { city: String country: String }`,
      entities: {
        Dog: [{ id: "d1", name: "d1 by registry", age: 3 }],
        Cat: [{ id: "c1", name: "c1 by registry", age: 4 }],
        Home: [{ id: "h1", room: { id: "r1", owner: { id: "o1", email: "o1 by registry", phone: "62" } } }],
        Room: [{ id: "r1", owner: { id: "o1", email: "o1 by registry", phone: "62" } }],
        Owner: [{ id: "o1", email: "o1 by registry", phone: "62" }],
        Maker: [{ id: "k1", name: "k1 by registry", address: { city: "Solo by registry", country: "ID" } }],
      },
    },
  },
  requests: [
    {
      title: "a field provided on an interface, is taken where it is provided and fetched where it is not",
      query: "{ animals { name } plain { name } }",
      data: {
        animals: [{ name: "d1 by shelter" }, { name: "c1 by shelter" }],
        plain: [{ name: "d1 by registry" }, { name: "c1 by registry" }],
      },
    },
    {
      title: "a field provided for one type of a union, is fetched for the other",
      query: "{ pets { ... on Dog { id name age } ... on Cat { name } } }",
      data: { pets: [{ id: "d1", name: "d1 by shelter", age: 3 }, { name: "c1 by registry" }] },
    },
    {
      title: "a field provided below an interface's implementer, for one type, is taken there",
      query: "{ media { ... on Book { animals { id ... on Cat { name } } } } }",
      data: {
        media: {
          animals: [{ id: "d1" }, { id: "c1", name: "c1 by shelter" }],
        },
      },
    },
    {
      title: "a field provided for one type below an interface's implementer, asked of both, is fetched for the other",
      query:
        "{ media { ... on Book { animals { id ... on Dog { name } ... on Cat { name } } } } again: media { ... on Book { animals { name } } } }",
      data: {
        media: {
          animals: [
            { id: "d1", name: "d1 by registry" },
            { id: "c1", name: "c1 by shelter" },
          ],
        },
        again: { animals: [{ name: "d1 by registry" }, { name: "c1 by shelter" }] },
      },
    },
    {
      title: "a field provided for one type below an interface's implementer, asked of the other, is fetched",
      query: "{ media { ... on Book { animals { id ... on Dog { name } } } } }",
      data: { media: { animals: [{ id: "d1", name: "d1 by registry" }, { id: "c1" }] } },
    },
    {
      title: "a field provided three levels down, is taken there, and from its owner beside it",
      query: "{ home { room { owner { email } } } bare { room { owner { email phone } } } }",
      data: {
        home: { room: { owner: { email: "o1 by shelter" } } },
        bare: { room: { owner: { email: "o1 by registry", phone: "62" } } },
      },
    },
    {
      title: "a value of which a part is provided, is joined with the rest of its owner",
      query: "{ products { maker { name address { city country } } } }",
      data: { products: [{ maker: { name: "k1 by shelter", address: { city: "Solo by shelter", country: "ID" } } }] },
    },
  ],
};
