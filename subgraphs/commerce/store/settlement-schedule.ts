import type { Logger } from "../../../platform/runtime/logger.ts";
import type { Clock } from "../../../platform/values/instants.ts";
import type { DurableWork, Transactions } from "../domain/ports.ts";
import type { SettlementBook } from "../domain/settlement.ts";

const everyMs = 5 * 60_000;
const daysBack = 7;
// As far as `unsettledUntil` looks back: what is older is an open exception already.
const mostDaysBack = 60;
const jakartaOffsetMs = 7 * 3_600_000;
const dayMs = 86_400_000;

/** The last days in Jakarta that are over, the newest first, `2026-11-25`. */
function pastDays(now: Date, count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    new Date(now.getTime() + jakartaOffsetMs - (index + 1) * dayMs).toISOString().slice(0, 10),
  );
}

/**
 * The days whose files are asked for: the last seven that are over, and after a longer outage all since the last one that was
 * taken, the newest first.
 */
export function dueDays(now: Date, lastTaken: string | null): string[] {
  const recent = pastDays(now, daysBack);
  if (lastTaken === null) return recent;
  const missed = pastDays(now, mostDaysBack).filter((day) => day > lastTaken);
  return missed.length > recent.length ? missed : recent;
}

/** What the schedule needs. */
export interface ScheduleSettings {
  readonly providers: readonly string[];
  readonly book: Pick<SettlementBook, "lastPostedDay">;
  readonly transactions: Transactions;
  readonly work: DurableWork;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Starts the reconciliation of each provider and each day that is over and was not taken yet, again and again until it is
 * stopped; answers how to stop it. A day's run has one id, so it starts once whoever asks, and what it has to wait for it
 * waits for durably: this only notices that a day is over.
 */
export function keepReconciling({ providers, book, transactions, work, clock, logger }: ScheduleSettings): () => void {
  async function start(): Promise<void> {
    await transactions.runInTransaction(async (tx) => {
      for (const provider of providers) {
        for (const day of dueDays(clock(), await book.lastPostedDay(tx, provider))) {
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
