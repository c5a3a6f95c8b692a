/** How a subgraph failed to answer. */
export type FaultKind = "unavailable" | "timeout" | "bad-response" | "refused";

/** What is known of a failed exchange. */
export interface FaultDetails {
  readonly service: string;
  readonly kind: FaultKind;
  /** Whether the subgraph may have begun to act on the request: true unless it surely never got it or said no. */
  readonly mayHaveActed: boolean;
  /** Status of the answer, when there was one. */
  readonly status?: number;
  /** For the log alone. */
  readonly cause?: unknown;
}

/** A subgraph gave no answer that can be used. Its message is for the log, not for clients. */
export class SubgraphFault extends Error {
  override readonly name = "SubgraphFault";
  readonly service: string;
  readonly kind: FaultKind;
  readonly mayHaveActed: boolean;
  readonly status: number | undefined;

  constructor(message: string, details: FaultDetails) {
    super(`${details.service}: ${message}`, { cause: details.cause });
    this.service = details.service;
    this.kind = details.kind;
    this.mayHaveActed = details.mayHaveActed;
    this.status = details.status;
  }
}
