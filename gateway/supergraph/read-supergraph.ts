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

function linkedSpecifications(document: DocumentNode): string[] {
  return document.definitions.flatMap((definition) => {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) return [];
    const directives = definition.directives ?? [];
    return directives.map((directive) => argument(directive, "url") ?? argument(directive, "feature") ?? "");
  });
}

function argument(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find((candidate) => candidate.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}

function explainOther(document: DocumentNode, source: string): ConfigurationError {
  const isSubgraph = linkedSpecifications(document).some((url) => url.includes("specs.apollo.dev/federation/"));
  return new ConfigurationError(
    isSubgraph
      ? `${source}: is the SDL of a subgraph, not a supergraph; compose the subgraphs first (npm run schema:compose)`
      : `${source}: is not a supergraph: it has no enum join__Graph; give the file that composition wrote`,
  );
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
 * @throws ConfigurationError in one sentence: a syntax error, a subgraph's SDL, a plain schema, no subgraph
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
  return { sdl, version: createHash("sha256").update(sdl).digest("hex"), subgraphs };
}

/** Reads a supergraph file. @throws ConfigurationError as parseSupergraph, or when the file cannot be read */
export function readSupergraphFile(path: string): Supergraph {
  return parseSupergraph(readConfiguredFile(path), path);
}
