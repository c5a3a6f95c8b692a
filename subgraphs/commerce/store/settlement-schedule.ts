import type { Logger } from "../../../platform/runtime/logger.ts";
import type { Clock } from "../../../platform/values/instants.ts";
import type { DurableWork, Transactions } from "../domain/ports.ts";

const everyMs = 5 * 60_000;
const daysBack = 7;
const jakartaOffsetMs = 7 * 3_600_000;
const dayMs = 86_400_000;

/** The last days in Jakarta that are over, the newest first, `2026-11-25`. */
export function pastDays(now: Date, count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    new Date(now.getTime() + jakartaOffsetMs - (index + 1) * dayMs).toISOString().slice(0, 10),
  );
}

/** What the schedule needs. */
export interface ScheduleSettings {
  readonly providers: readonly string[];
  readonly transactions: Transactions;
  readonly work: DurableWork;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Starts the reconciliation of each provider and each day that is over, the last seven at most, again and again until it is
 * stopped; answers how to stop it. A day's run has one id, so it starts once whoever asks, and what it has to wait for it
 * waits for durably: this only notices that a day is over.
 */
export function keepReconciling({ providers, transactions, work, clock, logger }: ScheduleSettings): () => void {
  async function start(): Promise<void> {
    const days = pastDays(clock(), daysBack);
    await transactions.runInTransaction(async (tx) => {
      for (const provider of providers) {
        for (const day of days) {
          const id = `reconcile-settlement:${provider}:${day}`;
          await work.startInTx(tx, "reconcile-settlement", id, { provider, day });
        }
      }
    });
  }
  const attempt = () =>
    void start().catch((error: unknown) =>
      logger.warn({ err: error }, "reconciliations could not be started; trying again later"),
    );
  attempt();
  const timer = setInterval(attempt, everyMs);
  return () => clearInterval(timer);
}
