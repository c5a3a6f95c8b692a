import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { readCommandLine } from "../../gateway/command-line.ts";
import { gatewayConfigShape } from "../../gateway/config.ts";
import { readGatewayConfig } from "../../gateway/read-config.ts";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import { temporaryFolder } from "./support/test-gateway.ts";

const folder = temporaryFolder();
afterAll(folder.remove);
const file = join(folder.path, "gateway.yaml");

function read(text: string, overrides = {}) {
  writeFileSync(file, text);
  return readGatewayConfig(file, overrides);
}

/** What is said of a configuration, without the file's name. */
function complaint(text: string): string {
  try {
    read(text);
  } catch (error) {
    return (error as Error).message.replaceAll(file, "FILE");
  }
  return "accepted";
}

type JsonSchema = z.core.JSONSchema._JSONSchema;

/** Paths of all settings; the name that somebody chooses is NAME. */
function settingsOf(schema: JsonSchema, path: readonly string[] = []): string[] {
  const { properties = undefined, additionalProperties: others = false } = typeof schema === "boolean" ? {} : schema;
  if (properties !== undefined) {
    return Object.entries(properties).flatMap(([name, inner]) => settingsOf(inner, [...path, name]));
  }
  if (typeof others === "object" && others.properties !== undefined) return settingsOf(others, [...path, "NAME"]);
  return [path.join(".")];
}

describe("a gateway's configuration", () => {
  test("no file, fills in the defaults around the command line's supergraph", () => {
    expect(readGatewayConfig(undefined, { supergraph: "s.graphql" })).toMatchObject({
      port: 4000,
      host: "127.0.0.1",
      engine: "etalase",
      supergraph: "s.graphql",
      introspection: true,
      subgraphs: {},
      cors: { origins: ["https://studio.apollographql.com"] },
      limits: { requestBytes: 1_048_576, subgraphTimeoutMs: 30_000 },
    });
  });

  test("YAML and JSON, read alike", () => {
    const yaml = read("supergraph: s.graphql\nport: 4400\nsubgraphs:\n  goods: { timeoutMs: 5000 }\n");
    const json = read('{"supergraph":"s.graphql","port":4400,"subgraphs":{"goods":{"timeoutMs":5000}}}');
    expect(yaml).toEqual(json);
    expect(yaml.subgraphs.goods?.timeoutMs).toBe(5000);
  });

  test("the command line, goes before the file", () => {
    const config = read("supergraph: a.graphql\nport: 1\n", { supergraph: "b.graphql", port: 2 });
    expect([config.supergraph, config.port]).toEqual(["b.graphql", 2]);
  });

  test.each([
    ["port: 4000", "FILE: supergraph is missing; name the supergraph file here or with --supergraph"],
    ["supergraph: s\nport: 99999", "FILE: port must be at most 65535"],
    ["supergraph: s\nport: four", "FILE: port must be a number"],
    ["supergraph: s\nprot: 4000", "FILE: is not a setting of the gateway: prot; check the spelling or take it out"],
    ["supergraph: s\nengine: warp", "FILE: engine must be one of etalase, apollo"],
    ["supergraph: s\nsubgraphs: { a: { url: ftp://x } }", "FILE: subgraphs.a.url must be an http or https address"],
    [
      "supergraph: s\nsubgraphs: { a: { timeout: 5 } }",
      "FILE: subgraphs.a is not a setting of the gateway: timeout; check the spelling or take it out",
    ],
    [
      "supergraph: s\nidentity: { issuers: [{ issuer: x, jwksUrl: 'http://x/' }] }",
      "FILE: identity.issuers.0.audience is missing; it must be a string",
    ],
    [
      "supergraph: s\nidentity: { issuers: [{ issuer: x, jwksUrl: 'http://x/', audience: a, algorithms: [HS256] }] }",
      "FILE: identity.issuers.0.algorithms.0 must be one of EdDSA, Ed25519, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384",
    ],
    [
      "supergraph: s\norganisationTokens: { keyFile: k }",
      "FILE: organisationTokens.pairwiseSecretFile is missing; it must be a string",
    ],
    [
      "supergraph: s\ncors: { origins: ['http://localhost:3000/app'] }",
      "FILE: cors.origins.0 must be an origin (scheme, host and port, no path), as https://studio.apollographql.com",
    ],
    [
      "supergraph: s\nexplain: scope",
      "FILE: explain must be off, everybody, or the scope that a user needs, as: scope gateway:explain",
    ],
    ["supergraph: s\nsupergraphSource: { pollMs: 0 }", "FILE: supergraphSource.pollMs must be at least 1"],
    [
      "supergraph: s\nlabels: { service: { url: 'http://x/' } }",
      "FILE: labels.service.pairwiseSecretFile is missing; it must be a string",
    ],
    ["- a", 'FILE: must hold one object of settings, as { "supergraph": "supergraph.graphql" }'],
    ["port: 1\nport: 2: 3", /^FILE: is neither JSON nor YAML: /],
  ])("the configuration %j, is refused in a clear sentence", (text, sentence) => {
    expect(complaint(text)).toEqual(typeof sentence === "string" ? sentence : expect.stringMatching(sentence));
  });

  test("the example of the operator's page, is accepted", () => {
    const page = readFileSync(join(projectRoot, "docs/operator.md"), "utf8");
    const [, example = ""] = /```yaml\n(supergraph:[\s\S]*?)```/.exec(page) ?? [];
    expect(complaint(example)).toBe("accepted");
  });

  test("the operator's page, names every setting and no other", () => {
    const page = readFileSync(join(projectRoot, "docs/operator.md"), "utf8");
    const [, table = ""] = /## Settings of the gateway\n([\s\S]*?)\n## /.exec(page) ?? [];
    const rows = table.split("\n").filter((line) => line.startsWith("| `"));
    const named = rows.flatMap((row) =>
      [...(row.split(" | ")[0] ?? "").matchAll(/`([^`]+)`/g)].map(([, name]) => name),
    );
    expect(named.sort()).toEqual(settingsOf(z.toJSONSchema(gatewayConfigShape, { io: "input" })).sort());
  });

  test("two mistakes, are both told", () => {
    expect(complaint("port: -1").split("\n")).toHaveLength(2);
  });

  test("a file that is missing, is named", () => {
    expect(() => readGatewayConfig("/nowhere/gateway.yaml", {})).toThrow(/^\/nowhere\/gateway.yaml: cannot be read/);
  });
});

describe("the command line", () => {
  test("all flags, are read", () => {
    const args = ["--supergraph", "s", "--port", "0", "--config=c.yaml", "--engine", "apollo", "--host", "::1"];
    expect(readCommandLine(args)).toEqual({
      configFile: "c.yaml",
      overrides: { supergraph: "s", port: 0, engine: "apollo", host: "::1" },
      asksHelp: false,
    });
  });

  test.each([
    [["--prot", "4000"], /Unknown option '--prot'/],
    [["--port", "abc"], /--port abc: must be a number from 0 to 65535/],
    [["--port"], /--port/],
    [["schema.graphql"], /Unexpected argument 'schema.graphql'/],
  ])("the arguments %j, are refused in a clear sentence", (args, sentence) => {
    expect(() => readCommandLine(args)).toThrow(sentence);
  });
});
