import { expect, test } from "@jest/globals";
import { buildSchema, GraphQLError } from "graphql";
import { ValidatedDocuments } from "../../../gateway/operations/validated-documents.ts";

const schema = buildSchema("type Query { a: Int b: Query }");
const rules = { budget: { tokens: 500, rootFields: 50 }, introspection: true };
const open = (before?: ValidatedDocuments) => new ValidatedDocuments(schema, rules, before);
const codeOf = (found: ReturnType<ValidatedDocuments["get"]>) =>
  "document" in found ? "fits" : found[0]?.extensions.code;

test.each([
  ["with a field that is not there", "{ a nothing }", "GRAPHQL_VALIDATION_FAILED"],
  ["that is no GraphQL", "{ a", "GRAPHQL_PARSE_FAILED"],
  ["with too many root fields", `{ ${Array.from({ length: 60 }, (_, n) => `a${n}: a`).join(" ")} }`, "BAD_USER_INPUT"],
])("a document %s, is refused the second time without being read", (_, text, code) => {
  const documents = open();
  const first = documents.get(text);
  expect(codeOf(first)).toBe(code);
  expect(documents.get(text)).toBe(first);
});

test("a refused document, tells where, and is not kept with its syntax tree", () => {
  const [error] = open().get("{\n  nothing\n}") as readonly GraphQLError[];
  expect(error).toBeInstanceOf(GraphQLError);
  expect(error?.locations).toEqual([{ line: 2, column: 3 }]);
  expect(error?.nodes).toBeUndefined();
  expect(error?.originalError).toBeUndefined();
});

test("a document that passed for the version before, passes without being parsed, and one that was refused may fit now", () => {
  const before = open();
  const passed = before.get("{ a }");
  expect(open(before).get("{ a }")).toBe(passed);
  const wider = new ValidatedDocuments(buildSchema("type Query { a: Int nothing: Int }"), rules, before);
  expect(codeOf(before.get("{ nothing }"))).toBe("GRAPHQL_VALIDATION_FAILED");
  expect(codeOf(wider.get("{ nothing }"))).toBe("fits");
  expect(codeOf(wider.get("{ b { a } }"))).toBe("GRAPHQL_VALIDATION_FAILED");
});

test("a document that asks for more of the new schema than anybody needs, is refused, though it passed for the version before", () => {
  const names = Array.from({ length: 100 }, (_, n) => `a${n}: name`).join(" ");
  const text = `{ __type(name: "Query") { fields { ${names} } } }`;
  const before = open();
  expect(codeOf(before.get(text))).toBe("fits");
  const fields = Array.from({ length: 2_000 }, (_, n) => `f${n}: Int`).join(" ");
  const wide = new ValidatedDocuments(buildSchema(`type Query { ${fields} }`), rules, before);
  expect(codeOf(wide.get(text))).toBe("BAD_USER_INPUT");
});
