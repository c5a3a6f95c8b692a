import { GraphQLError } from "graphql";

/** Codes of faults that a subgraph reports at the top level of an answer. `docs/errors.md` says what callers do. */
export const operationalCodes = {
  /** Nobody is signed in, or the organisation token is missing, expired or forged. */
  UNAUTHENTICATED: { isRetryable: false },
  /** Somebody is signed in who may not do this. */
  FORBIDDEN: { isRetryable: false },
  /** A value cannot be what the schema's description asks for, as a malformed cursor. */
  BAD_USER_INPUT: { isRetryable: false },
  /** There is nothing with that id that the caller may subscribe to. */
  NOT_FOUND: { isRetryable: false },
  /** The token with which a stream was opened has ended, and the stream with it. */
  IDENTITY_EXPIRED: { isRetryable: false },
  /** The process that serves a stream is stopping; another one goes on with it. */
  SUBSCRIBE_AGAIN: { isRetryable: true },
  /** The process, or the caller, has as many streams open as it may have. */
  TOO_MANY_STREAMS: { isRetryable: true },
  /** The organisation's database does not answer or is overloaded. A mutation is repeated with the same key, which never acts twice. */
  DATABASE_UNAVAILABLE: { isRetryable: true },
  /** The database was lost while a change was being committed: it may or may not be made. */
  OUTCOME_UNKNOWN: { isRetryable: false },
  /** A bug; the log has it under the correlation id. */
  INTERNAL_SERVER_ERROR: { isRetryable: false },
} as const;

/** A code of the catalogue. */
export type OperationalCode = keyof typeof operationalCodes;

/** A fault with a code of the catalogue; its message may be shown to clients. */
export function operationalError(code: OperationalCode, message: string, cause?: unknown): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code, retryable: operationalCodes[code].isRetryable },
    ...(cause instanceof Error ? { originalError: cause } : {}),
  });
}
