import { composeServices } from "@apollo/composition";
import { GraphQLError, parse, Source } from "graphql";

/** One organisation's part: its name, where it listens by default, and its SDL with the file it came from. */
export interface SubgraphSource {
  readonly name: string;
  readonly url: string;
  readonly sdl: string;
  readonly file: string;
}

/** The composed artefact, and what composition merely remarks on (never a reason to fail). */
export interface Composition {
  readonly supergraphSdl: string;
  readonly remarks: readonly string[];
}

/** The subgraphs do not compose. `reasons` has one readable entry for each thing to mend. */
export class CompositionError extends Error {
  override readonly name = "CompositionError";
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[]) {
    super(`The subgraphs do not compose; mend these first:\n${reasons.map((reason) => `- ${reason}`).join("\n")}`);
    this.reasons = reasons;
  }
}

// Two organisations that describe one shared type differently confuse every reader of the explorer, and
// which text wins depends on their order: for us that is an error, though composition only hints at it.
const forbiddenHints = new Set(["INCONSISTENT_DESCRIPTION"]);

// Composition's remark about every enum value that only one organisation uses is noise to us: each owns its refusals.
const silentHints = new Set(["INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM"]);

function place(error: GraphQLError): string {
  const node = error.nodes?.[0];
  const line = node?.loc?.startToken.line ?? error.locations?.[0]?.line;
  const file = node?.loc?.source.name ?? error.source?.name;
  return line === undefined || file === undefined ? "" : ` (${file}:${line})`;
}

function parseSubgraph(source: SubgraphSource) {
  try {
    return { name: source.name, url: source.url, typeDefs: parse(new Source(source.sdl, source.file)) };
  } catch (cause) {
    if (!(cause instanceof GraphQLError)) throw cause;
    throw new CompositionError([`[${source.name}] ${cause.message}${place(cause)}`]);
  }
}

/**
 * Composes subgraphs into a supergraph. The output depends on the sources alone, never on their order.
 * @throws CompositionError when they do not compose, or describe a shared element differently
 */
export function composeSupergraph(sources: readonly SubgraphSource[]): Composition {
  const sorted = [...sources].sort((a, b) => (a.name < b.name ? -1 : 1));
  const result = composeServices(sorted.map(parseSubgraph));
  if (result.errors !== undefined) {
    throw new CompositionError(
      result.errors.map((error) => `${String(error.extensions.code ?? "ERROR")}: ${error.message}${place(error)}`),
    );
  }
  const forbidden = result.hints.filter((hint) => forbiddenHints.has(hint.definition.code));
  if (forbidden.length > 0) {
    throw new CompositionError(forbidden.map((hint) => `${hint.definition.code}: ${hint.message}`));
  }
  return {
    supergraphSdl: `${result.supergraphSdl.trim()}\n`,
    remarks: result.hints.filter((hint) => !silentHints.has(hint.definition.code)).map((hint) => hint.toString()),
  };
}
