import { type Cancellation, ClientGone } from "./cancellation.ts";
import type { GatewayMetrics } from "./metrics.ts";
import type { RequestContext } from "./request-context.ts";
import { type CallerChanges, callerOf } from "./transport/caller-changes.ts";
import type { OutgoingHeaders } from "./transport/outgoing-headers.ts";
import { hasEntities, type SubgraphAnswer } from "./transport/subgraph-answer.ts";
import { SubgraphFault } from "./transport/subgraph-fault.ts";
import type { SubgraphEndpoint, SubgraphTransport } from "./transport/subgraph-transport.ts";

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
  /** Of a query whose client may go away before it is answered. */
  readonly cancellation?: Cancellation | undefined;
  /** Of a query that must show what happened before: it shares no answer with those who did not wait for the same. */
  readonly readAfter?: string | undefined;
}

/** Asks a subgraph on behalf of one client request. Rejects with SubgraphFault, or with ClientGone when it was cancelled. */
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

function outcomeOf(error: unknown): string {
  if (error instanceof SubgraphFault) return error.kind;
  return error instanceof ClientGone ? "cancelled" : "failed";
}

/** Joins transport, header policy and counting into the one way in which an engine's version asks its subgraphs. */
export function createSubgraphCaller(
  transport: SubgraphTransport,
  endpoints: readonly SubgraphEndpoint[],
  outgoingHeaders: OutgoingHeaders,
  metrics: GatewayMetrics,
  changes: CallerChanges,
): AskSubgraph {
  const byService = new Map(endpoints.map((endpoint) => [endpoint.service, endpoint]));
  return async (operation, context) => {
    const { service, kind, idempotencyKey, cancellation, readAfter } = operation;
    const endpoint = byService.get(service);
    if (endpoint === undefined) {
      throw new Error(`the plan asks the subgraph ${service}, which the supergraph does not have`);
    }
    const made = outgoingHeaders(service, context);
    const headers = made instanceof Promise ? await made : made;
    if (idempotencyKey !== undefined) headers["idempotency-key"] = idempotencyKey;
    const body = operation.body ?? JSON.stringify({ query: operation.document, variables: operation.variables });
    const startedAt = performance.now();
    const isQuery = kind === "query";
    const caller = callerOf(context);
    let outcome = "answered";
    try {
      const answer = await transport.post({ endpoint, body, headers, isQuery, cancellation, caller, readAfter });
      checkEntities(operation, answer);
      return answer;
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      if (!isQuery) changes.changed(caller);
      metrics.observeSubgraphRequest(service, kind, outcome, performance.now() - startedAt);
    }
  };
}
