/** What the receiver of a webhook answers, as `{ "code": ... }` under this HTTP status. `docs/errors.md` says what senders do. */
export const webhookCodes = {
  /** The event changed what it is about, or was overtaken by a later one. */
  APPLIED: { status: 200, isRetryable: false },
  /** The event came before and changed nothing now. */
  ALREADY_RECEIVED: { status: 200, isRetryable: false },
  /** The body is not JSON of an event, or names another id than its header. */
  MALFORMED: { status: 400, isRetryable: false },
  /** One of the three headers that sign is missing or unusable. */
  SIGNATURE_MISSING: { status: 401, isRetryable: true },
  /** No key of the receiver made any of the signatures. */
  SIGNATURE_INVALID: { status: 401, isRetryable: true },
  /** It was signed too long ago, or in the future. */
  TIMESTAMP_OUT_OF_WINDOW: { status: 401, isRetryable: true },
  /** There is nothing at this address. */
  NOT_FOUND: { status: 404, isRetryable: true },
  /** The id was used for other content. */
  EVENT_ID_CONFLICT: { status: 409, isRetryable: false },
  /** The body is longer than the receiver reads. */
  BODY_TOO_LARGE: { status: 413, isRetryable: false },
  /** The body is not plain `application/json`. */
  UNSUPPORTED_MEDIA_TYPE: { status: 415, isRetryable: false },
  /** The receiver does not know this event, or not in this version. */
  UNKNOWN_EVENT: { status: 422, isRetryable: false },
  /** It happened before what the receiver remembers ids of, so it might be a repetition. */
  EVENT_TOO_OLD: { status: 422, isRetryable: false },
  /** A bug of the receiver; its log has it. */
  INTERNAL_ERROR: { status: 500, isRetryable: true },
  /** The receiver's database does not answer. */
  DATABASE_UNAVAILABLE: { status: 503, isRetryable: true },
} as const;

/** A code of the catalogue. */
export type WebhookCode = keyof typeof webhookCodes;
