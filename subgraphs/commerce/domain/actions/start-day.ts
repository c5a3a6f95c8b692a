import { addSeconds } from "../../../../platform/values/instants.ts";
import type { DurableWork, Transactions } from "../ports.ts";

/** What starting the work of a day needs. */
export interface DayDependencies {
  readonly transactions: Transactions;
  readonly work: DurableWork;
}

const jakartaSeconds = 7 * 3_600;
// In the small hours of Jakarta, when banks have closed their day.
const closeAfterMs = 15 * 60_000;
const payAfterMs = 2 * 3_600_000;

/** The day that it is in Jakarta, as `2026-11-25`. */
export function dayInJakarta(at: Date): string {
  return addSeconds(at, jakartaSeconds).toISOString().slice(0, 10);
}

function startOf(day: string): number {
  return Date.parse(`${day}T00:00:00+07:00`);
}

/**
 * Starts what today brings, each once however often and by how many it is started: the ledger's closing at 0.15, the payouts
 * at 2.00 Jakarta time, or at once when it is later.
 */
export async function startDay({ transactions, work }: DayDependencies, now: Date): Promise<string> {
  const day = dayInJakarta(now);
  const delayOf = (afterMs: number) => ({ delayMs: Math.max(startOf(day) + afterMs - now.getTime(), 0) });
  await transactions.runInTransaction(async (tx) => {
    await work.startInTx(tx, "close-ledger-day", `close-ledger-day:${day}`, { day }, delayOf(closeAfterMs));
    await work.startInTx(tx, "pay-out-batch", `pay-out-batch:${day}`, { batch: day }, delayOf(payAfterMs));
  });
  return day;
}
