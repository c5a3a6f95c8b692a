import { createHash } from "node:crypto";
import { join } from "node:path";
import { ConfigurationError, readConfiguredFile } from "../../platform/runtime/config.ts";
import type { Logger } from "../../platform/runtime/logger.ts";
import { readHeadersFile } from "../transport/headers-file.ts";
import { createFileSource } from "./file-source.ts";
import { createLastGood, type LastGood } from "./last-good.ts";
import type { SupergraphSource } from "./source.ts";
import { createUrlSource } from "./url-source.ts";

/** What configuration says of a source. */
export interface SourceSettings {
  /** A file, an http(s) address, or `uplink:GRAPH@VARIANT`. */
  readonly supergraph: string;
  readonly pollMs: number;
  readonly timeoutMs: number;
  readonly responseBytes: number;
  readonly headersFile?: string | undefined;
  readonly lastGoodFile?: string | undefined;
  readonly uplink?: { readonly keyFile: string; readonly endpoints?: readonly string[] | undefined } | undefined;
}

/** A source and where its last good supergraph is kept. */
export interface OpenedSource {
  readonly source: SupergraphSource;
  readonly lastGood: LastGood | undefined;
}

const uplinkPrefix = "uplink:";
const defaultFolder = join(".etalase", "gateway");

function isAddress(supergraph: string): boolean {
  return /^https?:\/\//i.test(supergraph);
}

async function openUplink(settings: SourceSettings, logger: Logger): Promise<SupergraphSource> {
  const { supergraph, uplink, timeoutMs, responseBytes } = settings;
  if (uplink === undefined) {
    throw new ConfigurationError(
      `${supergraph}: needs supergraphSource.uplink.keyFile, the file with the graph's API key`,
    );
  }
  const apiKey = readConfiguredFile(uplink.keyFile).trim();
  if (apiKey === "") throw new ConfigurationError(`${uplink.keyFile}: holds no API key`);
  const graphRef = supergraph.slice(uplinkPrefix.length);
  if (!/^[^@\s]+@[^@\s]+$/.test(graphRef)) {
    throw new ConfigurationError(`${supergraph}: must name graph and variant, as uplink:my-graph@current`);
  }
  // Loaded only where it is asked for: it brings a planner and an HTTP client of its own.
  const { createUplinkSource } = await import("./uplink-source.ts");
  return createUplinkSource({ graphRef, apiKey, endpoints: uplink.endpoints, timeoutMs, responseBytes }, logger);
}

async function createSource(settings: SourceSettings, logger: Logger): Promise<SupergraphSource> {
  const { supergraph, pollMs, timeoutMs, responseBytes, headersFile } = settings;
  if (supergraph.startsWith(uplinkPrefix)) return openUplink(settings, logger);
  if (!isAddress(supergraph)) return createFileSource(supergraph);
  if (!URL.canParse(supergraph)) throw new ConfigurationError(`${supergraph}: is not an http or https address`);
  const headers = headersFile === undefined ? {} : readHeadersFile(headersFile);
  return createUrlSource({ url: supergraph, intervalMs: pollMs, timeoutMs, responseBytes, headers });
}

function lastGoodPath({ supergraph, lastGoodFile }: SourceSettings, name: string): string | undefined {
  if (lastGoodFile !== undefined) return lastGoodFile;
  // A file is on disk already, and one that is broken at the start is a mistake that somebody wants to be told.
  if (!supergraph.startsWith(uplinkPrefix) && !isAddress(supergraph)) return undefined;
  return join(defaultFolder, `${createHash("sha256").update(name).digest("hex").slice(0, 16)}.graphql`);
}

/**
 * Makes the source that configuration names; nothing is asked yet.
 * @throws ConfigurationError when a key or headers file cannot be used
 */
export async function openSource(settings: SourceSettings, logger: Logger): Promise<OpenedSource> {
  const source = await createSource(settings, logger);
  const path = lastGoodPath(settings, source.name);
  return { source, lastGood: path === undefined ? undefined : createLastGood(path, source.name) };
}
