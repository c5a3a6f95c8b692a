import type { GraphQLFormattedError } from "graphql";
import type { SubgraphAnswer } from "../../transport/subgraph-answer.ts";
import type { SubgraphFault } from "../../transport/subgraph-fault.ts";

/** One subscription for one subgraph. */
export interface UpstreamRequest {
  readonly service: string;
  /** JSON text: `query` and `variables`. */
  readonly body: string;
  /** All headers, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** How a subgraph's stream ended: by itself, by refusing the subscription, or by getting lost. */
export type UpstreamEnd =
  | { readonly kind: "complete" }
  | { readonly kind: "errors"; readonly errors: readonly GraphQLFormattedError[] }
  | { readonly kind: "fault"; readonly fault: SubgraphFault };

/** Told of what comes from a subgraph. Nothing is told after `ended`, which is told once, nor after the stream was closed. */
export interface UpstreamListener {
  /** The subgraph has taken the subscription, as far as its protocol tells. */
  readonly opened: () => void;
  readonly next: (answer: SubgraphAnswer) => void;
  readonly ended: (end: UpstreamEnd) => void;
}

/** A subgraph's stream. */
export interface UpstreamHandle {
  /** Ends it; the subgraph is told. */
  readonly close: () => void;
}

/** Begins a stream of a subgraph. */
export type OpenUpstream = (request: UpstreamRequest, listener: UpstreamListener) => UpstreamHandle;

/** How a subgraph is asked for streams. */
export interface UpstreamEndpoint {
  readonly service: string;
  /** `sse`: graphql-sse, a request for each stream. `websocket`: graphql-transport-ws, many streams on one connection. */
  readonly protocol: "sse" | "websocket";
  readonly url: string;
  /** Until the subgraph has taken a subscription. */
  readonly timeoutMs: number;
}

/** Bounds for all subgraphs' streams. */
export interface UpstreamLimits {
  readonly eventBytes: number;
  /** Without a single byte (heartbeats count) for so long, a stream counts as lost. */
  readonly silenceMs: number;
}
