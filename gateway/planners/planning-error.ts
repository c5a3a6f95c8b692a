/**
 * What went wrong: the planner cannot plan it (`refused`), took too long, ended; it could not be started (`unusable`); too
 * many wait (`crowded`); the supergraph is no longer served (`closed`).
 */
export type PlanningFault = "refused" | "slow" | "crashed" | "unusable" | "crowded" | "closed";

const temporary: ReadonlySet<PlanningFault> = new Set(["slow", "crowded", "closed"]);

/** An operation could not be planned. Its message is for the log. */
export class PlanningError extends Error {
  override readonly name = "PlanningError";
  readonly fault: PlanningFault;

  constructor(message: string, fault: PlanningFault, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }

  /** Whether planning it again may help. */
  get isTimeout(): boolean {
    return temporary.has(this.fault);
  }
}
