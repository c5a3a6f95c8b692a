import { SubgraphFault } from "../../transport/subgraph-fault.ts";
import { createSseUpstream, type SseUpstream } from "./sse-upstream.ts";
import type {
  OpenUpstream,
  UpstreamEnd,
  UpstreamEndpoint,
  UpstreamHandle,
  UpstreamLimits,
  UpstreamListener,
  UpstreamRequest,
} from "./upstream.ts";
import { createWebSocketUpstream, type WebSocketUpstream } from "./websocket-upstream.ts";

/** Streams of all subgraphs, each by its own protocol. */
export interface Upstreams {
  readonly open: OpenUpstream;
  /** Takes over the endpoints of a new supergraph. Streams that are open stay where they are. */
  readonly use: (endpoints: Iterable<UpstreamEndpoint>) => void;
  /** Endpoints of former supergraphs that still have streams. */
  readonly retired: () => number;
  /** Ends every stream. */
  readonly close: () => Promise<void>;
}

interface Target {
  readonly endpoint: UpstreamEndpoint;
  readonly upstream: SseUpstream | WebSocketUpstream;
  /** Streams that are open. */
  streams: number;
}

function isSame(a: UpstreamEndpoint, b: UpstreamEndpoint): boolean {
  return a.url === b.url && a.protocol === b.protocol && a.timeoutMs === b.timeoutMs;
}

/** Makes the one way to subgraphs' streams; nothing is connected before the first. */
export function createUpstreams(endpoints: Iterable<UpstreamEndpoint>, limits: UpstreamLimits): Upstreams {
  const targets = new Map<string, Target>();
  /** Whose address has changed: they stay until their last stream has ended. */
  const retired = new Set<Target>();

  function retire(target: Target): void {
    if (targets.get(target.endpoint.service) === target || target.streams > 0) return;
    retired.delete(target);
    void target.upstream.close();
  }

  /** Counts a stream until it ends or is left. */
  function open(target: Target, request: UpstreamRequest, listener: UpstreamListener): UpstreamHandle {
    target.streams += 1;
    let isOpen = true;
    const leave = () => {
      if (isOpen) target.streams -= 1;
      isOpen = false;
      retire(target);
    };
    const ended = (end: UpstreamEnd) => {
      leave();
      listener.ended(end);
    };
    const handle = target.upstream.open(request, { ...listener, ended });
    return {
      close: () => {
        handle.close();
        leave();
      },
    };
  }

  function use(wanted: Iterable<UpstreamEndpoint>): void {
    for (const endpoint of wanted) {
      const present = targets.get(endpoint.service);
      if (present !== undefined && isSame(present.endpoint, endpoint)) continue;
      const create = endpoint.protocol === "sse" ? createSseUpstream : createWebSocketUpstream;
      targets.set(endpoint.service, { endpoint, upstream: create(endpoint, limits), streams: 0 });
      if (present === undefined) continue;
      retired.add(present);
      retire(present);
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
      return open(target, request, listener);
    },
    use,
    retired: () => retired.size,
    close: async () => {
      await Promise.all([...targets.values(), ...retired].map(({ upstream }) => upstream.close()));
    },
  };
}
