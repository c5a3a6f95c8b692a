import { describe, expect, test } from "@jest/globals";
import { newId } from "../../../../../platform/runtime/ids.ts";
import { createPayOut } from "../../../../../subgraphs/commerce/domain/actions/pay-out.ts";
import type { PayoutDependencies } from "../../../../../subgraphs/commerce/domain/actions/pay-out-record.ts";
import { accounts } from "../../../../../subgraphs/commerce/domain/ledger/movements.ts";
import { transactionOf } from "../../../../../subgraphs/commerce/domain/ledger/transaction.ts";
import type { PayoutOutcome } from "../../../../../subgraphs/commerce/domain/payout.ts";
import { Crash, crashingRun } from "../../support/crashing-run.ts";
import { addPayoutAccount } from "../../support/payout-account.ts";
import { useCommerce } from "../../support/test-commerce.ts";

const commerce = useCommerce();
const owedMinor = 5_000_000n;

/** How the bank takes a transfer, call by call; afterwards it takes everything. */
type Taking = "taken" | "taken, no answer" | "not taken, no answer" | "refused";

/** A bank with a book of its own: one transfer under one reference; a repetition is refused, as banks do, whatever became of the first. */
function bankOf(takings: readonly Taking[]) {
  const book = new Map<string, "sent" | "refused">();
  const coming = [...takings];
  const done: PayoutOutcome = { kind: "done", providerReference: "REF" };
  const told = (state: "sent" | "refused"): PayoutOutcome =>
    state === "sent" ? done : { kind: "refused", reason: "no such account" };
  const provider: NonNullable<PayoutDependencies["provider"]> = {
    id: "bank-uji",
    pay: async ({ id }) => {
      if (book.has(id)) return { kind: "refused", reason: "duplicate reference" };
      const taking = coming.shift() ?? "taken";
      if (taking !== "not taken, no answer") book.set(id, taking === "refused" ? "refused" : "sent");
      if (taking.endsWith("no answer")) return { kind: "unknown", reason: "no answer" };
      return told(taking === "refused" ? "refused" : "sent");
    },
    queryStatus: async ({ id }) => {
      const state = book.get(id);
      if (state === undefined) return { kind: "not-found" };
      return state === "sent" ? done : { kind: "failed", reason: "no such account" };
    },
  };
  return { provider, sent: () => [...book.values()].filter((state) => state === "sent").length };
}

let holder: string;

async function statusOf(): Promise<string[]> {
  const { pool } = commerce().parts.database;
  const { rows } = await pool.query("SELECT status::text FROM payout WHERE holder = $1", [holder]);
  return rows.map(({ status }) => status);
}

async function balance(): Promise<{ readonly owed: bigint; readonly promised: bigint }> {
  const code = accounts.sellerPayable(holder.slice("seller:".length));
  const balances = await commerce().parts.store.transactions.runInTransaction((tx) =>
    tx.transfers.lockBalances([code], "IDR"),
  );
  const own = balances.get(code);
  return { owed: -(own?.balanceMinor ?? 0n), promised: own?.pendingDebitMinor ?? 0n };
}

/** A shop that is owed, and was never paid. */
async function newHolder(): Promise<void> {
  const shopId = newId();
  holder = `seller:${shopId}`;
  await addPayoutAccount(commerce().database, holder);
  const entry = (account: string, amountMinor: bigint) => ({ account, amountMinor, currency: "IDR" });
  const entries = [
    entry(accounts.sellerPayable(shopId), -owedMinor),
    entry(accounts.providerClearing("bank-uji"), owedMinor),
  ];
  await commerce().parts.store.transactions.runInTransaction((tx) =>
    tx.ledger.post(transactionOf("release", newId(), entries), new Date()),
  );
}

/** Runs it, crashed once at a place of an attempt, and all other attempts without a crash. Answers the place, if it came by it. */
async function payOutWithCrash(
  provider: PayoutDependencies["provider"],
  attempt: number,
  crashAt: number,
): Promise<string | null> {
  const { work, clock, store } = commerce().parts;
  const payOut = createPayOut({ transactions: store.transactions, work, provider, clock, newId });
  let place: string | null = null;
  for (let turn = 1; turn <= 6; turn += 1) {
    const run = crashingRun(commerce());
    const input = { batch: "d1", holder, attempt: String(turn) };
    try {
      await payOut(run.from(turn === attempt ? crashAt : -1), input);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      place = error.message;
      await payOut(run.from(-1), input);
    }
  }
  return place;
}

describe("a payout that is crashed once, at any place of its first or second attempt", () => {
  const begin = ["request: before commit", "request: recorded"];
  const send = ["send: done, not recorded", "send: recorded"];
  const ask = ["ask for the status: done, not recorded", "ask for the status: recorded"];
  const again = ["send again: done, not recorded", "send again: recorded"];
  const record = ["record: before commit", "record: recorded"];
  test.each<[string, readonly Taking[], boolean, string[][]]>([
    ["takes it", [], true, [begin, send, record, begin]],
    ["takes it and does not answer", ["taken, no answer"], true, [begin, send, record, begin, ask, record]],
    [
      "does not take it and does not answer, twice",
      ["not taken, no answer", "not taken, no answer"],
      true,
      [begin, send, record, begin, ask, again, record],
    ],
    ["refuses it", ["refused"], false, [begin, send, record, begin]],
  ])(
    "by a bank that %s, moves the money once or not at all, and the ledger says which",
    async (_what, takings, isTaken, places) => {
      const crashed: string[] = [];
      const paid = { sent: 1, owed: 0n, promised: 0n, status: ["PAID"] };
      const kept = { sent: 0, owed: owedMinor, promised: 0n, status: ["FAILED"] };
      for (const attempt of [1, 2]) {
        let isCrashed = true;
        for (let crashAt = 0; isCrashed; crashAt += 1) {
          await newHolder();
          const bank = bankOf(takings);
          const place = await payOutWithCrash(bank.provider, attempt, crashAt);
          isCrashed = place !== null;
          const seen = { sent: bank.sent(), ...(await balance()), status: await statusOf() };
          expect(seen).toEqual(isTaken ? paid : kept);
          if (place !== null) crashed.push(place);
        }
      }
      expect(crashed).toEqual(places.flat());
    },
  );
});
