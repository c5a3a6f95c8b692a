// Lints the schema and the operations; TypeScript is biome's. What the plug-in has no rule for: tests/architecture/sdl-checks.ts.
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import graphql from "@graphql-eslint/eslint-plugin";

const subgraphFolder = join(import.meta.dirname, "schema", "subgraphs");
const operations = "schema/operations/*.graphql";

// The gateway's own: clients may use it, no supergraph has it.
const deferSdl = "directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT";

const everythingIsDescribed = {
  types: true,
  rootField: true,
  FieldDefinition: true,
  InputValueDefinition: true,
  EnumValueDefinition: true,
  DirectiveDefinition: true,
};

const names = {
  types: "PascalCase",
  FieldDefinition: { style: "camelCase", forbiddenPrefixes: ["get", "list"] },
  InputValueDefinition: "camelCase",
  DirectiveDefinition: "camelCase",
  EnumValueDefinition: "UPPER_CASE",
  EnumTypeDefinition: { forbiddenSuffixes: ["Enum"] },
  InterfaceTypeDefinition: { forbiddenSuffixes: ["Interface"] },
  UnionTypeDefinition: { forbiddenSuffixes: ["Union"] },
};

const schemaRules = {
  "@graphql-eslint/require-description": ["error", everythingIsDescribed],
  "@graphql-eslint/naming-convention": ["error", names],
  "@graphql-eslint/description-style": ["error", { style: "block" }],
  "@graphql-eslint/input-name": ["error", { checkInputType: true, checkQueries: false, caseSensitiveInputType: false }],
  "@graphql-eslint/no-typename-prefix": "error",
  "@graphql-eslint/no-unreachable-types": "error",
  "@graphql-eslint/no-scalar-result-type-on-mutation": "error",
  "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }],
  "@graphql-eslint/relay-connection-types": "error",
  "@graphql-eslint/require-deprecation-reason": "error",
  "@graphql-eslint/require-nullable-result-in-root": "error",
};

const operationRules = {
  ...graphql.configs["flat/operations-recommended"].rules,
  "@graphql-eslint/lone-executable-definition": "error",
  "@graphql-eslint/no-unused-variables": "error",
  // How deep a client may ask is the gateway's to limit.
  "@graphql-eslint/selection-set-depth": "off",
  // Ids are selected where a client wants them; without a normalising cache they are weight.
  "@graphql-eslint/require-selections": "off",
};

const languageOptions = {
  parser: graphql.parser,
  parserOptions: {
    // One configuration for all: the plug-in keeps the first it is given. A file finds its project by `include`.
    graphQLConfig: {
      projects: Object.fromEntries([
        ["operations", { schema: ["schema/supergraph.graphql", deferSdl], documents: operations, include: operations }],
        ...readdirSync(subgraphFolder).map((file) => [
          basename(file, ".graphql"),
          { schema: `schema/subgraphs/${file}`, include: `schema/subgraphs/${file}` },
        ]),
      ]),
    },
  },
};
const plugins = { "@graphql-eslint": graphql };

/** ESLint's configuration, for .graphql alone. */
export default [
  { ignores: ["**/*.{js,mjs,cjs,ts}"] },
  { files: ["schema/subgraphs/*.graphql"], languageOptions, plugins, rules: schemaRules },
  { files: [operations], languageOptions, plugins, rules: operationRules },
];
