import { GraphQLError } from "graphql";
import type { FederationCase } from "../support/federation-case.ts";

function fail(code = "FORBIDDEN"): never {
  throw new GraphQLError("no", { extensions: { code } });
}

const videos = [
  {
    id: "v1",
    title: "Batik",
    product: { id: "p1" },
    required: { id: "p1" },
    products: [{ id: "p1" }, { id: "p2" }, null],
  },
  { id: "v2", title: "Kopi", product: { id: "p2" }, required: { id: "p2" }, products: [] },
  { id: "v3", title: "Teh", product: null, required: { id: "p3" }, products: [{ id: "gone" }, { id: "p3" }] },
];

/** Nulls, where they go, and the paths of errors. */
export const federationCase: FederationCase = {
  subgraphs: {
    content: {
      sdl: `
        type Query { videos: [Video]! video(id: ID!): Video nothing: Video keyless: [Account]! broken: Int! list: [[Video!]] }
        type Video @key(fields: "id") { id: ID! title: String! product: Product required: Product! products: [Product] bad: String worse: String! }
        type Product @key(fields: "id") { id: ID! }
        type Account @key(fields: "id") @key(fields: "mail") { id: ID mail: String }`,
      root: {
        videos: () => videos,
        video: ({ id }: { id: string }) => ({
          ...videos.find((video) => video.id === id),
          bad: () => fail(),
          worse: () => fail("BAD_USER_INPUT"),
        }),
        nothing: () => null,
        broken: () => fail("DATABASE_UNAVAILABLE"),
        keyless: () => [
          { id: null, mail: "a@x" },
          { id: "a2", mail: null },
          { id: null, mail: null },
        ],
        list: () => [[videos[0], videos[1]], null, []],
      },
      entities: { Video: videos },
    },
    goods: {
      sdl: `
        type Query { cheap: Product }
        type Product @key(fields: "id") { id: ID! name: String! price: Int note: String owner: Owner }
        type Owner { name: String! }
        type Account @key(fields: "id") { id: ID balance: Int }
        type Video @key(fields: "id") { id: ID! stock: Int }`,
      root: { cheap: () => ({ id: "p1", name: "Batik", note: () => fail() }) },
      entities: {
        Product: [
          { id: "p1", name: "Batik", price: 10, note: "ok", owner: { name: "Sari" } },
          { id: "p2", name: "Kopi", price: null, note: () => fail(), owner: () => fail() },
          { id: "p3", name: () => fail("BAD_USER_INPUT"), price: 30 },
        ],
        Account: [
          { id: "a2", balance: 5 },
          { id: "a1", balance: 4 },
        ],
        Video: [
          { id: "v1", stock: 1 },
          { id: "v2", stock: 2 },
          { id: "v3", stock: 3 },
        ],
      },
    },
    mail: {
      sdl: `type Account @key(fields: "mail") { mail: String verified: Boolean }`,
      entities: { Account: [{ mail: "a@x", verified: true }] },
    },
  },
  requests: [
    {
      title: "an entity that its owner does not have, is null in its fields",
      query: '{ video(id: "v3") { products { id price } } }',
      data: {
        video: {
          products: [
            { id: "gone", price: null },
            { id: "p3", price: 30 },
          ],
        },
      },
    },
    {
      title: "an entity that its owner does not have, its field required, is null itself",
      query: '{ video(id: "v3") { products { id name } } }',
      data: { video: { products: [null, null] } },
      errors: [
        { code: "SUBGRAPH_BAD_RESPONSE", path: ["video", "products", 0, "name"] },
        { code: "BAD_USER_INPUT", path: ["video", "products", 1, "name"] },
      ],
    },
    {
      title: "an error in an entity's field, has the client's path with its aliases",
      query: "{ all: videos { p: product { n: note } } }",
      data: { all: [{ p: { n: "ok" } }, { p: { n: null } }, { p: null }] },
      errors: [{ code: "FORBIDDEN", path: ["all", 1, "p", "n"] }],
    },
    {
      title: "an error about an entity at several places, is told at each",
      query: "{ videos { a: product { note } b: required { note } } }",
      data: {
        videos: [
          { a: { note: "ok" }, b: { note: "ok" } },
          { a: { note: null }, b: { note: null } },
          { a: null, b: { note: null } },
        ],
      },
      errors: [
        { code: "FORBIDDEN", path: ["videos", 1, "a", "note"] },
        { code: "FORBIDDEN", path: ["videos", 1, "b", "note"] },
      ],
    },
    {
      title: "a null where none is allowed in an entity, moves up to the nearest that may be null",
      query: "{ videos { id required { name } } }",
      data: {
        videos: [{ id: "v1", required: { name: "Batik" } }, { id: "v2", required: { name: "Kopi" } }, null],
      },
      errors: [{ code: "BAD_USER_INPUT", path: ["videos", 2, "required", "name"] }],
    },
    {
      title: "errors of a subgraph's own fields, keep code and path",
      query: '{ v: video(id: "v1") { title b: bad } }',
      data: { v: { title: "Batik", b: null } },
      errors: [{ code: "FORBIDDEN", path: ["v", "b"] }],
    },
    {
      title: "an error in a required field, takes the object with it",
      query: '{ video(id: "v1") { title worse stock } cheap { name } }',
      data: { video: null, cheap: { name: "Batik" } },
      errors: [{ code: "BAD_USER_INPUT", path: ["video", "worse"] }],
    },
    {
      title: "an error in a required root field, takes all data with it",
      query: "{ broken cheap { name } }",
      data: null,
      errors: [{ code: "DATABASE_UNAVAILABLE", path: ["broken"] }],
    },
    {
      title: "an entity that is null, is not asked about",
      query: "{ nothing { id stock } }",
      data: { nothing: null },
    },
    {
      title: "entities whose key is null, are asked of nobody who knows them by it",
      query: "{ keyless { id mail verified balance } }",
      data: {
        keyless: [
          { id: null, mail: "a@x", verified: true, balance: null },
          { id: "a2", mail: null, verified: null, balance: 5 },
          { id: null, mail: null, verified: null, balance: null },
        ],
      },
    },
    {
      title: "lists of lists, entities in them, are completed in place",
      query: "{ list { id stock } }",
      data: {
        list: [
          [
            { id: "v1", stock: 1 },
            { id: "v2", stock: 2 },
          ],
          null,
          [],
        ],
      },
    },
    {
      title: "an object that fails beside its siblings, is the only null",
      query: "{ videos { product { owner { name } price } } }",
      data: {
        videos: [
          { product: { owner: { name: "Sari" }, price: 10 } },
          { product: { owner: null, price: null } },
          { product: null },
        ],
      },
      errors: [{ code: "FORBIDDEN", path: ["videos", 1, "product", "owner"] }],
    },
  ],
};
