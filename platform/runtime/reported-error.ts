import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { CommitLostError, isDatabaseFault } from "./database-fault.ts";
import { type OperationalCode, operationalCodes } from "./operational-error.ts";

/** What was thrown, when GraphQL wrapped it to say where. */
export function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError !== undefined ? error.originalError : error;
}

/** Whether an error is none that was meant for the caller: then the log has it and the caller is told a code alone. */
export function isUnforeseen(code: unknown, cause: unknown): boolean {
  if (typeof code === "string" && code !== "INTERNAL_SERVER_ERROR") return false;
  return !(cause instanceof Error && cause.name === "PageRequestError");
}

const maskedWords = {
  OUTCOME_UNKNOWN: "the organisation's database fell silent while the change was being made; it may or may not be",
  DATABASE_UNAVAILABLE: "the organisation's database does not answer",
  INTERNAL_SERVER_ERROR: "internal error",
} as const satisfies Partial<Record<OperationalCode, string>>;

function maskedCodeOf(cause: unknown): keyof typeof maskedWords {
  if (cause instanceof CommitLostError) return "OUTCOME_UNKNOWN";
  return isDatabaseFault(cause) ? "DATABASE_UNAVAILABLE" : "INTERNAL_SERVER_ERROR";
}

/** What the gateway is told of an error: a code of the catalogue, and words only where they are ours. */
export function toReportedError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const cause = causeOf(error);
  const code = formatted.extensions?.code;
  if (typeof code === "string" && code !== "INTERNAL_SERVER_ERROR") {
    return { ...formatted, extensions: { code, retryable: formatted.extensions?.retryable === true } };
  }
  if (cause instanceof Error && !isUnforeseen(code, cause)) {
    return { ...formatted, message: cause.message, extensions: { code: "BAD_USER_INPUT", retryable: false } };
  }
  const masked = maskedCodeOf(cause);
  const extensions = { code: masked, retryable: operationalCodes[masked].isRetryable };
  return { ...formatted, message: maskedWords[masked], extensions };
}
