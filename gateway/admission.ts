import type { IncomingHttpHeaders } from "node:http";
import type { Logger } from "../platform/runtime/logger.ts";
import { type Identity, IssuerUnavailableError, TokenRefusedError } from "./policy/identity.ts";
import { refusal } from "./policy/refusal.ts";
import { anonymous, type Principal, type RequestContext } from "./request-context.ts";

/**
 * Lets a request in: finds out who asks and makes its context. Every door to the engine goes through here.
 * Rejects with a GraphQL error: UNAUTHENTICATED (401), IDENTITY_UNAVAILABLE (503).
 */
export type Admit = (headers: IncomingHttpHeaders, correlationId: string) => Promise<RequestContext>;

/** A context whose logger is made when something is logged: most requests log nothing. */
function admitted(correlationId: string, principal: Principal, parent: Logger): RequestContext {
  let logger: Logger | undefined;
  return {
    correlationId,
    principal,
    get logger() {
      logger ??= parent.child({ correlationId });
      return logger;
    },
  };
}

/** Makes the admission; without identity everybody is anonymous and the Authorization header is not even read. */
export function createAdmission(identity: Identity | undefined, logger: Logger): Admit {
  return async (headers, correlationId) => {
    if (identity === undefined) return admitted(correlationId, anonymous, logger);
    try {
      return admitted(correlationId, await identity.principalOf(headers.authorization), logger);
    } catch (error) {
      if (error instanceof TokenRefusedError) {
        logger.info({ reason: error.message, correlationId }, "a token was refused");
        throw refusal("UNAUTHENTICATED", { status: 401, correlationId, message: error.message, cause: error });
      }
      if (error instanceof IssuerUnavailableError) {
        logger.error({ err: error, correlationId }, "an identity provider cannot be asked");
        throw refusal("IDENTITY_UNAVAILABLE", { status: 503, correlationId, cause: error });
      }
      throw error;
    }
  };
}
