import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import { CompositionError, composeSupergraph, type SubgraphSource } from "../../tools/supergraph-composition.ts";

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])\n`;
const subgraph = (name: string, sdl: string): SubgraphSource => ({
  name,
  url: `http://${name}/graphql`,
  file: `${name}.graphql`,
  sdl: link + sdl,
});

function reasons(...sources: SubgraphSource[]): readonly string[] {
  try {
    composeSupergraph(sources);
  } catch (error) {
    if (error instanceof CompositionError) return error.reasons;
    throw error;
  }
  return [];
}

describe("composing", () => {
  test("the committed supergraph, is what the committed subgraphs compose to", () => {
    const list = parse(readFileSync(join(projectRoot, "schema/subgraphs.yaml"), "utf8")) as Record<
      string,
      { url: string }
    >;
    const sources = Object.entries(list).map(([name, { url }]) => {
      const file = `schema/subgraphs/${name}.graphql`;
      return { name, url, file, sdl: readFileSync(join(projectRoot, file), "utf8") };
    });
    const committed = readFileSync(join(projectRoot, "schema/supergraph.graphql"), "utf8");
    expect(composeSupergraph(sources).supergraphSdl).toBe(committed);
  });

  test("the subgraphs in another order, compose to the same text", () => {
    const [a, b] = [subgraph("a", "type Query { x: Int }"), subgraph("b", "type Query { y: Int }")];
    expect(composeSupergraph([b, a]).supergraphSdl).toBe(composeSupergraph([a, b]).supergraphSdl);
  });

  test("a syntax error, is told with file and line", () => {
    expect(reasons(subgraph("a", "type Query { x Int }"))).toEqual([
      '[a] Syntax Error: Expected ":", found Name "Int". (a.graphql:2)',
    ]);
  });

  test("a field of two owners, is told with its code and where", () => {
    const [reason] = reasons(subgraph("a", "type Query { x: Int }"), subgraph("b", "type Query { x: Int }"));
    expect(reason).toMatch(/^INVALID_FIELD_SHARING: Non-shareable field "Query.x" .* \((a|b)\.graphql:2\)$/);
  });

  test("a shared type that two owners describe differently, does not compose", () => {
    const shared = (words: string, field: string) =>
      `type Query { ${field}: M } """${words}""" type M @shareable { x: Int }`;
    const [reason] = reasons(subgraph("a", shared("Money.", "p")), subgraph("b", shared("An amount.", "q")));
    expect(reason).toMatch(/^INCONSISTENT_DESCRIPTION: /);
  });
});
