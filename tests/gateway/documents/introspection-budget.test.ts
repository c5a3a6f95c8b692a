import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { buildSchema, executeSync, getIntrospectionQuery, parse, validate } from "graphql";
import { whyIntrospectsTooMuch } from "../../../gateway/documents/introspection-budget.ts";
import { projectRoot } from "../../../platform/runtime/project-root.ts";

const times = (count: number, text: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => text(n)).join(" ");

const sdl = readFileSync(join(projectRoot, "schema/supergraph.graphql"), "utf8");
const ours = buildSchema(sdl, { assumeValidSDL: true });
const small = buildSchema("type Query { a: Int b(c: Int): Query }");
const large = buildSchema(`
  interface Node { id: ID! }
  enum Colour { RED GREEN }
  type Query { ${times(500, (n) => `t${n}(first: Int, in: I${n}): [T${n}!]!`)} }
  ${times(3_000, (n) => `type T${n} implements Node { id: ID! next: T${n}! all(first: Int, after: ID): [T${n}!] colour: Colour! name: String }`)}
  ${times(500, (n) => `input I${n} { a: Int! b: [ID!]! c: Colour }`)}
`);

const standard = getIntrospectionQuery({
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  schemaDescription: true,
  inputValueDeprecation: true,
  oneOf: true,
});

describe.each([
  ["a small schema", small],
  ["this project's schema", ours],
  ["a schema of 3,500 types", large],
])("of %s", (_, schema) => {
  const refusal = (text: string) => {
    const document = parse(text);
    expect(validate(schema, document)).toEqual([]);
    return whyIntrospectsTooMuch(schema, document);
  };

  test.each([
    ["the standard query for everything", standard],
    ["two of them in one document", `${standard} query Other { __schema { types { name } } }`],
    [
      "a type by its name, in every detail",
      `query($n: String!) { __type(name: $n) { ...T } } ${fragmentsOf(standard)}`,
    ],
    ["nothing of it", "{ __typename }"],
    ["the root's fields under 700 names", `{ __type(name: "Query") { ${times(700, (n) => `a${n}: name`)} } }`],
  ])("asking for %s, is within the budget", (_title, text) => {
    expect(refusal(text)).toBeUndefined();
  });

  test.each([
    [
      "the type of each field under 1,500 names",
      `{ __schema { types { fields { ${times(1_500, (n) => `a${n}: type { kind fields { name args { name } } }`)} } } } }`,
    ],
    [
      "the same by fragments, in the second operation",
      `query A { __typename } query B { ...R } fragment R on Query { __schema { types { fields { ${times(1_500, (n) => `a${n}: type { ...T }`)} } } } }
      fragment T on __Type { kind fields { name } ... on __Type { name } }`,
    ],
    [
      "any type and all it leads to, 50 times",
      `query($n: String!) { ${times(50, (n) => `a${n}: __type(name: $n) { fields { ${times(50, (m) => `b${m}: type { name fields { name } }`)} } }`)} }`,
    ],
  ])("asking for %s, is refused", (_title, text) => {
    expect(refusal(text)).toMatch(/^it asks for more than \d+ values of the schema$/);
  });
});

test("fields of possible types under 1,500 names, of a schema with interfaces, are refused", () => {
  const text = `{ __schema { types { possibleTypes { ${times(1_500, (n) => `a${n}: fields { name }`)} } } } }`;
  expect(whyIntrospectsTooMuch(ours, parse(text))).toBeDefined();
  expect(whyIntrospectsTooMuch(large, parse(text))).toBeDefined();
});

test("values are counted one for each that is answered", () => {
  const counted = (names: number) =>
    parse(`{ __schema { types { fields(includeDeprecated: true) { ${times(names, (n) => `a${n}: name`)} } } } }`);
  const { data } = executeSync({ schema: small, document: counted(1) });
  const fields = JSON.stringify(data).match(/"a0"/g)?.length ?? 0;
  const types = JSON.stringify(data).match(/"fields"/g)?.length ?? 0;
  const fitting = Math.floor((100_000 - types - 1) / fields);
  expect(whyIntrospectsTooMuch(small, counted(fitting))).toBeUndefined();
  expect(whyIntrospectsTooMuch(small, counted(fitting + 1))).toBe("it asks for more than 100000 values of the schema");
});

test("a long description counts as several values", () => {
  const text = `{ __type(name: "Query") { ${times(1_500, (n) => `a${n}: description`)} } }`;
  const describedBy = (length: number) => buildSchema(`"${"x".repeat(length)}" type Query { a: Int }`);
  expect(whyIntrospectsTooMuch(describedBy(100), parse(text))).toBeUndefined();
  expect(whyIntrospectsTooMuch(describedBy(10_000), parse(text))).toBeDefined();
});

test("documents of many different shapes, one after the other, are counted alike", () => {
  const nested = (field: string) =>
    `{ __schema { types { fields { type { ${field} { type { ${field} { name } } } } } } } }`;
  const ask = () => ["fields", "inputFields"].map((field) => whyIntrospectsTooMuch(large, parse(nested(field))));
  const first = ask();
  for (let n = 0; n < 5; n += 1) expect(ask()).toEqual(first);
});

function fragmentsOf(text: string): string {
  return `fragment T on __Type { ...FullType } ${text.slice(text.indexOf("fragment FullType"))}`;
}
