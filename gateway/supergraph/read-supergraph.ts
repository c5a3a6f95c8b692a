import { createHash } from "node:crypto";
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type EnumTypeDefinitionNode,
  GraphQLError,
  Kind,
  parse,
} from "graphql";
import { ConfigurationError, readConfiguredFile } from "../../platform/runtime/config.ts";
import type { SubgraphEntry, Supergraph } from "./supergraph.ts";

function parseSdl(sdl: string, source: string): DocumentNode {
  try {
    return parse(sdl, { noLocation: false });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const line = error.locations?.[0]?.line ?? 1;
    throw new ConfigurationError(`${source}: is not GraphQL SDL: line ${line}: ${error.message}`);
  }
}

/** A specification that a schema links to, and what for, where it says so. */
interface Link {
  readonly url: string;
  readonly purpose: string | undefined;
}

function linksOf(document: DocumentNode): Link[] {
  return document.definitions.flatMap((definition) => {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) return [];
    const directives = definition.directives ?? [];
    return directives.map((directive) => ({
      url: argument(directive, "url") ?? argument(directive, "feature") ?? "",
      purpose: argument(directive, "for"),
    }));
  });
}

function argument(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find((candidate) => candidate.name.value === name)?.value;
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : undefined;
}

function explainOther(document: DocumentNode, source: string): ConfigurationError {
  const isSubgraph = linksOf(document).some(({ url }) => url.includes("specs.apollo.dev/federation/"));
  return new ConfigurationError(
    isSubgraph
      ? `${source}: is the SDL of a subgraph, not a supergraph; compose the subgraphs first (npm run schema:compose)`
      : `${source}: is not a supergraph: it has no enum join__Graph; give the file that composition wrote`,
  );
}

const specifications = "https://specs.apollo.dev/";
/** What is carried out although, unknown, it would have to be refused; an answer without a cache needs no cache tag. */
const carriedOut = new Set(["core", "link", "join", "inaccessible", "tag", "context", "cost", "cacheTag"]);
const accessRules = new Set(["authenticated", "requiresScopes", "policy"]);

/**
 * Refuses features that a supergraph marks as needed and that nothing here carries out. Source: specification of link,
 * "for": who does not know a feature for SECURITY or EXECUTION must not serve the schema.
 */
function assertCarriedOut(document: DocumentNode, source: string): void {
  for (const { url, purpose } of linksOf(document)) {
    if (purpose !== "SECURITY" && purpose !== "EXECUTION") continue;
    const isKnown = url.startsWith(specifications);
    const name = (isKnown ? url.slice(specifications.length) : "").split("/")[0] ?? "";
    if (carriedOut.has(name)) continue;
    const what = isKnown && accessRules.has(name) ? `@${name} (${url})` : url;
    const [missing, advice] =
      purpose === "SECURITY"
        ? [
            "enforce",
            "serving it would leave open what it protects; check access in the subgraphs and compose without it",
          ]
        : ["execute", "serving it would give wrong answers; compose without it"];
    throw new ConfigurationError(
      `${source}: links to ${what} for: ${purpose}, which this gateway does not ${missing}; ${advice}`,
    );
  }
}

function readSubgraphs(graphs: EnumTypeDefinitionNode, source: string): SubgraphEntry[] {
  return (graphs.values ?? []).map((value) => {
    const directive = value.directives?.find((candidate) => candidate.name.value === "join__graph");
    const name = directive === undefined ? undefined : argument(directive, "name");
    if (directive === undefined || name === undefined) {
      throw new ConfigurationError(`${source}: join__Graph.${value.name.value} lacks @join__graph(name:, url:)`);
    }
    return { name, url: argument(directive, "url") ?? "" };
  });
}

/**
 * Checks that a text is a supergraph and reads its subgraphs.
 * @throws ConfigurationError in one sentence: a syntax error, a subgraph's SDL, a plain schema, no subgraph,
 *   a feature that must be carried out and is not
 */
export function parseSupergraph(sdl: string, source: string): Supergraph {
  const document = parseSdl(sdl, source);
  const graphs = document.definitions.find(
    (definition): definition is EnumTypeDefinitionNode =>
      definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === "join__Graph",
  );
  if (graphs === undefined) throw explainOther(document, source);
  const subgraphs = readSubgraphs(graphs, source);
  if (subgraphs.length === 0) throw new ConfigurationError(`${source}: names no subgraph in join__Graph`);
  assertCarriedOut(document, source);
  return { sdl, version: createHash("sha256").update(sdl).digest("hex"), subgraphs };
}

/** Reads a supergraph file. @throws ConfigurationError as parseSupergraph, or when the file cannot be read */
export function readSupergraphFile(path: string): Supergraph {
  return parseSupergraph(readConfiguredFile(path), path);
}
