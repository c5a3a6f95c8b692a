import type { WorkflowName } from "./ports.ts";

/** The engine's word for where a run is. */
export type RunState =
  | "PENDING"
  | "ENQUEUED"
  | "DELAYED"
  | "SUCCESS"
  | "ERROR"
  | "MAX_RECOVERY_ATTEMPTS_EXCEEDED"
  | "CANCELLED";

/** A run of a workflow, as the engine keeps it. */
export interface KnownRun {
  readonly id: string;
  readonly workflow: WorkflowName;
  readonly state: RunState;
  readonly input: Readonly<Record<string, string>>;
  /** How often the engine began this work, runs before this one included. */
  readonly attempt: number;
  /** Since when it is due. */
  readonly dueAt: Date;
  /** What ended it; null when nothing did. */
  readonly error: string | null;
  /** The process that has it, or had it last. */
  readonly executor: string | null;
}

/** A step that a run has behind it. */
export interface RunStep {
  readonly number: number;
  readonly name: string;
  readonly error: string | null;
  readonly completedAt: Date | null;
}

/** The engine's runs for a person who looks after them. */
export interface RunDesk {
  /** Runs that wait for a person, and those due since before `dueBefore` that nobody has finished; the oldest first. */
  readonly stuck: (dueBefore: Date, most: number) => Promise<KnownRun[]>;
  readonly find: (runId: string) => Promise<KnownRun | null>;
  readonly steps: (runId: string) => Promise<RunStep[]>;
  /** Whether the process that has a run lives. */
  readonly isAlive: (executor: string) => Promise<boolean>;
  /** Gives the run back to the queue: what its steps answered stays, the one that failed is done again. */
  readonly resume: (run: KnownRun) => Promise<void>;
  readonly close: () => Promise<void>;
}

const waitsForPerson: readonly RunState[] = ["ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "CANCELLED"];

/** Whether nothing moves the run but a person. */
export function needsPerson({ state }: Pick<KnownRun, "state">): boolean {
  return waitsForPerson.includes(state);
}

/** What the run is about, by its own id: `send-refund` is about a refund, `pay-out` about a holder in a batch. */
export function businessIdOf({ input }: Pick<KnownRun, "input">): string {
  const names = [
    "refundId",
    "notificationId",
    "orderId",
    "paymentId",
    "provider",
    "day",
    "batch",
    "holder",
    "reference",
  ];
  return names.flatMap((name) => (input[name] === undefined ? [] : [input[name]])).join(" ");
}
