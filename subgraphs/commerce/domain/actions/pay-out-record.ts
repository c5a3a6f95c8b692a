import type { NewId } from "../../../../platform/values/ids.ts";
import type { Clock } from "../../../../platform/values/instants.ts";
import type { Payout, PayoutOutcome, PayoutProvider, PayoutStatusAnswer } from "../payout.ts";
import type { DurableWork, Transaction, Transactions } from "../ports.ts";

/** What paying out needs. */
export interface PayoutDependencies {
  readonly transactions: Transactions;
  readonly work: DurableWork;
  /** Null: no account to pay from is configured, and nothing is promised. */
  readonly provider: PayoutProvider | null;
  readonly clock: Clock;
  readonly newId: NewId;
}

/** What a bank said of a payout. */
export interface PayoutAnswer {
  readonly outcome: PayoutOutcome | PayoutStatusAnswer;
  /** Whether the bank had been told to send it before: then a refusal to send it says nothing of the first time. */
  readonly isRepetition: boolean;
}

/** Ends a payout that is open, and its promise with it; answers false when it had ended before. */
export async function endPayout(
  tx: Transaction,
  { id, amount: { amountMinor } }: Payout,
  status: "PAID" | "FAILED",
  detail: { readonly providerReference: string | null; readonly reason: string | null },
  at: Date,
): Promise<boolean> {
  if (!(await tx.payouts.settle(id, status, detail, at))) return false;
  const resolution =
    status === "PAID" ? ({ outcome: "POSTED", amountMinor } as const) : ({ outcome: "VOIDED" } as const);
  await tx.transfers.resolve(id, resolution, at);
  return true;
}

/** Says that a person must ask the bank what became of a payout. */
export async function keepUnknown(
  { clock }: Pick<PayoutDependencies, "clock">,
  tx: Transaction,
  provider: PayoutProvider,
  { id, holder, amount }: Payout,
  because: string,
): Promise<void> {
  await tx.exceptions.open(
    {
      provider: provider.id,
      kind: "PAYOUT_UNKNOWN",
      reference: id,
      paymentId: null,
      expectedMinor: amount.amountMinor,
      reportedMinor: null,
      currency: amount.currency,
      detail: `payout to ${holder}: ${because}; ask the bank under this reference, it is asked for the status meanwhile`,
    },
    clock(),
  );
}

/**
 * Writes down what a bank said of a payout: sent, the promise is posted; failed, or refused the first time it was told to send
 * it, given up. Answers true when it is not known: the bank is to be asked again.
 */
export async function recordPayout(
  dependencies: PayoutDependencies,
  tx: Transaction,
  provider: PayoutProvider,
  payout: Payout,
  { outcome, isRepetition }: PayoutAnswer,
): Promise<boolean> {
  const { clock } = dependencies;
  const at = clock();
  const name = { provider: provider.id, kind: "PAYOUT_UNKNOWN", reference: payout.id } as const;
  if (outcome.kind === "done") {
    const detail = { providerReference: outcome.providerReference, reason: null };
    if (await endPayout(tx, payout, "PAID", detail, at)) {
      await tx.exceptions.close(name, "the bank says that it was sent");
    }
    return false;
  }
  if (outcome.kind === "failed" || (outcome.kind === "refused" && !isRepetition)) {
    const detail = { providerReference: null, reason: outcome.reason };
    if (await endPayout(tx, payout, "FAILED", detail, at)) {
      await tx.exceptions.close(name, "the bank says that it was not sent");
    }
    return false;
  }
  const reason = outcome.kind === "unknown" || outcome.kind === "refused" ? outcome.reason : outcome.kind;
  if (!(await tx.payouts.settle(payout.id, "UNKNOWN", { providerReference: null, reason }, at))) return false;
  if (outcome.kind === "refused") {
    await keepUnknown(
      dependencies,
      tx,
      provider,
      payout,
      `sent again it was refused, the first time may have moved: ${reason}`,
    );
  }
  return true;
}
