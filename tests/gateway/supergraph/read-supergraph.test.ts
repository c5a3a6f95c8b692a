import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { parseSupergraph, readSupergraphFile } from "../../../gateway/supergraph/read-supergraph.ts";
import { subgraphEndpoints } from "../../../gateway/supergraph/subgraph-endpoints.ts";
import { composeSupergraph } from "../../../tools/supergraph-composition.ts";
import { temporaryFolder } from "../support/test-gateway.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])`;
const subgraphSdl = `${link} type Query { a: Int }`;
const composed = composeSupergraph([
  { name: "content", url: "http://content.example/graphql", file: "content.graphql", sdl: subgraphSdl },
  { name: "goods-2", url: "", file: "goods.graphql", sdl: `${link} type Query { b: Int }` },
]).supergraphSdl;

describe("reading a supergraph", () => {
  test("a composed file, tells its subgraphs, their addresses and a version", () => {
    const file = join(folder.path, "supergraph.graphql");
    writeFileSync(file, composed);
    expect(readSupergraphFile(file)).toEqual({
      sdl: composed,
      version: expect.stringMatching(/^[0-9a-f]{64}$/),
      subgraphs: [
        { name: "content", url: "http://content.example/graphql" },
        { name: "goods-2", url: "" },
      ],
    });
  });

  test.each([
    [
      "a subgraph's SDL",
      subgraphSdl,
      "f: is the SDL of a subgraph, not a supergraph; compose the subgraphs first (npm run schema:compose)",
    ],
    [
      "a plain schema",
      "type Query { a: Int }",
      "f: is not a supergraph: it has no enum join__Graph; give the file that composition wrote",
    ],
    [
      "a syntax error",
      "type Query {\n a Int }",
      'f: is not GraphQL SDL: line 2: Syntax Error: Expected ":", found Name "Int".',
    ],
    ["an empty file", "", /^f: is not GraphQL SDL: line 1: /],
    ["a graph without its directive", "enum join__Graph { A }", "f: join__Graph.A lacks @join__graph(name:, url:)"],
  ])("%s, is refused in one clear sentence", (_, sdl, sentence) => {
    expect(() => parseSupergraph(sdl, "f")).toThrow(sentence);
  });

  test("a missing file, is named with what to check", () => {
    expect(() => readSupergraphFile("/nowhere.graphql")).toThrow("/nowhere.graphql: cannot be read (ENOENT)");
  });
});

describe("a supergraph with features", () => {
  const composeWith = (imported: string, fields: string) =>
    composeSupergraph([
      {
        name: "content",
        url: "http://content.example/graphql",
        file: "content.graphql",
        sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${imported}]) type Query { open: Int ${fields} }`,
      },
    ]).supergraphSdl;
  const linking = (url: string, purpose: string) =>
    composed.replace("schema\n", `schema\n  @link(url: "${url}", for: ${purpose})\n`);

  test.each([
    ["authenticated", "secret: Int @authenticated"],
    ["requiresScopes", 'secret: Int @requiresScopes(scopes: [["x"]])'],
    ["policy", 'secret: Int @policy(policies: [["p"]])'],
  ])("that protects fields by @%s, is refused with what to do", (name, field) => {
    expect(() => parseSupergraph(composeWith(`"@${name}"`, field), "f")).toThrow(
      `f: links to @${name} (https://specs.apollo.dev/${name}/v0.1) for: SECURITY, which this gateway does not enforce; ` +
        "serving it would leave open what it protects; check access in the subgraphs and compose without it",
    );
  });

  test.each([
    ["https://specs.example/audit/v1.0", "SECURITY", "does not enforce"],
    ["https://specs.example/join/v0.3", "EXECUTION", "does not execute"],
    ["https://specs.apollo.dev/connect/v0.2", "EXECUTION", "does not execute"],
  ])("that needs %s for %s, is refused", (url, purpose, reason) => {
    const sdl = linking(url, purpose);
    expect(sdl).toContain(url);
    expect(() => parseSupergraph(sdl, "f")).toThrow(`f: links to ${url} for: ${purpose}, which this gateway ${reason}`);
  });

  test.each([
    [
      "hides and tags fields",
      composeWith('"@inaccessible", "@tag"', 'hidden: Int @inaccessible t: Int @tag(name: "x")'),
    ],
    [
      "weighs fields",
      composeWith('"@cost", "@listSize"', "c: Int @cost(weight: 2) l: [Int] @listSize(assumedSize: 3)"),
    ],
    ["takes arguments from a context", linking("https://specs.apollo.dev/context/v0.1", "SECURITY")],
    [
      "links to what it does not need",
      composed.replace("schema\n", 'schema\n  @link(url: "https://x.example/y/v1.0")\n'),
    ],
  ])("that %s, is read", (_, sdl) => {
    expect(parseSupergraph(sdl, "f").subgraphs).not.toEqual([]);
  });
});

describe("where subgraphs are asked", () => {
  const supergraph = parseSupergraph(composed, "f");

  test("configuration, goes before the supergraph and leaves the rest to it", () => {
    const overrides = { "goods-2": { url: "http://127.0.0.1:9/graphql", timeoutMs: 50 } };
    expect(subgraphEndpoints(supergraph, overrides, 1000)).toEqual([
      { service: "content", url: "http://content.example/graphql", timeoutMs: 1000 },
      { service: "goods-2", url: "http://127.0.0.1:9/graphql", timeoutMs: 50 },
    ]);
  });

  test("a subgraph that the supergraph lacks, is refused and the known ones are named", () => {
    expect(() => subgraphEndpoints(supergraph, { flights: {} }, 1000)).toThrow(
      "subgraphs.flights: the supergraph has no such subgraph; it has content, goods-2",
    );
  });

  test("a subgraph without address, is refused with what to set", () => {
    expect(() => subgraphEndpoints(supergraph, {}, 1000)).toThrow(
      "subgraphs.goods-2.url: is missing in the supergraph and here; set it in the configuration",
    );
  });

  test("a subgraph whose address is no http address, is refused", () => {
    expect(() => subgraphEndpoints(supergraph, { "goods-2": { url: "nowhere" } }, 1000)).toThrow(
      /is not an http\(s\) address/,
    );
  });
});
