import { GraphQLError, type GraphQLErrorExtensions, type GraphQLFormattedError } from "graphql";
import type { RequestContext } from "../request-context.ts";
import type { SubgraphFault } from "../transport/subgraph-fault.ts";
import { errorCatalogue, type GatewayCode, gatewayCodes } from "./error-catalogue.ts";

/** An error as a client sees it: safe words, and a code that tells what to do. */
export interface ReportedError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: GraphQLErrorExtensions;
}

const codeOfKind = {
  unavailable: "SUBGRAPH_UNAVAILABLE",
  timeout: "SUBGRAPH_TIMEOUT",
  "bad-response": "SUBGRAPH_BAD_RESPONSE",
  refused: "SUBGRAPH_REFUSED",
} as const satisfies Record<SubgraphFault["kind"], GatewayCode>;

/**
 * Tells the client of a subgraph that gave no usable answer, and the log why.
 * A mutation that may have been carried out is OUTCOME_UNKNOWN, whatever went wrong: it must never read as "failed".
 */
export function reportFault(fault: SubgraphFault, isMutation: boolean, context: RequestContext): ReportedError {
  const code = isMutation && fault.mayHaveActed ? "OUTCOME_UNKNOWN" : codeOfKind[fault.kind];
  const { service, status } = fault;
  context.logger.error({ err: fault, code, service, status }, "a subgraph gave no usable answer");
  const { message, isRetryable } = gatewayCodes[code];
  return {
    message,
    extensions: { code, service, retryable: isRetryable, correlationId: context.correlationId },
  };
}

/**
 * Tells the client of an error that a subgraph reported. Codes in `passed` keep their words; all others become
 * INTERNAL_SERVER_ERROR. Of the extensions only code, service, retryable and correlation id go out.
 */
export function reportSubgraphError(
  error: GraphQLFormattedError,
  service: string,
  passed: ReadonlySet<string>,
  context: RequestContext,
): ReportedError {
  const given = error.extensions?.code;
  const isPassed = typeof given === "string" && passed.has(given) && given !== "INTERNAL_SERVER_ERROR";
  const code = isPassed ? given : "INTERNAL_SERVER_ERROR";
  const entry = errorCatalogue.get(code);
  const logged = { service, code: given, reported: error.message, path: error.path, extensions: error.extensions };
  context.logger[isPassed ? "info" : "error"](logged, "a subgraph reported an error");
  const words = isPassed && typeof error.message === "string" ? error.message : entry?.message;
  const declared = error.extensions?.retryable;
  return {
    message: words ?? "internal error",
    ...(Array.isArray(error.path) ? { path: error.path } : {}),
    extensions: {
      code,
      service,
      retryable: isPassed && typeof declared === "boolean" ? declared : (entry?.isRetryable ?? false),
      correlationId: context.correlationId,
    },
  };
}

/** Whether an error's code is one that a client may see as it is. */
export function isPublic(error: GraphQLFormattedError, passed: ReadonlySet<string>): boolean {
  const code = error.extensions?.code;
  if (typeof code !== "string" || code === "INTERNAL_SERVER_ERROR") return false;
  return errorCatalogue.has(code) || passed.has(code);
}

const publicExtensions = ["code", "service", "retryable", "correlationId", "retryAfterMs"] as const;

/**
 * The last mask before an answer leaves: words stay where the code is public, or where a subgraph's own error was masked
 * already; anything else, a bug of ours or of a library, becomes INTERNAL_SERVER_ERROR without words or stack.
 */
export function maskError(formatted: GraphQLFormattedError, passed: ReadonlySet<string>): GraphQLFormattedError {
  const isShown = isPublic(formatted, passed);
  const code = isShown ? String(formatted.extensions?.code) : "INTERNAL_SERVER_ERROR";
  const entry = errorCatalogue.get(code);
  const extensions: Record<string, unknown> = { code, retryable: entry?.isRetryable ?? false };
  for (const name of publicExtensions) {
    const value = formatted.extensions?.[name];
    if (name !== "code" && value !== undefined) extensions[name] = value;
  }
  const { locations, path } = formatted;
  return {
    message: isShown ? formatted.message : (entry?.message ?? "internal error"),
    ...(locations === undefined ? {} : { locations }),
    ...(path === undefined ? {} : { path }),
    extensions,
  };
}

/** What the log should keep of an error that the client sees masked: the error behind it, where there is one. */
export function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError !== undefined ? error.originalError : error;
}
