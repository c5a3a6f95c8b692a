import type { Cancellation } from "../cancellation.ts";
import { bodyOf } from "../plans/fetch-body.ts";
import type { FetchNode } from "../plans/plan.ts";
import type { RequestContext } from "../request-context.ts";
import type { AskSubgraph } from "../subgraph-caller.ts";
import type { SubgraphAnswer } from "../transport/subgraph-answer.ts";
import { SubgraphFault } from "../transport/subgraph-fault.ts";

/** What a fetch needs besides its node of the plan. */
export interface FetchInput {
  /** The client's variables. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** JSON texts of representations and of arguments from contexts, by the variable that takes them. */
  readonly own: readonly (readonly [name: string, json: string])[];
  /** Of a mutation, when the client gave one. */
  readonly idempotencyKey: string | undefined;
  readonly cancellation: Cancellation | undefined;
  /** What must show in what is read. */
  readonly readAfter?: string | undefined;
}

/** An answer, or how there came to be none. */
export type FetchOutcome = { readonly answer: SubgraphAnswer } | { readonly fault: SubgraphFault };

/** Sends one request of a plan. Rejects only with ClientGone, or on a bug of ours. */
export async function fetchFrom(
  ask: AskSubgraph,
  fetch: FetchNode,
  input: FetchInput,
  context: RequestContext,
): Promise<FetchOutcome> {
  if (fetch.operationKind === "subscription") throw new Error("a subscription is not a fetch");
  try {
    const operation = {
      service: fetch.subgraph,
      document: fetch.operation,
      body: bodyOf(fetch, input.own, input.variables),
      kind: fetch.operationKind,
      idempotencyKey: input.idempotencyKey,
      cancellation: input.cancellation,
      readAfter: input.readAfter,
    };
    return { answer: await ask(operation, context) };
  } catch (error) {
    if (error instanceof SubgraphFault) return { fault: error };
    throw error;
  }
}
