import {
  createSourceEventStream,
  type DocumentNode,
  execute,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  validate,
} from "graphql";
import { isUuid } from "../../values/ids.ts";
import type { Logger } from "../logger.ts";
import { causeOf, isUnforeseen, toReportedError } from "../reported-error.ts";
import type { SharedStream } from "../subgraph-request.ts";
import { refuseUnusable } from "../unusable-input.ts";

/** A subscription as it is asked for, checked no further than that it is an object. */
export interface OperationRequest {
  readonly query?: unknown;
  readonly variables?: unknown;
  readonly operationName?: unknown;
  readonly extensions?: unknown;
}

/** What a subscription is answered from. */
export interface OperationParts {
  readonly schema: GraphQLSchema;
  /** Makes a context; each event has one of its own, so that it is answered from loaders that have not loaded before. */
  readonly createContext: () => unknown;
  readonly logger: Logger;
}

/** A subscription that fits the schema. */
export interface Operation {
  readonly document: DocumentNode;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** What a subscription came to: its events to be, or why there will be none. */
export type Subscribed =
  | { readonly kind: "refused"; readonly errors: readonly GraphQLFormattedError[] }
  | { readonly kind: "open"; readonly source: AsyncIterator<unknown> };

function badRequest(message: string, code = "BAD_REQUEST"): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const mostMembers = 1_000_000;

/** For whom the gateway asks, by the request's extensions; undefined for one alone. Source: docs/subgraph-owner.md. */
export function readSharedStream(request: unknown): SharedStream | undefined {
  const { extensions } = (isRecord(request) ? request : {}) as OperationRequest;
  const given = isRecord(extensions) ? extensions.sharedStream : undefined;
  if (!isRecord(given)) return undefined;
  const { id, members } = given;
  if (typeof id !== "string" || !isUuid(id) || !Number.isInteger(members)) return undefined;
  return { id, members: Math.min(mostMembers, Math.max(1, Number(members))) };
}

function parseDocument(query: string): DocumentNode {
  try {
    return parse(query);
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : "the document is not GraphQL", "GRAPHQL_PARSE_FAILED");
  }
}

/** Reads a request for a stream. @throws GraphQLError naming what is wrong; only subscriptions are streamed */
export function readOperation(request: unknown, schema: GraphQLSchema): Operation {
  const { query, variables, operationName } = (isRecord(request) ? request : {}) as OperationRequest;
  if (typeof query !== "string") throw badRequest("query must be the text of a document");
  if (variables != null && !isRecord(variables)) throw badRequest("variables must be an object");
  if (operationName != null && typeof operationName !== "string") throw badRequest("operationName must be a text");
  const document = parseDocument(query);
  const [invalid] = validate(schema, document);
  if (invalid !== undefined) throw badRequest(invalid.message, "GRAPHQL_VALIDATION_FAILED");
  const operation = getOperationAST(document, operationName);
  if (operation == null) throw badRequest("the operation to run cannot be told", "OPERATION_RESOLUTION_FAILURE");
  if (operation.operation !== "subscription") throw badRequest("only a subscription is streamed; send others as JSON");
  refuseUnusable(document, variables ?? {}, schema);
  return { document, operationName: operationName ?? undefined, variables: variables ?? {} };
}

/** Errors as the gateway is told them; what was not foreseen goes to the log. */
export function reportErrors(errors: readonly unknown[], logger: Logger): GraphQLFormattedError[] {
  return errors.map((error) => {
    const told =
      error instanceof GraphQLError ? error : new GraphQLError("a stream failed", { originalError: error as Error });
    const cause = causeOf(told);
    if (isUnforeseen(told.extensions.code, cause)) logger.error({ err: cause, path: told.path }, "a stream failed");
    return toReportedError(told.toJSON(), told);
  });
}

function argumentsOf({ schema, createContext }: OperationParts, operation: Operation) {
  const { document, operationName, variables: variableValues } = operation;
  return { schema, document, operationName, variableValues, contextValue: createContext() };
}

/** Begins a subscription: its resolver says who may, and whence its events come. */
export async function subscribeTo(parts: OperationParts, operation: Operation): Promise<Subscribed> {
  const source = await createSourceEventStream(argumentsOf(parts, operation));
  if (Symbol.asyncIterator in source) return { kind: "open", source: source[Symbol.asyncIterator]() };
  return { kind: "refused", errors: reportErrors(source.errors ?? [], parts.logger) };
}

/** Answers one event with the subscription's selection. */
export async function answerEvent(
  parts: OperationParts,
  operation: Operation,
  event: unknown,
): Promise<FormattedExecutionResult> {
  const { data, errors } = await execute({ ...argumentsOf(parts, operation), rootValue: event });
  const answer = data === undefined ? {} : { data };
  return errors === undefined ? answer : { ...answer, errors: reportErrors(errors, parts.logger) };
}
