import { ConfigurationError } from "../../platform/runtime/config.ts";
import type { LastGood } from "./last-good.ts";
import { parseSupergraph } from "./read-supergraph.ts";
import type { SupergraphSource } from "./source.ts";
import type { Supergraph } from "./supergraph.ts";

/** What a gateway starts with. */
export interface FirstSupergraph {
  readonly supergraph: Supergraph;
  /** Why the source's own cannot be used, when this is the one kept on disk. */
  readonly staleBecause: string | undefined;
}

async function fromSource(source: SupergraphSource): Promise<Supergraph> {
  const sdl = await source.read();
  if (sdl === undefined) throw new ConfigurationError(`${source.name}: has no supergraph`);
  return parseSupergraph(sdl, source.name);
}

/** What was kept on disk for a source, when it is whole. */
export async function readLastGood(lastGood: LastGood | undefined): Promise<Supergraph | undefined> {
  const sdl = await lastGood?.read();
  return lastGood === undefined || sdl === undefined ? undefined : parseSupergraph(sdl, lastGood.path);
}

/**
 * The source's supergraph, or the last good one while the source cannot be reached or says something that is none.
 * @throws ConfigurationError in one sentence when there is neither
 */
export async function openSupergraph(
  source: SupergraphSource,
  lastGood: LastGood | undefined,
): Promise<FirstSupergraph> {
  try {
    return { supergraph: await fromSource(source), staleBecause: undefined };
  } catch (cause) {
    if (!(cause instanceof ConfigurationError)) throw cause;
    const kept = await readLastGood(lastGood);
    if (kept !== undefined) return { supergraph: kept, staleBecause: cause.message };
    if (lastGood === undefined) throw cause;
    throw new ConfigurationError(`${cause.message}; and ${lastGood.path} holds no earlier one that could be served`);
  }
}
