import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** What the gateway counts beside Node's own metrics. Times are in seconds. */
export interface GatewayMetrics {
  /** Client operations, by type and by whether the answer carries errors: ok, partial, failed. */
  readonly operations: Counter<"type" | "outcome">;
  /** Errors sent to clients, by code and subgraph (`gateway` for our own). */
  readonly errors: Counter<"code" | "subgraph">;
  readonly observeSubgraphRequest: (subgraph: string, kind: string, outcome: string, tookMs: number) => void;
  /** Subgraph queries that were not sent, because the same one was under way. */
  readonly sharedRequests: Counter;
  /** Client queries that were answered by an identical one of the same client under way. */
  readonly sharedAnswers: Counter;
  /** Organisation tokens, by organisation and by whether one was signed or used again. */
  readonly organisationTokens: Counter<"organisation" | "source">;
  /** 1 while the supergraph in use is the copy on disk. */
  readonly supergraphStale: Gauge;
  /** 1 while the supergraph's source answers. */
  readonly supergraphSourceReachable: Gauge;
  /** New supergraphs by what became of them: used, refused. */
  readonly supergraphReloads: Counter<"outcome">;
  /** Assignments of labels by where they came from: fresh, cached, last-known, otherwise. */
  readonly labelAssignments: Counter<"source">;
}

function createSupergraphMetrics(registers: Registry[]) {
  return {
    supergraphStale: new Gauge({
      name: "gateway_supergraph_stale",
      help: "1 while the supergraph in use is the last good copy on disk",
      registers,
    }),
    supergraphSourceReachable: new Gauge({
      name: "gateway_supergraph_source_reachable",
      help: "1 while the source of the supergraph answers",
      registers,
    }),
    supergraphReloads: new Counter({
      name: "gateway_supergraph_reloads_total",
      help: "New supergraphs by outcome (used or refused)",
      labelNames: ["outcome"],
      registers,
    }),
    labelAssignments: new Counter({
      name: "gateway_label_assignments_total",
      help: "Assignments by the label service's answer, its cache, the last known one or the default",
      labelNames: ["source"],
      registers,
    }),
  };
}

function observer(histogram: Histogram<"subgraph" | "kind" | "outcome">) {
  // Looking a series up by its labels costs more than counting: each is looked up once. Labels come from a few names.
  const series = new Map<string, Histogram.Internal<"subgraph" | "kind" | "outcome">>();
  return (subgraph: string, kind: string, outcome: string, tookMs: number) => {
    const key = `${subgraph} ${kind} ${outcome}`;
    let one = series.get(key);
    if (one === undefined) {
      one = histogram.labels({ subgraph, kind, outcome });
      series.set(key, one);
    }
    one.observe(tookMs / 1000);
  };
}

/** Registers the gateway's metrics. */
export function createGatewayMetrics(registry: Registry): GatewayMetrics {
  const registers = [registry];
  return {
    ...createSupergraphMetrics(registers),
    operations: new Counter({
      name: "gateway_operations_total",
      help: "Client operations by type and outcome",
      labelNames: ["type", "outcome"],
      registers,
    }),
    errors: new Counter({
      name: "gateway_errors_total",
      help: "Errors sent to clients by code and subgraph",
      labelNames: ["code", "subgraph"],
      registers,
    }),
    observeSubgraphRequest: observer(
      new Histogram({
        name: "gateway_subgraph_request_duration_seconds",
        help: "Requests to subgraphs by kind and outcome",
        labelNames: ["subgraph", "kind", "outcome"],
        buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
        registers,
      }),
    ),
    sharedRequests: new Counter({
      name: "gateway_subgraph_requests_shared_total",
      help: "Subgraph queries that were answered by an identical one under way",
      registers,
    }),
    sharedAnswers: new Counter({
      name: "gateway_answers_shared_total",
      help: "Client queries that were answered by an identical one of the same client under way",
      registers,
    }),
    organisationTokens: new Counter({
      name: "gateway_organisation_tokens_total",
      help: "Organisation tokens by organisation and source (minted or reused)",
      labelNames: ["organisation", "source"],
      registers,
    }),
  };
}
