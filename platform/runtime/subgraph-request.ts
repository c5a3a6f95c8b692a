import type { Logger } from "./logger.ts";
import type { Caller } from "./organisation-token.ts";

/** For how many one stream stands; the latest stream with the same id takes the place of those before. */
export interface SharedStream {
  readonly id: string;
  readonly members: number;
}

/** What every subgraph knows of a request before its own context is made. */
export interface SubgraphRequest {
  readonly caller: Caller;
  /** Follows one client request through every organisation's log. */
  readonly correlationId: string;
  readonly logger: Logger;
  /** Set on a stream that the gateway has asked for in the name of several. */
  readonly sharedStream?: SharedStream;
}
