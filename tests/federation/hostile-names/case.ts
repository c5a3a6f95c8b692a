import type { FederationCase } from "../support/federation-case.ts";

const things = [
  { id: "t1", name: "satu", size: { constructor: "c1", prototype: "p1" } },
  { id: "t2", name: "dua", size: { constructor: "c2", prototype: "p2" } },
];

/** Aliases and fields with names that mean something to JavaScript, or to the gateway itself. */
export const federationCase: FederationCase = {
  subgraphs: {
    a: {
      sdl: `
        type Query { things: [Thing!]! thing(id: ID!): Thing any: Any raw: JSON }
        scalar JSON
        type Thing @key(fields: "id") { id: ID! name: String! size: Size }
        type Size { constructor: String prototype: String }
        union Any = Thing | Size`,
      root: {
        things: () => things,
        thing: ({ id }: { id: string }) => things.find((thing) => thing.id === id),
        any: () => ({ __typename: "Thing", ...things[0] }),
        raw: () => JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":1},"ok":1}'),
      },
      entities: { Thing: things },
    },
    b: {
      sdl: `
        type Thing @key(fields: "id") { id: ID! stock: Int toString: String valueOf(n: Int): Int hasOwnProperty: Thing }`,
      entities: {
        Thing: [
          {
            id: "t1",
            stock: 1,
            toString: "s1",
            valueOf: ({ n }: { n: number }) => n,
            hasOwnProperty: { id: "t2", stock: 2 },
          },
          { id: "t2", stock: 2, toString: "s2", valueOf: ({ n }: { n: number }) => n, hasOwnProperty: null },
        ],
      },
    },
  },
  requests: [
    {
      title: "aliases __proto__, constructor and prototype, are keys like any other",
      query: "{ __proto__: things { __proto__: id constructor: name prototype: stock } }",
      data: JSON.parse(
        '{"__proto__":[{"__proto__":"t1","constructor":"satu","prototype":1},{"__proto__":"t2","constructor":"dua","prototype":2}]}',
      ),
    },
    {
      title: "an alias __proto__ of objects of another owner, is filled like any other",
      query: '{ thing(id: "t1") { __proto__: hasOwnProperty { stock __proto__: name } } }',
      data: JSON.parse('{"thing":{"__proto__":{"stock":2,"__proto__":"dua"}}}'),
    },
    {
      title: "fields named after members of every object, are data when there and null when not",
      query: "{ things { toString valueOf(n: 7) hasOwnProperty { id } size { constructor prototype } } }",
      data: {
        things: [
          { toString: "s1", valueOf: 7, hasOwnProperty: { id: "t2" }, size: { constructor: "c1", prototype: "p1" } },
          { toString: "s2", valueOf: 7, hasOwnProperty: null, size: { constructor: "c2", prototype: "p2" } },
        ],
      },
    },
    {
      title: "an alias __typename for another field, does not change the object's type",
      query: "{ any { ... on Thing { __typename: name stock } } }",
      data: { any: { __typename: "satu", stock: 1 } },
    },
    {
      title: "an alias that is the key's name, for another field, does not change the key",
      query: "{ things { id: name stock name: id } }",
      data: {
        things: [
          { id: "satu", stock: 1, name: "t1" },
          { id: "dua", stock: 2, name: "t2" },
        ],
      },
    },
    {
      title: "an alias _entities or of our own making, is a key like any other",
      query: "{ _entities: things { _k0_name: name _e0: stock _r0_price: id } }",
      data: {
        _entities: [
          { _k0_name: "satu", _e0: 1, _r0_price: "t1" },
          { _k0_name: "dua", _e0: 2, _r0_price: "t2" },
        ],
      },
    },
    {
      title: "one field under several aliases with other arguments, is answered under each",
      query: "{ things { a: valueOf(n: 1) b: valueOf(n: 2) valueOf(n: 3) c: stock d: stock } }",
      data: {
        things: [
          { a: 1, b: 2, valueOf: 3, c: 1, d: 1 },
          { a: 1, b: 2, valueOf: 3, c: 2, d: 2 },
        ],
      },
    },
    {
      title: "a variable called constructor, arrives",
      query: "query ($constructor: ID!, $prototype: Int) { thing(id: $constructor) { valueOf(n: $prototype) } }",
      variables: { constructor: "t2", prototype: 4 },
      data: { thing: { valueOf: 4 } },
    },
    {
      title: "a scalar that holds a key __proto__, is passed on and pollutes nothing",
      query: "{ raw }",
      data: { raw: JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":1},"ok":1}') },
    },
  ],
};
