import { backOffMs } from "../back-off.ts";
import { tradingCurrency } from "../cart-pricing.ts";
import type { DurableRun, Workflow } from "../durable-run.ts";
import { accounts } from "../ledger/movements.ts";
import { netting } from "../ledger/release.ts";
import {
  isOpenPayout,
  leastPayoutMinor,
  type Payout,
  type PayoutProvider,
  payableAccountOf,
  receivableAccountOf,
} from "../payout.ts";
import type { Transaction } from "../ports.ts";
import { requireProvider } from "./pay-out-batch.ts";
import { type PayoutAnswer, type PayoutDependencies, recordPayout } from "./pay-out-record.ts";

type Input = Readonly<Record<string, string>>;

// A run that took a payout up asks for about twenty minutes; the next batch takes it up again.
const mostAttemptsTakenUp = 25;

type Balances = Awaited<ReturnType<Transaction["transfers"]["lockBalances"]>>;

/** The accounts that decide what a holder is paid: what they are owed, and for a shop or a courier what it owes. */
function accountsOf(holder: string): { readonly payable: string; readonly receivable: string | null } {
  return { payable: payableAccountOf(holder), receivable: receivableAccountOf(holder) };
}

/** Takes what a holder owes off what they are owed; answers what can be paid now. Needs the lock of the accounts. */
async function net(tx: Transaction, holder: string, batch: string, balances: Balances, at: Date): Promise<bigint> {
  const { payable, receivable } = accountsOf(holder);
  const owed = balances.get(payable);
  const availableMinor = -(owed?.balanceMinor ?? 0n) - (owed?.pendingDebitMinor ?? 0n);
  const owingMinor = receivable === null ? 0n : (balances.get(receivable)?.balanceMinor ?? 0n);
  const nettedMinor = owingMinor < availableMinor ? owingMinor : availableMinor;
  if (receivable === null || nettedMinor <= 0n) return availableMinor;
  const amount = { amountMinor: nettedMinor, currency: tradingCurrency };
  await tx.ledger.post(netting(`${batch} ${holder}`, payable, receivable, amount), at);
  return availableMinor - nettedMinor;
}

/** The payout, when it is still open. */
async function goOn(tx: Transaction, payoutId: string): Promise<Payout | null> {
  const payout = await tx.payouts.load(payoutId);
  return payout !== null && isOpenPayout(payout) ? payout : null;
}

/**
 * The workflow `pay-out` { batch, holder, attempt? }: sends a holder all that is owed to them, once a batch. The money is
 * promised in the ledger before the bank is asked, posted when the bank says that it sent it, given up when it refuses. No
 * answer is UNKNOWN: the bank is asked for the status under the same reference, with back-off, and only a transfer that it
 * does not know is sent again, under the same reference. A refusal to send it again is no answer either.
 *
 * { payoutId, takenUpBy, attempt? }: goes on with a payout that is open, whatever became of the run that began it.
 */
export function createPayOut(dependencies: PayoutDependencies): Workflow {
  const { transactions, work, clock, newId } = dependencies;

  async function request(tx: Transaction, holder: string, batch: string): Promise<Payout | null> {
    const at = clock();
    const account = await tx.payouts.accountOf(holder);
    if (account === null) return null;
    const { payable, receivable } = accountsOf(holder);
    const codes = receivable === null ? [payable] : [payable, receivable];
    const balances = await tx.transfers.lockBalances(codes, tradingCurrency);
    // Under the lock: of two runs at once, the second finds what the first requested.
    const earlier = await tx.payouts.find(holder, batch);
    if (earlier !== null) return isOpenPayout(earlier) ? earlier : null;
    const payableMinor = await net(tx, holder, batch, balances, at);
    if (payableMinor < leastPayoutMinor) return null;
    const amount = { amountMinor: payableMinor, currency: tradingCurrency };
    const payout: Payout = { id: newId(), holder, batch, status: "REQUESTED", amount, account, createdAt: at };
    await tx.payouts.insert(payout);
    await tx.transfers.begin(
      {
        id: payout.id,
        kind: "payout",
        debitAccount: payable,
        creditAccount: accounts.bankEscrow,
        amount,
        expiresAt: null,
      },
      at,
    );
    return payout;
  }

  /** Inside the step, so that a step that is done again after a crash is known to be a repetition. */
  async function send(provider: PayoutProvider, payout: Payout): Promise<PayoutAnswer> {
    const turn = await transactions.runInTransaction((tx) => tx.payouts.markSent(payout.id, clock()));
    // By people who were told by the bank that it was not sent, say: it will go out with another batch, under another id.
    if (turn === "over") return { outcome: { kind: "unknown", reason: "it was ended meanwhile" }, isRepetition: true };
    return { outcome: await provider.pay(payout), isRepetition: turn === "again" };
  }

  async function ask(run: DurableRun, provider: PayoutProvider, payout: Payout, isNew: boolean): Promise<PayoutAnswer> {
    if (isNew) return run.step("send", () => send(provider, payout));
    const outcome = await run.step("ask for the status", () => provider.queryStatus(payout));
    if (outcome.kind !== "not-found") return { outcome, isRepetition: true };
    return run.step("send again", () => send(provider, payout));
  }

  async function askLater(tx: Transaction, { payoutId, takenUpBy, ...input }: Input, attempt: number): Promise<void> {
    const next = String(attempt + 1);
    const delay = { delayMs: backOffMs(attempt) };
    if (payoutId === undefined) {
      const { holder = "", batch = "" } = input;
      await work.startInTx(
        tx,
        "pay-out",
        `pay-out:${batch}:${holder}:${next}`,
        { holder, batch, attempt: next },
        delay,
      );
      return;
    }
    if (attempt >= mostAttemptsTakenUp || takenUpBy === undefined) return;
    const again = { payoutId, takenUpBy, attempt: next };
    await work.startInTx(tx, "pay-out", `pay-out:${payoutId}:${takenUpBy}:${next}`, again, delay);
  }

  return async (run, input) => {
    const { holder = "", batch = "", payoutId } = input;
    const attempt = Number(input.attempt ?? 1);
    const provider = requireProvider(dependencies);
    const payout = await run.tx("request", (tx) =>
      payoutId === undefined ? request(tx, holder, batch) : goOn(tx, payoutId),
    );
    if (payout === null) return;
    const answer = await ask(run, provider, payout, payoutId === undefined && attempt === 1);
    await run.tx("record", async (tx) => {
      if (await recordPayout(dependencies, tx, provider, payout, answer)) await askLater(tx, input, attempt);
    });
  };
}
