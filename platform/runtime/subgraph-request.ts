import type { Logger } from "./logger.ts";
import type { Caller } from "./organisation-token.ts";

/** What every subgraph knows of a request before its own context is made. */
export interface SubgraphRequest {
  readonly caller: Caller;
  /** Follows one client request through every organisation's log. */
  readonly correlationId: string;
  readonly logger: Logger;
}
