import type { Logger } from "../platform/runtime/logger.ts";

/** Nobody is signed in. */
export interface Anonymous {
  readonly kind: "anonymous";
}

/** Somebody whose token was verified. What else the token said (names, addresses) is forgotten at the door. */
export interface User {
  readonly kind: "user";
  readonly issuer: string;
  /** The identity provider's own id of the user; never sent to a subgraph. */
  readonly subject: string;
  /** What the user may do, as `commerce:buy`, sorted. */
  readonly scopes: readonly string[];
  /** When the user's token ends, in seconds since 1970. */
  readonly expiresAt: number;
}

/** Who asks. */
export type Principal = Anonymous | User;

/** The one anonymous principal. */
export const anonymous: Anonymous = { kind: "anonymous" };

/** What the gateway knows of one client request from the door to the last subgraph. */
export interface RequestContext {
  readonly correlationId: string;
  readonly principal: Principal;
  readonly logger: Logger;
}
