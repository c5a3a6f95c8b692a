import type { GatewayMetrics } from "./metrics.ts";
import type { RequestContext } from "./request-context.ts";
import type { OutgoingHeaders } from "./transport/outgoing-headers.ts";
import { hasEntities, type SubgraphAnswer } from "./transport/subgraph-answer.ts";
import { SubgraphFault } from "./transport/subgraph-fault.ts";
import type { SubgraphTransport } from "./transport/subgraph-transport.ts";

/** One operation for one subgraph, as a plan made it. */
export interface SubgraphOperation {
  readonly service: string;
  /** Sent as it is, when the engine has made the JSON text of the whole request itself. */
  readonly body?: string | undefined;
  readonly document: string;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly kind: "query" | "mutation";
  /** Sent on with a mutation, so that its owner carries it out once however often it is asked. */
  readonly idempotencyKey?: string | undefined;
}

/** Asks a subgraph on behalf of one client request. Rejects with SubgraphFault. */
export type AskSubgraph = (operation: SubgraphOperation, context: RequestContext) => Promise<SubgraphAnswer>;

function checkEntities(operation: SubgraphOperation, answer: SubgraphAnswer): void {
  const representations = operation.variables?.representations;
  if (!Array.isArray(representations) || answer.data === null || answer.data === undefined) return;
  if (hasEntities(answer, representations.length)) return;
  throw new SubgraphFault(`answered another number of entities than the ${representations.length} asked for`, {
    service: operation.service,
    kind: "bad-response",
    mayHaveActed: operation.kind === "mutation",
  });
}

/** Joins transport, header policy and counting into the one way in which engines ask subgraphs. */
export function createSubgraphCaller(
  transport: SubgraphTransport,
  outgoingHeaders: OutgoingHeaders,
  metrics: GatewayMetrics,
): AskSubgraph {
  return async (operation, context) => {
    const { service, kind } = operation;
    const headers = await outgoingHeaders(service, context);
    if (operation.idempotencyKey !== undefined) headers["idempotency-key"] = operation.idempotencyKey;
    const body =
      operation.body ??
      JSON.stringify({
        query: operation.document,
        variables: operation.variables,
      });
    const startedAt = performance.now();
    let outcome = "answered";
    try {
      const answer = await transport.post({ service, body, headers, isQuery: kind === "query" });
      checkEntities(operation, answer);
      return answer;
    } catch (error) {
      outcome = error instanceof SubgraphFault ? error.kind : "failed";
      throw error;
    } finally {
      metrics.subgraphRequests.observe({ subgraph: service, kind, outcome }, (performance.now() - startedAt) / 1000);
    }
  };
}
