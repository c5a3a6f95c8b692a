import { HeaderMap } from "@apollo/server";
import { GraphQLError } from "graphql";
import { errorCatalogue } from "./error-catalogue.ts";

/** What a refused request is answered with, beside its code. */
export interface RefusalDetails {
  /** HTTP status. */
  readonly status: number;
  readonly correlationId: string;
  /** Words for the client; the catalogue's when absent. */
  readonly message?: string;
  /** For the log alone. */
  readonly cause?: unknown;
}

/** A request that goes no further than the door: a GraphQL error with an HTTP status, from the catalogue. */
export function refusal(code: string, details: RefusalDetails): GraphQLError {
  const entry = errorCatalogue.get(code);
  const headers = new HeaderMap(details.status === 401 ? [["www-authenticate", "Bearer"]] : []);
  return new GraphQLError(details.message ?? entry?.message ?? code, {
    extensions: {
      code,
      retryable: entry?.isRetryable ?? false,
      correlationId: details.correlationId,
      http: { status: details.status, headers },
    },
    ...(details.cause instanceof Error ? { originalError: details.cause } : {}),
  });
}
