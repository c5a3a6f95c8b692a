import type { NewId } from "../../../../platform/values/ids.ts";
import type { Clock } from "../../../../platform/values/instants.ts";
import { backOffMs } from "../back-off.ts";
import { tradingCurrency } from "../cart-pricing.ts";
import type { DurableRun, Workflow } from "../durable-run.ts";
import { accounts } from "../ledger/movements.ts";
import { netting } from "../ledger/release.ts";
import {
  leastPayoutMinor,
  type Payout,
  type PayoutOutcome,
  type PayoutProvider,
  type PayoutStatusAnswer,
  payableAccountOf,
  shopOf,
} from "../payout.ts";
import type { DurableWork, Transaction } from "../ports.ts";

/** What paying out needs. */
export interface PayoutDependencies {
  readonly work: DurableWork;
  readonly provider: PayoutProvider;
  readonly clock: Clock;
  readonly newId: NewId;
}

const holdersPerRun = 200;

/**
 * The workflow `pay-out-batch` { batch, after? }: starts a `pay-out` for everybody who has a bank account, some hundred a run.
 */
export function createPayOutBatch({ work }: Pick<PayoutDependencies, "work">): Workflow {
  return async (run, { batch = "", after = "" }) => {
    await run.tx("start payouts", async (tx) => {
      const holders = await tx.payouts.holdersAfter(after, holdersPerRun);
      for (const holder of holders) {
        await work.startInTx(tx, "pay-out", `pay-out:${batch}:${holder}`, { batch, holder });
      }
      const last = holders.at(-1);
      if (last === undefined || holders.length < holdersPerRun) return;
      await work.startInTx(tx, "pay-out-batch", `pay-out-batch:${batch}:${last}`, { batch, after: last });
    });
  };
}

type Balances = Awaited<ReturnType<Transaction["transfers"]["lockBalances"]>>;

/** The accounts that decide what a holder is paid: what they are owed, and for a shop what it owes. */
function accountsOf(holder: string): { readonly payable: string; readonly receivable: string | null } {
  const shopId = shopOf(holder);
  const receivable = shopId === null ? null : accounts.sellerReceivable(shopId);
  return { payable: payableAccountOf(holder), receivable };
}

/** Takes what a shop owes off what it is owed; answers what can be paid now. Needs the lock of the accounts. */
async function net(tx: Transaction, holder: string, batch: string, balances: Balances, at: Date): Promise<bigint> {
  const { payable, receivable } = accountsOf(holder);
  const owed = balances.get(payable);
  const availableMinor = -(owed?.balanceMinor ?? 0n) - (owed?.pendingDebitMinor ?? 0n);
  const owingMinor = receivable === null ? 0n : (balances.get(receivable)?.balanceMinor ?? 0n);
  const nettedMinor = owingMinor < availableMinor ? owingMinor : availableMinor;
  const shopId = shopOf(holder);
  if (shopId === null || nettedMinor <= 0n) return availableMinor;
  const amount = { amountMinor: nettedMinor, currency: tradingCurrency };
  await tx.ledger.post(netting(`${batch} ${holder}`, shopId, amount), at);
  return availableMinor - nettedMinor;
}

/**
 * The workflow `pay-out` { batch, holder, attempt? }: sends a holder all that is owed to them, once a batch. The money is
 * promised in the ledger before the bank is asked, posted when the bank says that it sent it, given up when it refuses. No
 * answer is UNKNOWN: the bank is asked for the status under the same reference, with back-off, and only a transfer that it
 * does not know is sent again, under the same reference.
 */
export function createPayOut({ work, provider, clock, newId }: PayoutDependencies): Workflow {
  async function request(tx: Transaction, holder: string, batch: string): Promise<Payout | null> {
    const at = clock();
    const account = await tx.payouts.accountOf(holder);
    if (account === null) return null;
    const { payable, receivable } = accountsOf(holder);
    const codes = receivable === null ? [payable] : [payable, receivable];
    const balances = await tx.transfers.lockBalances(codes, tradingCurrency);
    // Under the lock: of two runs at once, the second finds what the first requested.
    const earlier = await tx.payouts.find(holder, batch);
    if (earlier !== null) return isOpen(earlier) ? earlier : null;
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

  async function record(
    tx: Transaction,
    payout: Payout,
    outcome: PayoutOutcome | PayoutStatusAnswer,
    attempt: number,
  ): Promise<void> {
    const at = clock();
    if (outcome.kind === "done") {
      const detail = { providerReference: outcome.providerReference, reason: null };
      if (!(await tx.payouts.settle(payout.id, "PAID", detail, at))) return;
      await tx.transfers.resolve(payout.id, { outcome: "POSTED", amountMinor: payout.amount.amountMinor }, at);
      return;
    }
    if (outcome.kind === "refused" || outcome.kind === "failed") {
      const detail = { providerReference: null, reason: outcome.reason };
      if (!(await tx.payouts.settle(payout.id, "FAILED", detail, at))) return;
      await tx.transfers.resolve(payout.id, { outcome: "VOIDED" }, at);
      return;
    }
    const reason = outcome.kind === "unknown" ? outcome.reason : outcome.kind;
    await tx.payouts.settle(payout.id, "UNKNOWN", { providerReference: null, reason }, at);
    const { holder, batch } = payout;
    const next = { holder, batch, attempt: String(attempt + 1) };
    const id = `pay-out:${batch}:${holder}:${attempt + 1}`;
    await work.startInTx(tx, "pay-out", id, next, { delayMs: backOffMs(attempt) });
  }

  async function ask(run: DurableRun, payout: Payout, attempt: number): Promise<PayoutOutcome | PayoutStatusAnswer> {
    if (attempt === 1) return run.step("send", () => provider.pay(payout));
    const answer = await run.step("ask for the status", () => provider.queryStatus(payout));
    return answer.kind === "not-found" ? run.step("send again", () => provider.pay(payout)) : answer;
  }

  return async (run, input) => {
    const { holder = "", batch = "" } = input;
    const attempt = Number(input.attempt ?? 1);
    const payout = await run.tx("request", (tx) => request(tx, holder, batch));
    if (payout === null) return;
    const outcome = await ask(run, payout, attempt);
    await run.tx("record", (tx) => record(tx, payout, outcome, attempt));
  };
}

function isOpen({ status }: Payout): boolean {
  return status === "REQUESTED" || status === "UNKNOWN";
}
