import type { Clock } from "../../../../platform/values/instants.ts";
import type { Workflow } from "../durable-run.ts";

/** What closing a day of the ledger needs. */
export interface CloseDependencies {
  readonly clock: Clock;
  /** Keeps the balances of now; answers nothing that the workflow needs. */
  readonly takeSnapshot: (at: Date) => Promise<unknown>;
}

const mostAtOnce = 500;

/**
 * The workflow `close-ledger-day` { day }: gives up promised transfers whose time is over, then keeps the balances, so that
 * reading them tomorrow sums up a day.
 */
export function createCloseLedgerDay({ clock, takeSnapshot }: CloseDependencies): Workflow {
  return async (run) => {
    for (let round = 1; ; round += 1) {
      const expired = await run.tx(`expire ${round}`, async (tx) => {
        const at = clock();
        const overdue = await tx.transfers.overdue(at, mostAtOnce);
        for (const id of overdue) await tx.transfers.resolve(id, { outcome: "EXPIRED" }, at);
        return overdue.length;
      });
      if (expired < mostAtOnce) break;
    }
    await run.step("take a snapshot", async () => {
      await takeSnapshot(clock());
      return null;
    });
  };
}
