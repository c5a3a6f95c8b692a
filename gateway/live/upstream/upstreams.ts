import { SubgraphFault } from "../../transport/subgraph-fault.ts";
import { createSseUpstream, type SseUpstream } from "./sse-upstream.ts";
import type { OpenUpstream, UpstreamEndpoint, UpstreamLimits } from "./upstream.ts";
import { createWebSocketUpstream, type WebSocketUpstream } from "./websocket-upstream.ts";

/** Streams of all subgraphs, each by its own protocol. */
export interface Upstreams {
  readonly open: OpenUpstream;
  /** Takes over the endpoints of a new supergraph. Streams that are open stay where they are. */
  readonly use: (endpoints: Iterable<UpstreamEndpoint>) => void;
  /** Ends every stream. */
  readonly close: () => Promise<void>;
}

interface Target {
  readonly endpoint: UpstreamEndpoint;
  readonly upstream: SseUpstream | WebSocketUpstream;
}

function isSame(a: UpstreamEndpoint, b: UpstreamEndpoint): boolean {
  return a.url === b.url && a.protocol === b.protocol && a.timeoutMs === b.timeoutMs;
}

/** Makes the one way to subgraphs' streams; nothing is connected before the first. */
export function createUpstreams(endpoints: Iterable<UpstreamEndpoint>, limits: UpstreamLimits): Upstreams {
  const targets = new Map<string, Target>();
  /** Whose address has changed: their streams go on. */
  const retired: Target[] = [];

  function use(wanted: Iterable<UpstreamEndpoint>): void {
    for (const endpoint of wanted) {
      const present = targets.get(endpoint.service);
      if (present !== undefined && isSame(present.endpoint, endpoint)) continue;
      if (present !== undefined) retired.push(present);
      const create = endpoint.protocol === "sse" ? createSseUpstream : createWebSocketUpstream;
      targets.set(endpoint.service, { endpoint, upstream: create(endpoint, limits) });
    }
  }

  use(endpoints);
  return {
    open: (request, listener) => {
      const { service } = request;
      const target = targets.get(service);
      if (target === undefined) {
        throw new SubgraphFault("is no subgraph of the supergraph", { service, kind: "refused", mayHaveActed: false });
      }
      return target.upstream.open(request, listener);
    },
    use,
    close: async () => {
      await Promise.all([...targets.values(), ...retired].map(({ upstream }) => upstream.close()));
    },
  };
}
