import { correlationHeader } from "../../platform/runtime/correlation.ts";
import type { OrganisationTokens } from "../policy/organisation-tokens.ts";
import type { RequestContext } from "../request-context.ts";

/** The headers of a request to one subgraph: these and no others, whatever the client sent. */
export type OutgoingHeaders = (
  service: string,
  context: RequestContext,
) => Record<string, string> | Promise<Record<string, string>>;

/**
 * Makes the allow-list of headers: content type, accept, the correlation id and the organisation's own token.
 * A client's Authorization, cookies and every other header stay at the gateway.
 */
export function createOutgoingHeaders(
  organisationOf: (service: string) => string,
  tokens: OrganisationTokens | undefined,
): OutgoingHeaders {
  function headersOf(context: RequestContext, token: string | undefined): Record<string, string> {
    const headers: Record<string, string> = {
      "content-type": "application/json",
      accept: "application/json, application/graphql-response+json;q=0.9",
      [correlationHeader]: context.correlationId,
    };
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    return headers;
  }
  return (service, context) => {
    const token = tokens?.tokenFor(organisationOf(service), context.principal);
    return token instanceof Promise ? token.then((signed) => headersOf(context, signed)) : headersOf(context, token);
  };
}
