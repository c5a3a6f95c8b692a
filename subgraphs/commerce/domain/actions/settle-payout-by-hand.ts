import { toDecimal } from "../../../../platform/values/money.ts";
import { OperatorRefusal, type People } from "../operator-act.ts";
import { isOpenPayout } from "../payout.ts";
import type { Transaction } from "../ports.ts";
import { endPayout } from "./pay-out-record.ts";
import type { HandDependencies } from "./post-by-hand.ts";

/** What people were told by the bank about a payout of which its status says nothing. */
export interface PayoutVerdict {
  readonly wasSent: boolean;
  /** Where that stands: the bank's number of the transfer, or of its answer. */
  readonly reference: string;
}

/**
 * Ends a payout of which the bank's status never says what became of it, in the caller's transaction: sent, its promise is
 * posted; not sent, it is given up and the money goes with the next batch. Closes its exception. The same verdict again changes
 * nothing. @throws OperatorRefusal when it has ended otherwise.
 */
export async function settlePayoutByHand(
  { acts, exceptions, clock }: Pick<HandDependencies, "acts" | "exceptions" | "clock">,
  tx: Transaction,
  payoutId: string,
  { wasSent, reference }: PayoutVerdict,
  people: People,
): Promise<object> {
  const payout = await tx.payouts.load(payoutId);
  if (payout === null) throw new OperatorRefusal(`there is no payout ${payoutId}`);
  const status = wasSent ? "PAID" : "FAILED";
  const answer = { payout: payoutId, amount: toDecimal(payout.amount.amountMinor), status };
  if (payout.status === status) return { ...answer, done: "before" };
  if (!isOpenPayout(payout)) {
    throw new OperatorRefusal(`payout ${payoutId} is ${payout.status}: \`operate post\` a correction if that is wrong`);
  }
  const detail = { providerReference: wasSent ? reference : null, reason: wasSent ? null : `by hand: ${reference}` };
  if (!(await endPayout(tx, payout, status, detail, clock()))) {
    throw new OperatorRefusal(`the bank has just said what became of payout ${payoutId}: look again`);
  }
  await acts.append(tx, { ...people, kind: "PAYOUT_SETTLED", subject: payoutId, outcome: status, note: reference });
  const open = await exceptions.findOpen(tx, { kind: "PAYOUT_UNKNOWN", reference: payoutId });
  if (open !== null) await exceptions.closeByHand(tx, open.id, people, `${status} by hand: ${reference}`, null);
  return { ...answer, done: "now" };
}
