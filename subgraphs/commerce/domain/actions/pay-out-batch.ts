import { isPast } from "../../../../platform/values/instants.ts";
import { NeedsAttentionError, type Workflow } from "../durable-run.ts";
import type { PayoutProvider } from "../payout.ts";
import type { Transaction } from "../ports.ts";
import { keepUnknown, type PayoutDependencies } from "./pay-out-record.ts";

const runsPerTransaction = 200;
// The bank has been asked for so long: somebody is told.
const quietMs = 3_600_000;

/** Who pays. @throws NeedsAttentionError when no account to pay from is configured: nothing may be promised then. */
export function requireProvider({ provider }: Pick<PayoutDependencies, "provider">): PayoutProvider {
  if (provider !== null) return provider;
  throw new NeedsAttentionError(
    "COMMERCE_PROVIDERS_FILE: bank-cendana: needs transfer, the account that payouts come from; add it, start the worker " +
      "again, then `npm run payouts:start` with a new batch's name",
  );
}

/**
 * The workflow `pay-out-batch` { batch, after?, only?, openAfter? }: takes up every payout that is open, by a run of its own,
 * whatever became of the run that began it; then starts a `pay-out` for everybody who has a bank account, some hundred a run.
 * `only: "open"` does the first alone.
 */
export function createPayOutBatch(dependencies: PayoutDependencies): Workflow {
  const { work, clock } = dependencies;

  async function takeUp(tx: Transaction, provider: PayoutProvider, runId: string, batch: string, after: string | null) {
    const at = clock();
    const open = await tx.payouts.openAfter(after, runsPerTransaction);
    for (const payout of open) {
      const input = { payoutId: payout.id, takenUpBy: runId };
      await work.startInTx(tx, "pay-out", `pay-out:${payout.id}:${runId}`, input);
      if (!isPast(new Date(payout.createdAt.getTime() + quietMs), at)) continue;
      await keepUnknown(dependencies, tx, provider, payout, "it is not known what became of it");
    }
    const last = open.at(-1);
    if (last === undefined || open.length < runsPerTransaction) return;
    const next = { batch, only: "open", openAfter: last.id };
    await work.startInTx(tx, "pay-out-batch", `${runId}:open:${last.id}`, next);
  }

  async function startHolders(tx: Transaction, batch: string, after: string): Promise<void> {
    const holders = await tx.payouts.holdersAfter(after, runsPerTransaction);
    for (const holder of holders) {
      await work.startInTx(tx, "pay-out", `pay-out:${batch}:${holder}`, { batch, holder });
    }
    const last = holders.at(-1);
    if (last === undefined || holders.length < runsPerTransaction) return;
    await work.startInTx(tx, "pay-out-batch", `pay-out-batch:${batch}:${last}`, { batch, after: last });
  }

  return async (run, { batch = "", after = "", only, openAfter = null }) => {
    const provider = requireProvider(dependencies);
    if (after === "") await run.tx("take up open payouts", (tx) => takeUp(tx, provider, run.id, batch, openAfter));
    if (only === undefined) await run.tx("start payouts", (tx) => startHolders(tx, batch, after));
  };
}
