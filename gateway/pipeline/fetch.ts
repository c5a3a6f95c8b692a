import type { FetchNode } from "../plans/plan.ts";
import type { RequestContext } from "../request-context.ts";
import type { AskSubgraph } from "../subgraph-caller.ts";
import type { SubgraphAnswer } from "../transport/subgraph-answer.ts";
import { SubgraphFault } from "../transport/subgraph-fault.ts";

/** What a fetch needs besides its node of the plan. */
export interface FetchInput {
  /** The client's variables. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Representations and arguments from contexts, by the name of the variable that takes them. */
  readonly own: Readonly<Record<string, unknown>>;
  /** Of a mutation, when the client gave one. */
  readonly idempotencyKey: string | undefined;
}

/** An answer, or how there came to be none. */
export type FetchOutcome = { readonly answer: SubgraphAnswer } | { readonly fault: SubgraphFault };

function variablesOf(fetch: FetchNode, { variables, own }: FetchInput): Record<string, unknown> {
  const sent: Record<string, unknown> = { ...own };
  // A variable that the client left out stays out: that is not the same as null.
  for (const name of fetch.variables) if (Object.hasOwn(variables, name)) sent[name] = variables[name];
  return sent;
}

/** Sends one request of a plan. Rejects only on a bug of ours. */
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
      variables: variablesOf(fetch, input),
      kind: fetch.operationKind,
      idempotencyKey: input.idempotencyKey,
    };
    return { answer: await ask(operation, context) };
  } catch (error) {
    if (error instanceof SubgraphFault) return { fault: error };
    throw error;
  }
}
