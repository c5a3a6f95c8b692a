import { ConfigurationError } from "../../platform/runtime/config.ts";
import type { SubgraphEndpoint } from "../transport/subgraph-transport.ts";
import type { Supergraph } from "./supergraph.ts";

/** What configuration says of one subgraph; what it leaves out comes from the supergraph or the default. */
export interface SubgraphOverride {
  readonly url?: string | undefined;
  readonly timeoutMs?: number | undefined;
  readonly responseBytes?: number | undefined;
}

function isHttpUrl(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

/**
 * Where each subgraph of the supergraph is asked.
 * @throws ConfigurationError when configuration names a subgraph the supergraph lacks, or none says where one is
 */
export function subgraphEndpoints(
  supergraph: Supergraph,
  overrides: Readonly<Record<string, SubgraphOverride>>,
  defaultTimeoutMs: number,
): SubgraphEndpoint[] {
  const names = supergraph.subgraphs.map(({ name }) => name);
  const unknown = Object.keys(overrides).filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new ConfigurationError(
      `subgraphs.${unknown[0]}: the supergraph has no such subgraph; it has ${names.join(", ")}`,
    );
  }
  return supergraph.subgraphs.map(({ name, url }) => {
    const override = Object.hasOwn(overrides, name) ? overrides[name] : undefined;
    const address = override?.url ?? url;
    if (!isHttpUrl(address)) {
      throw new ConfigurationError(
        `subgraphs.${name}.url: ${address === "" ? "is missing in the supergraph and here" : "is not an http(s) address"}; set it in the configuration`,
      );
    }
    const timeoutMs = override?.timeoutMs ?? defaultTimeoutMs;
    return { service: name, url: address, timeoutMs, responseBytes: override?.responseBytes };
  });
}
