import { operationalCodes } from "../../platform/runtime/operational-error.ts";

/** What the gateway says of one code: the words a client sees when it has none of its own, and whether asking again may help. */
export interface CatalogueEntry {
  readonly message: string;
  readonly isRetryable: boolean;
}

/** Faults between the gateway and an organisation's subgraph, identity and the door. `docs/errors.md` says what callers do. */
export const gatewayCodes = {
  SUBGRAPH_UNAVAILABLE: { message: "the organisation cannot be reached now", isRetryable: true },
  SUBGRAPH_TIMEOUT: { message: "the organisation did not answer in time", isRetryable: true },
  SUBGRAPH_BAD_RESPONSE: { message: "the organisation's answer could not be used", isRetryable: true },
  SUBGRAPH_REFUSED: { message: "the organisation refused the gateway's request", isRetryable: false },
  OUTCOME_UNKNOWN: {
    message: "the organisation's answer was lost; the change may or may not have been made",
    isRetryable: false,
  },
  NOT_EXECUTED: { message: "not carried out, because a step before it failed", isRetryable: true },
  PLANNING_FAILED: { message: "the operation could not be planned", isRetryable: false },
  PLANNING_TIMEOUT: { message: "planning the operation took too long", isRetryable: true },
  IDENTITY_UNAVAILABLE: { message: "the identity provider cannot be asked now", isRetryable: true },
  UNSUPPORTED_MEDIA_TYPE: { message: "send the request as application/json in UTF-8", isRetryable: false },
  PAYLOAD_TOO_LARGE: { message: "the request is larger than this gateway accepts", isRetryable: false },
  NOT_FOUND: { message: "there is nothing at this address; the endpoint is /graphql", isRetryable: false },
} as const satisfies Record<string, CatalogueEntry>;

/** Faults of a request itself, named by Apollo Server. Source: Apollo Server 5, built-in error codes. */
export const requestCodes = {
  GRAPHQL_PARSE_FAILED: { message: "the document is not GraphQL", isRetryable: false },
  GRAPHQL_VALIDATION_FAILED: { message: "the document does not fit the schema", isRetryable: false },
  OPERATION_RESOLUTION_FAILURE: { message: "the operation to run cannot be told", isRetryable: false },
  PERSISTED_QUERY_NOT_FOUND: { message: "PersistedQueryNotFound", isRetryable: true },
  PERSISTED_QUERY_NOT_SUPPORTED: { message: "PersistedQueryNotSupported", isRetryable: false },
  BAD_REQUEST: { message: "the request is not a GraphQL request over HTTP", isRetryable: false },
} as const satisfies Record<string, CatalogueEntry>;

/** A code that the gateway itself raises about a subgraph, identity or the door. */
export type GatewayCode = keyof typeof gatewayCodes;

/** A code that a subgraph of this house may raise and a client may see. */
export type SubgraphCode = keyof typeof operationalCodes;

const operationalMessages: Record<SubgraphCode, string> = {
  UNAUTHENTICATED: "sign in to do this",
  FORBIDDEN: "this is not allowed",
  BAD_USER_INPUT: "a value cannot be used",
  NOT_FOUND: gatewayCodes.NOT_FOUND.message,
  IDENTITY_EXPIRED: "the token that this stream began with has ended; sign in again",
  SUBSCRIBE_AGAIN: "the stream was ended; subscribe again",
  TOO_MANY_STREAMS: "there are as many streams open as are allowed",
  DATABASE_UNAVAILABLE: "the organisation's database does not answer",
  OUTCOME_UNKNOWN: gatewayCodes.OUTCOME_UNKNOWN.message,
  INTERNAL_SERVER_ERROR: "internal error",
};

/** Every code that a client can see in `errors[].extensions.code`, whoever raises it. */
export const errorCatalogue: ReadonlyMap<string, CatalogueEntry> = new Map([
  ...Object.entries(gatewayCodes),
  ...Object.entries(requestCodes),
  ...Object.entries(operationalCodes).map(([code, { isRetryable }]): [string, CatalogueEntry] => [
    code,
    { message: operationalMessages[code as SubgraphCode], isRetryable },
  ]),
]);

/** Codes that a subgraph may raise in its own words; any other is masked unless configuration adds it. */
export const subgraphCodes: ReadonlySet<string> = new Set(Object.keys(operationalCodes));
