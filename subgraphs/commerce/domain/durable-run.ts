import type { Transaction } from "./ports.ts";

/**
 * One run of a durable workflow. After a crash another process runs the workflow again from its start: what a step or a
 * transaction answered before is answered again without doing it. So their order and names must not depend on anything else.
 * Results are recorded as JSON; instants and big integers in them are kept.
 */
export interface DurableRun {
  readonly id: string;
  /** Does something outside, at least once; its result is recorded afterwards. */
  readonly step: <Value>(name: string, work: () => Promise<Value>) => Promise<Value>;
  /** Runs a transaction exactly once: the record of its result is committed with it. */
  readonly tx: <Value>(name: string, work: (tx: Transaction) => Promise<Value>) => Promise<Value>;
  /** Does steps at once; waits for all of them, then fails with the first failure. */
  readonly all: <Value>(steps: readonly (() => Promise<Value>)[]) => Promise<Value[]>;
}

/** A durable workflow. It lasts seconds: to wait, it starts another one with a delay and ends. */
export type Workflow = (run: DurableRun, input: Readonly<Record<string, string>>) => Promise<void>;

/** Repeating does not help; a person must look. The engine does not run the workflow again and counts it as failed. */
export class NeedsAttentionError extends Error {
  override readonly name = "NeedsAttentionError";
}
