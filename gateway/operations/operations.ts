import { type ExecutionResult, GraphQLError } from "graphql";
import { type Cancellation, ClientGone } from "../cancellation.ts";
import type { EngineVersion } from "../engine.ts";
import type { RequestContext } from "../request-context.ts";
import { type AnswerParts, type OperationAnswer, toAnswer } from "./answer.ts";
import { PersistedQueries } from "./persisted-queries.ts";
import { createPreparation, type PreparedOperation, type PrepareOperation } from "./prepare-operation.ts";
import type { DocumentRules } from "./validated-documents.ts";

/** What an operation is run with beside itself. */
export interface RunInput {
  readonly context: RequestContext;
  /** A header of the client's request, by its lower-case name; a door without headers answers undefined. */
  readonly header: (name: string) => string | undefined;
  /** Set where the door notices that its client has gone. */
  readonly cancellation?: Cancellation | undefined;
}

/**
 * What every door does with an operation, once it has read it and knows who asks: prepare, run, answer. A door that
 * answers in parts (subscriptions, `@defer`) prepares here and runs the prepared operation by itself.
 */
export interface Operations {
  readonly prepare: PrepareOperation;
  /** Runs a query or mutation. Never rejects. What is answered to a client that has gone says so by status 499. */
  readonly run: (operation: PreparedOperation, input: RunInput) => Promise<OperationAnswer>;
  /** The answer to what was not run. */
  readonly refuse: (errors: readonly GraphQLError[], context: RequestContext) => OperationAnswer;
}

/** What operations are made of. */
export interface OperationsParts extends AnswerParts {
  readonly versionInUse: () => EngineVersion | undefined;
  readonly rules: DocumentRules;
}

const persistedBytes = 32 * 1024 * 1024;

const gone: OperationAnswer = { status: 499, headers: new Map(), result: {} };

/** The engine's result; undefined when nobody waits for it any more. */
async function resultOf(operation: PreparedOperation, input: RunInput): Promise<ExecutionResult | undefined> {
  try {
    return await operation.version.run({ ...operation, ...input });
  } catch (error) {
    if (error instanceof ClientGone) return undefined;
    if (error instanceof GraphQLError) return { errors: [error] };
    const originalError = error instanceof Error ? error : new Error(String(error));
    return { errors: [new GraphQLError("an operation failed", { originalError })] };
  }
}

/** Makes what the doors share. */
export function createOperations(parts: OperationsParts): Operations {
  return {
    prepare: createPreparation(parts.versionInUse, new PersistedQueries(persistedBytes), parts.rules),
    run: async (operation, input) => {
      const result = await resultOf(operation, input);
      return result === undefined ? gone : toAnswer(result, operation.operation.operation, parts, input.context);
    },
    refuse: (errors, context) => toAnswer({ errors }, "unknown", parts, context),
  };
}
