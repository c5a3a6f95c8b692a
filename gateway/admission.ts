import type { IncomingHttpHeaders } from "node:http";
import type { Logger } from "../platform/runtime/logger.ts";
import { type Identity, IssuerUnavailableError, TokenRefusedError } from "./policy/identity.ts";
import { refusal } from "./policy/refusal.ts";
import { anonymous, type RequestContext } from "./request-context.ts";

/**
 * Lets a request in: finds out who asks and makes its context. Every door to the engine goes through here.
 * Rejects with a GraphQL error: UNAUTHENTICATED (401), IDENTITY_UNAVAILABLE (503).
 */
export type Admit = (headers: IncomingHttpHeaders, correlationId: string) => Promise<RequestContext>;

/** Makes the admission; without identity everybody is anonymous and the Authorization header is not even read. */
export function createAdmission(identity: Identity | undefined, logger: Logger): Admit {
  return async (headers, correlationId) => {
    const log = logger.child({ correlationId });
    if (identity === undefined) return { correlationId, principal: anonymous, logger: log };
    try {
      return { correlationId, principal: await identity.principalOf(headers.authorization), logger: log };
    } catch (error) {
      if (error instanceof TokenRefusedError) {
        log.info({ reason: error.message }, "a token was refused");
        throw refusal("UNAUTHENTICATED", { status: 401, correlationId, message: error.message, cause: error });
      }
      if (error instanceof IssuerUnavailableError) {
        log.error({ err: error }, "an identity provider cannot be asked");
        throw refusal("IDENTITY_UNAVAILABLE", { status: 503, correlationId, cause: error });
      }
      throw error;
    }
  };
}
