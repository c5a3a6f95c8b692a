import { type ExecutionResult, GraphQLError } from "graphql";
import { Execution, type ExecutionInput, type ExecutorParts } from "../pipeline/execute.ts";
import { respond } from "../pipeline/respond.ts";
import type { ExecutableOperation } from "../plans/executable-operation.ts";
import type { SubscriptionNode } from "../plans/plan.ts";
import type { SubgraphAnswer } from "../transport/subgraph-answer.ts";

/** Events by number. One event, told to several, is one: what they read after it they may share. */
const numbers = new WeakMap<SubgraphAnswer, string>();
let lastNumber = 0;

function numberOf(event: SubgraphAnswer): string {
  const known = numbers.get(event);
  if (known !== undefined) return known;
  lastNumber += 1;
  numbers.set(event, `event ${lastNumber}`);
  return `event ${lastNumber}`;
}

/** The stream in a subscription's plan. @throws GraphQLError when the stream itself depends on a condition */
export function subscriptionOf({ plan }: ExecutableOperation): SubscriptionNode {
  const { root } = plan;
  if (root?.kind === "subscription") return root;
  const extensions = { code: "GRAPHQL_VALIDATION_FAILED", http: { status: 400 } };
  throw new GraphQLError("the root field of a subscription cannot depend on @skip or @include", { extensions });
}

/**
 * Makes the client's answer of one event: what the stream's organisation said, completed by the others through the same
 * pipeline as a query. The event itself is left as it is. Never rejects because of a subgraph.
 */
export async function answerEvent(
  parts: ExecutorParts,
  input: ExecutionInput,
  answer: SubgraphAnswer,
): Promise<ExecutionResult> {
  const { primary, rest } = subscriptionOf(input.operation);
  const execution = new Execution(parts, { ...input, readAfter: numberOf(answer) });
  // Other clients may be told of the same event: none of them may change it.
  execution.takeEvent(primary, { ...answer, isShared: true });
  if (rest !== undefined) await execution.run(rest);
  const { variables, rawVariables, context } = input;
  const { correlationId } = context;
  return respond(input.operation, {
    data: execution.data,
    problems: execution.problems,
    variables,
    rawVariables,
    correlationId,
  });
}
