import type { ExecutionResult, FormattedExecutionResult, GraphQLError, GraphQLFormattedError } from "graphql";
import type { GatewayMetrics } from "../metrics.ts";
import { causeOf, isPublic, maskError } from "../policy/masking.ts";
import type { RequestContext } from "../request-context.ts";

/** A text that is written when it is first needed. */
export interface KeptText {
  text: string | undefined;
}

/** An answer as it leaves: nothing of it is to be hidden any more. */
export interface OperationAnswer {
  /** HTTP status; a door without HTTP may leave it aside. */
  readonly status: number;
  /** Beside content type and correlation id. */
  readonly headers: ReadonlyMap<string, string>;
  readonly result: FormattedExecutionResult;
  /** Where its text is kept when others get the very same answer. */
  readonly kept?: KeptText | undefined;
}

/** What answering needs. */
export interface AnswerParts {
  readonly passedCodes: ReadonlySet<string>;
  readonly metrics: GatewayMetrics;
}

/** The answer's JSON text; that of an answer which several get is written once. */
export function answerText({ result, kept }: OperationAnswer): string {
  if (kept === undefined) return JSON.stringify(result);
  kept.text ??= JSON.stringify(result);
  return kept.text;
}

const noHeaders: ReadonlyMap<string, string> = new Map();
// An answer is somebody's, or may be tomorrow: no cache on the way may keep it.
const uncached: ReadonlyMap<string, string> = new Map([["cache-control", "no-store"]]);

interface HttpHint {
  readonly status?: number;
  readonly headers?: ReadonlyMap<string, string>;
}

function httpHint({ extensions }: GraphQLError): HttpHint | undefined {
  return typeof extensions.http === "object" && extensions.http !== null ? (extensions.http as HttpHint) : undefined;
}

/** Logs what clients do not see. Errors that name a service were logged where the subgraph's answer was read. */
export function logErrors(
  errors: readonly GraphQLError[],
  { passedCodes }: AnswerParts,
  { logger, correlationId }: RequestContext,
): void {
  for (const error of errors) {
    if (isPublic(error, passedCodes) || error.extensions.service !== undefined) continue;
    logger.error({ err: causeOf(error), path: error.path, correlationId }, "an operation failed");
  }
}

/** Counts an answer: its operation's kind (`unknown` where there was none to run), its outcome and its errors. */
export function countAnswer(
  kind: string,
  hasData: boolean,
  errors: readonly GraphQLFormattedError[],
  { operations, errors: counted }: GatewayMetrics,
): void {
  const outcome = errors.length === 0 ? "ok" : hasData ? "partial" : "failed";
  operations.inc({ type: kind, outcome });
  for (const { extensions } of errors) {
    const subgraph = typeof extensions?.service === "string" ? extensions.service : "gateway";
    counted.inc({ code: String(extensions?.code), subgraph });
  }
}

/** An error as the client sees it, under its own correlation id. */
export function maskFor(
  error: GraphQLError,
  passedCodes: ReadonlySet<string>,
  correlationId: string,
): GraphQLFormattedError {
  const masked = maskError(error.toJSON(), passedCodes);
  return { ...masked, extensions: { ...masked.extensions, correlationId } };
}

function headersOf(errors: readonly GraphQLError[]): ReadonlyMap<string, string> {
  const own = errors.flatMap((error) => [...(httpHint(error)?.headers ?? noHeaders)]);
  return own.length === 0 ? uncached : new Map([...uncached, ...own]);
}

/**
 * Makes the answer of an engine's result, or of a refusal: masked, logged, counted.
 * Status: what an error asks for; else 200 where there is data (or null in its place), 500 where there is none.
 */
export function toAnswer(
  { data, errors = [], extensions }: ExecutionResult,
  kind: string,
  parts: AnswerParts,
  context: RequestContext,
): OperationAnswer {
  const extra = extensions === undefined ? undefined : { extensions };
  if (errors.length === 0) {
    countAnswer(kind, data != null, errors, parts.metrics);
    return { status: 200, headers: uncached, result: { data: data ?? null, ...extra } };
  }
  logErrors(errors, parts, context);
  const masked = errors.map((error) => maskFor(error, parts.passedCodes, context.correlationId));
  countAnswer(kind, data != null, masked, parts.metrics);
  const status = errors.map((error) => httpHint(error)?.status).findLast((hint) => hint !== undefined);
  const head = { status: status ?? (data === undefined ? 500 : 200), headers: headersOf(errors) };
  return { ...head, result: { errors: masked, ...(data === undefined ? {} : { data }), ...extra } };
}
