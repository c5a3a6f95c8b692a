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

/** A payout that was given up, of which the bank now says that it was sent: its money may go out twice. */
async function tellSentAfterAll(
  { clock }: Pick<PayoutDependencies, "clock">,
  tx: Transaction,
  provider: PayoutProvider,
  { id, holder, amount }: Payout,
): Promise<void> {
  const ended = await tx.payouts.load(id);
  if (ended?.status !== "FAILED") return;
  await tx.exceptions.open(
    {
      provider: provider.id,
      kind: "PAYOUT_SENT_AFTER_ALL",
      reference: id,
      paymentId: null,
      expectedMinor: 0n,
      reportedMinor: amount.amountMinor,
      currency: amount.currency,
      detail: `payout to ${holder} was given up, and the bank says that it was sent: post it, and hold it against what was paid since`,
    },
    clock(),
  );
}

async function recordSent(
  dependencies: PayoutDependencies,
  tx: Transaction,
  provider: PayoutProvider,
  payout: Payout,
  providerReference: string | null,
): Promise<void> {
  if (!(await endPayout(tx, payout, "PAID", { providerReference, reason: null }, dependencies.clock()))) {
    await tellSentAfterAll(dependencies, tx, provider, payout);
    return;
  }
  const name = { provider: provider.id, kind: "PAYOUT_UNKNOWN", reference: payout.id } as const;
  await tx.exceptions.close(name, "the bank says that it was sent");
}

/** Gives up a payout that the bank was told to send once and refused; answers false when that is not all that is known of it. */
async function recordRefused(
  tx: Transaction,
  provider: PayoutProvider,
  payout: Payout,
  reason: string,
  at: Date,
): Promise<boolean> {
  const turn = await tx.payouts.refuse(payout.id, reason, at);
  if (turn !== "refused") return turn === "over";
  await tx.transfers.resolve(payout.id, { outcome: "VOIDED" }, at);
  const name = { provider: provider.id, kind: "PAYOUT_UNKNOWN", reference: payout.id } as const;
  await tx.exceptions.close(name, "the bank says that it was not sent");
  return true;
}

/**
 * Writes down what a bank said of a payout: sent, the promise is posted; failed, or refused and never sent again, given up.
 * Answers true when it is not known: the bank is to be asked again.
 */
export async function recordPayout(
  dependencies: PayoutDependencies,
  tx: Transaction,
  provider: PayoutProvider,
  payout: Payout,
  { outcome, isRepetition }: PayoutAnswer,
): Promise<boolean> {
  const at = dependencies.clock();
  if (outcome.kind === "done") {
    await recordSent(dependencies, tx, provider, payout, outcome.providerReference);
    return false;
  }
  if (outcome.kind === "failed") {
    if (await endPayout(tx, payout, "FAILED", { providerReference: null, reason: outcome.reason }, at)) {
      const name = { provider: provider.id, kind: "PAYOUT_UNKNOWN", reference: payout.id } as const;
      await tx.exceptions.close(name, "the bank says that it was not sent");
    }
    return false;
  }
  if (outcome.kind === "refused" && !isRepetition && (await recordRefused(tx, provider, payout, outcome.reason, at))) {
    return false;
  }
  const reason = outcome.kind === "unknown" || outcome.kind === "refused" ? outcome.reason : outcome.kind;
  if (!(await tx.payouts.settle(payout.id, "UNKNOWN", { providerReference: null, reason }, at))) return false;
  if (outcome.kind === "refused") {
    const because = `sent again it was refused, another time may have moved: ${reason}`;
    await keepUnknown(dependencies, tx, provider, payout, because);
  }
  return true;
}
