import { afterAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { newId } from "../../../../platform/runtime/ids.ts";
import { transactionOf } from "../../../../subgraphs/commerce/domain/ledger/transaction.ts";
import type { Transaction } from "../../../../subgraphs/commerce/domain/ports.ts";
import { rounds } from "../../../support/rounds.ts";
import { useCommerce } from "../support/test-commerce.ts";

const commerce = useCommerce();
const at = new Date("2026-11-25T03:00:00Z");

// The seed is fixed, so that a failure is the change's; search with others by LEDGER_HISTORY_SEED, longer by LEDGER_HISTORY_RUNS.
const seed = Number(process.env.LEDGER_HISTORY_SEED ?? 20_261_125);
const numRuns = Number(process.env.LEDGER_HISTORY_RUNS ?? rounds(8, 40));
let acts = 0;

afterAll(() => {
  process.stdout.write(`ledger histories: seed ${seed}, ${numRuns} histories, ${acts} acts\n`);
});

const account = fc.nat(4);
const amount = fc.bigInt({ min: 1n, max: 10n ** 12n });
const act = fc.oneof(
  fc.record({ kind: fc.constant("post" as const), from: account, to: account, amount }),
  fc.record({ kind: fc.constant("begin" as const), from: account, to: account, amount }),
  fc.record({ kind: fc.constant("resolve" as const), which: fc.nat(), permille: fc.nat(1_000), again: fc.boolean() }),
  fc.record({ kind: fc.constant("snapshot" as const) }),
);
type Act = typeof act extends fc.Arbitrary<infer Value> ? Value : never;

interface Pending {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly amount: bigint;
}

function run<Value>(work: (tx: Transaction) => Promise<Value>): Promise<Value> {
  return commerce().parts.store.transactions.runInTransaction(work);
}

/** Carries a history out, several at once where that must not matter, and keeps books of its own beside it. */
async function carryOut(codes: readonly string[], history: readonly Act[]) {
  const balances = codes.map(() => 0n);
  const pending: Pending[] = [];
  const move = (from: number, to: number, moved: bigint): void => {
    balances[from] = (balances[from] ?? 0n) + moved;
    balances[to] = (balances[to] ?? 0n) - moved;
  };
  for (const one of history) {
    acts += 1;
    if (one.kind === "snapshot") await commerce().parts.store.takeLedgerSnapshot(at);
    else if (one.kind === "resolve") {
      const found = pending.splice(pending.length === 0 ? 0 : one.which % pending.length, 1)[0];
      if (found === undefined) continue;
      const posted = (found.amount * BigInt(one.permille)) / 1_000n;
      const resolution =
        posted === 0n ? ({ outcome: "VOIDED" } as const) : ({ outcome: "POSTED", amountMinor: posted } as const);
      const resolve = () => run((tx) => tx.transfers.resolve(found.id, resolution, at));
      await Promise.all(one.again ? [resolve(), resolve(), resolve()] : [resolve()]);
      move(found.from, found.to, posted);
    } else if (one.from !== one.to) {
      const { from, to } = one;
      const id = newId();
      const [debitAccount = "", creditAccount = ""] = [codes[from], codes[to]];
      if (one.kind === "post") {
        const entries = [
          { account: debitAccount, amountMinor: one.amount, currency: "IDR" },
          { account: creditAccount, amountMinor: -one.amount, currency: "IDR" },
        ];
        const post = () => run((tx) => tx.ledger.post(transactionOf("capture", id, entries), at));
        await Promise.all([post(), post()]);
        move(from, to, one.amount);
        continue;
      }
      const money = { amountMinor: one.amount, currency: "IDR" };
      const transfer = { id, kind: "payout", debitAccount, creditAccount, amount: money, expiresAt: null } as const;
      await Promise.all([1, 2].map(() => run((tx) => tx.transfers.begin(transfer, at))));
      pending.push({ id, from, to, amount: one.amount });
    }
  }
  return { balances, pending };
}

test(
  "any history of postings, promises, resolutions and snapshots, each of them repeated, leaves the books as a clerk would keep them",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 16, size: "max" }), async (history) => {
        const name = newId();
        const codes = [0, 1, 2, 3, 4].map((n) => `provider_clearing:${name}-${n}`);
        const { balances, pending } = await carryOut(codes, history);
        const kept = await run((tx) => tx.transfers.lockBalances(codes, "IDR"));
        const sumOf = (chosen: readonly Pending[]) => chosen.reduce((total, one) => total + one.amount, 0n);
        expect(codes.map((code) => kept.get(code))).toEqual(
          codes.map((_, n) => ({
            balanceMinor: balances[n],
            pendingDebitMinor: sumOf(pending.filter(({ from }) => from === n)),
            pendingCreditMinor: sumOf(pending.filter(({ to }) => to === n)),
          })),
        );
      }),
      { seed, numRuns, endOnFailure: true },
    );
    expect(await commerce().parts.store.ledger.audit()).toMatchObject({
      unbalancedTransactions: [],
      isSumZero: true,
      snapshotMismatches: [],
      transferFaults: [],
      strayAccounts: [],
    });
  },
  120_000 + numRuns * 20_000,
);
