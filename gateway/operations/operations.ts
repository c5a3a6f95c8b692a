import { type ExecutionResult, GraphQLError } from "graphql";
import { type Cancellation, ClientGone } from "../cancellation.ts";
import type { EngineOperation, EngineVersion } from "../engine.ts";
import type { RequestContext } from "../request-context.ts";
import { type CallerChanges, callerOf } from "../transport/caller-changes.ts";
import { Flights } from "../transport/flights.ts";
import { type AnswerParts, type KeptText, type OperationAnswer, toAnswer } from "./answer.ts";
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

/**
 * How long identical queries of one client join the one under way: `never`; `first-fetch`, until a subgraph has answered
 * it, so that each request of theirs would have been shared anyhow; `whole`, until it is answered.
 */
export type AnswerSharing = "never" | "first-fetch" | "whole";

/** What operations are made of. */
export interface OperationsParts extends AnswerParts {
  readonly versionInUse: () => EngineVersion | undefined;
  readonly rules: DocumentRules;
  readonly sharing: AnswerSharing;
  readonly changes: CallerChanges;
}

const persistedBytes = 32 * 1024 * 1024;

const gone: OperationAnswer = { status: 499, headers: new Map(), result: {} };

/** The engine's result; undefined when nobody waits for it any more. */
async function resultOf(
  operation: PreparedOperation,
  input: RunInput & Pick<EngineOperation, "onFirstAnswer">,
): Promise<ExecutionResult | undefined> {
  try {
    return await operation.version.run({ ...operation, ...input });
  } catch (error) {
    if (error instanceof ClientGone) return undefined;
    if (error instanceof GraphQLError) return { errors: [error] };
    const originalError = error instanceof Error ? error : new Error(String(error));
    return { errors: [new GraphQLError("an operation failed", { originalError })] };
  }
}

/** What makes two queries one: everything that their answers may depend on, who asks before all. */
function answerKey({ version, documentKey, operation, variables }: PreparedOperation, input: RunInput): string {
  const { principal } = input.context;
  const who = principal.kind === "user" ? [principal.issuer, principal.subject, principal.scopes] : [];
  const headers = version.countedHeaders.map((name) => input.header(name) ?? null);
  return JSON.stringify([who, documentKey, operation.name?.value, headers, variables]);
}

interface Ran {
  readonly result: ExecutionResult;
  readonly kept?: KeptText | undefined;
}

/** Undefined when nobody waits for it any more. */
type Run = (operation: PreparedOperation, input: RunInput) => Promise<Ran | undefined>;

const runAlone: Run = async (operation, input) => {
  const result = await resultOf(operation, input);
  return result && { result };
};

/** Runs identical queries of one client once, as long as they may join each other, on the same version. */
function shareAnswers({ sharing, metrics, changes }: OperationsParts): Run {
  const flights = new WeakMap<EngineVersion, Flights<Ran | undefined>>();
  return async (operation, input) => {
    const isWhole = sharing === "whole";
    // Who assigns labels may assign others to the next request, and each request's log tells its own.
    const mayJoin = operation.operation.operation === "query" && (isWhole || !operation.version.hasLabels);
    if (!mayJoin) return runAlone(operation, input);
    const own = flights.get(operation.version) ?? new Flights(() => metrics.sharedAnswers.inc());
    flights.set(operation.version, own);
    const start = async (cancellation: Cancellation, close: () => void): Promise<Ran | undefined> => {
      const onFirstAnswer = isWhole ? undefined : close;
      const result = await resultOf(operation, { ...input, cancellation, onFirstAnswer });
      // Errors are told to each under its own correlation id.
      return result && { result, kept: result.errors === undefined ? { text: undefined } : undefined };
    };
    try {
      const key = `${changes.lastOf(callerOf(input.context))} ${answerKey(operation, input)}`;
      return (await own.join(key, start, input.cancellation)).value;
    } catch (error) {
      if (error instanceof ClientGone) return undefined;
      throw error;
    }
  };
}

/** Makes what the doors share. */
export function createOperations(parts: OperationsParts): Operations {
  const run = parts.sharing === "never" ? runAlone : shareAnswers(parts);
  return {
    prepare: createPreparation(parts.versionInUse, new PersistedQueries(persistedBytes), parts.rules),
    run: async (operation, input) => {
      const ran = await run(operation, input);
      if (ran === undefined) return gone;
      const answer = toAnswer(ran.result, operation.operation.operation, parts, input.context);
      return ran.kept === undefined ? answer : { ...answer, kept: ran.kept };
    },
    refuse: (errors, context) => toAnswer({ errors }, "unknown", parts, context),
  };
}
