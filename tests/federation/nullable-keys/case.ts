import type { CaseSubgraph, FederationCase, Row } from "../support/federation-case.ts";

const whole = [
  { id: "p1", sku: "s1", maker: { code: "m1" }, size: 2 },
  { id: "p2", sku: null, maker: null, size: 3 },
];
const named = whole.map(({ id, sku, maker }) => ({ id, sku, maker }));

/** A catalogue of goods of one kind, and what another organisation knows of them, by the same keys in the same order. */
function kindOf(name: string, keys: readonly string[]): readonly [catalogue: string, store: string, rows: Row] {
  const declared = keys.map((fields) => `@key(fields: "${fields}")`).join(" ");
  return [
    `type ${name} ${declared} @shareable { id: ID! sku: ID maker: Maker size: Int }`,
    `type ${name} ${declared} {
      id: ID! @shareable sku: ID @shareable maker: Maker @shareable
      size: Int @external area: Int @requires(fields: "size") shelf: String
    }`,
    { [`all${name}`]: whole, [`some${name}`]: named, [`box${name}`]: { inside: named[1] } },
  ];
}

const kinds = [
  ["IdFirst", ["id", "sku"]],
  ["SkuFirst", ["sku", "id"]],
  ["NestedFirst", ["maker { code }", "id"]],
  ["NestedLast", ["id", "maker { code }"]],
  ["Between", ["sku", "id", "maker { code }"]],
] as const;
const parts = kinds.map(([name, keys]) => kindOf(name, keys));
const names = kinds.map(([name]) => name);
const root = Object.assign({}, ...parts.map(([, , rows]) => rows)) as Row;
const maker = "type Maker @shareable { code: ID }";
const shelves = named.map((row) => ({ ...row, shelf: `shelf ${row.id}`, area: areaOf }));

function areaOf(this: Row): unknown {
  return typeof this.size === "number" ? this.size * 10 : null;
}

const catalogue: CaseSubgraph = {
  sdl: `${maker} type Query { ${names.map((name) => `all${name}: [${name}!]!`).join(" ")} } ${parts.map(([sdl]) => sdl).join(" ")}`,
  root,
  entities: Object.fromEntries(names.map((name) => [name, whole])),
};

const store: CaseSubgraph = {
  sdl: `${maker} ${names.map((name) => `type Box${name} { inside: ${name} }`).join(" ")}
    type Query { ${names.map((name) => `some${name}: [${name}!]! box${name}: Box${name}`).join(" ")} }
    ${parts.map(([, sdl]) => sdl).join(" ")}`,
  root,
  entities: Object.fromEntries(names.map((name) => [name, shelves])),
};

/** Entities with a key that may be null beside one that may not, in each order. */
export const federationCase: FederationCase = {
  subgraphs: { catalogue, store },
  requests: names.flatMap((name) => [
    {
      title: `${name}, asked of its other owner, is found by the key that is never null`,
      query: `{ all${name} { shelf } }`,
      data: { [`all${name}`]: [{ shelf: "shelf p1" }, { shelf: "shelf p2" }] },
    },
    {
      title: `${name}, with a requirement, is asked by the key that is never null`,
      query: `{ all${name} { area } }`,
      data: { [`all${name}`]: [{ area: 20 }, { area: 30 }] },
    },
    {
      title: `${name}, its key selected, is asked by the key that is never null`,
      query: `{ all${name} { id area } }`,
      data: {
        [`all${name}`]: [
          { id: "p1", area: 20 },
          { id: "p2", area: 30 },
        ],
      },
    },
    {
      title: `${name}, fetched to and fro for a requirement, keeps the key that is never null`,
      query: `{ some${name} { area size } }`,
      data: {
        [`some${name}`]: [
          { area: 20, size: 2 },
          { area: 30, size: 3 },
        ],
      },
    },
    {
      title: `${name}, below an object, is asked by the key that is never null`,
      query: `{ box${name} { inside { size } } }`,
      data: { [`box${name}`]: { inside: { size: 3 } } },
    },
  ]),
};
