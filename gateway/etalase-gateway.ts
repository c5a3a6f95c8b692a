import { randomUUID } from "node:crypto";
import { createLogger, type Logger } from "../platform/runtime/logger.ts";
import { createMetrics } from "../platform/runtime/metrics.ts";
import type { GatewayInterface, GatewayRequest } from "./engine.ts";
import { createEtalaseEngine } from "./engines/etalase.ts";
import { createGatewayMetrics } from "./metrics.ts";
import type { PlannerName } from "./plans/plan.ts";
import { subgraphCodes } from "./policy/error-catalogue.ts";
import { mayExplain } from "./policy/explain.ts";
import { noLabels } from "./policy/labels.ts";
import { anonymous } from "./request-context.ts";
import { createSubgraphCaller } from "./subgraph-caller.ts";
import { parseSupergraph } from "./supergraph/read-supergraph.ts";
import { subgraphEndpoints } from "./supergraph/subgraph-endpoints.ts";
import { CallerChanges } from "./transport/caller-changes.ts";
import { createSubgraphTransport } from "./transport/subgraph-transport.ts";

/** What a bare gateway needs to know. */
export interface EtalaseGatewayOptions {
  readonly supergraphSdl: string;
  /** pino's; by default JSON lines on stdout, level by LOG_LEVEL. */
  readonly logger?: Logger;
  readonly planner?: PlannerName;
  /** Headers of each request to a subgraph beside content type and accept. */
  readonly headers?: (service: string) => Record<string, string>;
  readonly subgraphTimeoutMs?: number;
}

const responseBytes = 32 * 1024 * 1024;

/**
 * The engine for any Apollo Server: `new ApolloServer({ gateway: createEtalaseGateway({ supergraphSdl }) })`.
 * It asks nobody who they are and mints no tokens; `etalase gateway` does.
 * @throws ConfigurationError when the SDL is no supergraph or does not say where a subgraph is
 */
export function createEtalaseGateway(options: EtalaseGatewayOptions): GatewayInterface {
  const { logger = createLogger("gateway"), planner = "native", subgraphTimeoutMs = 30_000 } = options;
  const supergraph = parseSupergraph(options.supergraphSdl, "supergraphSdl");
  const endpoints = subgraphEndpoints(supergraph, {}, subgraphTimeoutMs);
  const transport = createSubgraphTransport({ responseBytes, connectionsPerSubgraph: 256 });
  const headersFor = async (service: string) => ({
    "content-type": "application/json",
    accept: "application/json",
    ...options.headers?.(service),
  });
  const metrics = createGatewayMetrics(createMetrics("gateway"));
  const ask = createSubgraphCaller(transport, endpoints, headersFor, metrics, new CallerChanges());
  const { gateway } = createEtalaseEngine({
    supergraph,
    askSubgraphsOf: () => ask,
    passedCodes: subgraphCodes,
    mayExplain: mayExplain("off"),
    logger,
    planner,
    assignLabels: () => noLabels,
    labelHeaders: [],
  });
  return {
    onSchemaLoadOrUpdate: (callback) => gateway.onSchemaLoadOrUpdate(callback),
    load: async (given) => {
      const { executor } = await gateway.load(given);
      if (executor === null) return { executor };
      return {
        executor: (request: GatewayRequest) => {
          const context = { correlationId: randomUUID(), principal: anonymous, logger };
          return executor({ ...request, context });
        },
      };
    },
    stop: async () => {
      await gateway.stop();
      await transport.close();
    },
  };
}
