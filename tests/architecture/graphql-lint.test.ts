import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { ESLint, Linter } from "eslint";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import { entriesOf } from "./project-files.ts";

const examples = join(projectRoot, "tests", "architecture", "examples");
const prefix = "@graphql-eslint/";
const hotels =
  'type Query { hotel: Hotel } type Hotel { name: String nearest: Hotel title: String @deprecated(reason: "see name") }';

// Rules of our own choice; the others of the plug-in's set for operations are GraphQL's own validation.
const operationRules = [
  "fields-on-correct-type",
  "lone-executable-definition",
  "naming-convention",
  "no-anonymous-operations",
  "no-deprecated",
  "no-unused-fragments",
  "no-unused-variables",
];

async function configurationFor(path: string): Promise<Linter.Config> {
  return new ESLint({ cwd: projectRoot }).calculateConfigForFile(join(projectRoot, path));
}

async function rulesBroken(like: string, file: string, parserOptions: object): Promise<string[]> {
  const { languageOptions, plugins = {}, rules = {} } = await configurationFor(like);
  const messages = new Linter({ cwd: projectRoot }).verify(
    readFileSync(file, "utf8"),
    {
      files: ["**/*.graphql"],
      plugins,
      rules,
      languageOptions: { ...languageOptions, parserOptions },
    },
    { filename: file },
  );
  return [...new Set(messages.map(({ ruleId, message }) => ruleId?.slice(prefix.length) ?? message))];
}

describe("linting the organisations' schemas", () => {
  const like = "schema/subgraphs/commerce.graphql";
  const folder = join(examples, "schema-lint");

  test("every rule that is turned on has an example that breaks it", async () => {
    const { rules = {} } = await configurationFor(like);
    const turnedOn = Object.keys(rules).map((rule) => rule.slice(prefix.length));
    expect(entriesOf(folder).map((file) => basename(file, ".graphql"))).toEqual(turnedOn.sort());
  });

  test.each(entriesOf(folder))("%s breaks that rule and no other", async (file) => {
    const path = join(folder, file);
    const broken = await rulesBroken(like, path, { schemaSdl: readFileSync(path, "utf8") });
    expect(broken).toEqual([basename(file, ".graphql")]);
  });
});

describe("linting the operations", () => {
  const like = "schema/operations/browse.graphql";
  const folder = join(examples, "operations-lint");

  test("every rule of ours has an example that breaks it, and is turned on", async () => {
    const { rules = {} } = await configurationFor(like);
    expect(entriesOf(folder).map((file) => basename(file, ".graphql"))).toEqual(operationRules);
    expect(Object.keys(rules)).toEqual(expect.arrayContaining(operationRules.map((rule) => prefix + rule)));
  });

  test.each(entriesOf(folder))("%s breaks that rule and no other", async (file) => {
    const path = join(folder, file);
    const broken = await rulesBroken(like, path, { graphQLConfig: { schema: hotels, documents: path } });
    expect(broken).toEqual([basename(file, ".graphql")]);
  });
});

test("the schemas and operations of the tree break no rule, and were really read", async () => {
  const results = await new ESLint({ cwd: projectRoot }).lintFiles(["schema"]);
  expect(results.length).toBeGreaterThanOrEqual(5);
  expect(results.flatMap(({ filePath, messages }) => messages.map(({ message }) => `${filePath}: ${message}`))).toEqual(
    [],
  );
});
