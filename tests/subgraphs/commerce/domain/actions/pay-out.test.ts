import { beforeEach, describe, expect, test } from "@jest/globals";
import { newId } from "../../../../../platform/runtime/ids.ts";
import { createPayOut } from "../../../../../subgraphs/commerce/domain/actions/pay-out.ts";
import { createPayOutBatch } from "../../../../../subgraphs/commerce/domain/actions/pay-out-batch.ts";
import type { PayoutDependencies } from "../../../../../subgraphs/commerce/domain/actions/pay-out-record.ts";
import { type DurableRun, NeedsAttentionError } from "../../../../../subgraphs/commerce/domain/durable-run.ts";
import { accounts } from "../../../../../subgraphs/commerce/domain/ledger/movements.ts";
import { transactionOf } from "../../../../../subgraphs/commerce/domain/ledger/transaction.ts";
import type { PayoutOutcome, PayoutStatusAnswer } from "../../../../../subgraphs/commerce/domain/payout.ts";
import { directRun } from "../../support/paid-order.ts";
import { addPayoutAccount } from "../../support/payout-account.ts";
import { useCommerce } from "../../support/test-commerce.ts";

const commerce = useCommerce();
const done: PayoutOutcome = { kind: "done", providerReference: "REF" };
const noFunds: PayoutOutcome = { kind: "refused", reason: "insufficient funds" };

/** What the bank answers, in turn, to `pay` and to `queryStatus`; the references that it was told to send. */
let pays: (PayoutOutcome | Error)[];
let statuses: PayoutStatusAnswer[];
let sent: string[];
let holder: string;

function dependencies(changes: Partial<PayoutDependencies> = {}): PayoutDependencies {
  const { work, clock, store } = commerce().parts;
  const provider: PayoutDependencies["provider"] = {
    id: "bank-uji",
    pay: async ({ id }) => {
      sent.push(id);
      const answer = pays.shift() ?? done;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    queryStatus: async () => statuses.shift() ?? { kind: "not-found" },
  };
  const { transactions } = store;
  return { transactions, work, provider, clock, newId, ...changes };
}

async function sql(text: string, values: unknown[] = []) {
  return (await commerce().parts.database.pool.query(text, values)).rows;
}

const payoutsOf = () =>
  sql("SELECT id, batch, status::text FROM payout WHERE holder = $1 ORDER BY created_at", [holder]);
const exceptionsOf = (id: string) =>
  sql(
    "SELECT kind, owner, expected_minor::text AS minor, closed_at IS NULL AS open FROM money_exception WHERE reference = $1",
    [id],
  );
const payOut = (input: Record<string, string>, run: DurableRun = directRun(commerce())) =>
  createPayOut(dependencies())(run, input);

/** The runs that were started, with the input of each, as the engine keeps them. */
const startedBy = (prefix: string) =>
  sql("SELECT workflow_uuid AS id FROM durable.workflow_status WHERE workflow_uuid LIKE $1 || '%' ORDER BY 1", [
    prefix,
  ]);

async function pending(): Promise<bigint | undefined> {
  const code = accounts.sellerPayable(holder.slice("seller:".length));
  const balances = await commerce().parts.store.transactions.runInTransaction((tx) =>
    tx.transfers.lockBalances([code], "IDR"),
  );
  return balances.get(code)?.pendingDebitMinor;
}

beforeEach(async () => {
  [pays, statuses, sent] = [[], [], []];
  const shopId = newId();
  holder = `seller:${shopId}`;
  await addPayoutAccount(commerce().database, holder);
  const entry = (account: string, amountMinor: bigint) => ({ account, amountMinor, currency: "IDR" });
  const entries = [
    entry(accounts.sellerPayable(shopId), -5_000_000n),
    entry(accounts.providerClearing("bank-uji"), 5_000_000n),
  ];
  await commerce().parts.store.transactions.runInTransaction((tx) =>
    tx.ledger.post(transactionOf("release", newId(), entries), new Date()),
  );
});

describe("a payout whose run ended before the bank's answer was written down", () => {
  const broken = new Error("the run ends here");

  test("is taken up by the next batch under its own id, once for each batch, and paid once", async () => {
    pays = [broken];
    await expect(payOut({ batch: "d1", holder })).rejects.toThrow("the run ends here");
    const [payout] = await payoutsOf();
    expect(payout).toMatchObject({ batch: "d1", status: "REQUESTED" });
    for (const batch of ["d2", "d2", "d3"]) {
      const run = { ...directRun(commerce()), id: `pay-out-batch:${batch}` };
      await createPayOutBatch(dependencies())(run, { batch });
    }
    expect(await startedBy(`pay-out:${payout.id}:`)).toEqual([
      { id: `pay-out:${payout.id}:pay-out-batch:d2` },
      { id: `pay-out:${payout.id}:pay-out-batch:d3` },
    ]);
    statuses = [{ kind: "done", providerReference: "REF" }];
    await payOut({ payoutId: payout.id, takenUpBy: "pay-out-batch:d2" });
    await payOut({ payoutId: payout.id, takenUpBy: "pay-out-batch:d3" });
    expect(await payoutsOf()).toEqual([{ id: payout.id, batch: "d1", status: "PAID" }]);
    expect(sent).toEqual([payout.id]);
    expect(await pending()).toBe(0n);
  });

  test("that the bank never heard of is sent under the same reference; a refusal of that is no end", async () => {
    pays = [broken, noFunds, done];
    await expect(payOut({ batch: "d1", holder })).rejects.toThrow("the run ends here");
    const [payout] = await payoutsOf();
    await payOut({ payoutId: payout.id, takenUpBy: "pay-out-batch:d2" });
    expect(await payoutsOf()).toMatchObject([{ status: "UNKNOWN" }]);
    expect(await exceptionsOf(payout.id)).toEqual([
      { kind: "PAYOUT_UNKNOWN", owner: "finance", minor: "5000000", open: true },
    ]);
    await payOut({ payoutId: payout.id, takenUpBy: "pay-out-batch:d2", attempt: "2" });
    expect(sent).toEqual([payout.id, payout.id, payout.id]);
    expect(await payoutsOf()).toMatchObject([{ status: "PAID" }]);
    expect(await exceptionsOf(payout.id)).toMatchObject([{ open: false }]);
  });

  test("and that the bank says has failed, is given up, and its money goes with the next batch", async () => {
    pays = [broken];
    await expect(payOut({ batch: "d1", holder })).rejects.toThrow("the run ends here");
    const [payout] = await payoutsOf();
    statuses = [{ kind: "failed", reason: "06" }];
    await payOut({ payoutId: payout.id, takenUpBy: "pay-out-batch:d2" });
    await payOut({ batch: "d2", holder });
    expect(await payoutsOf()).toMatchObject([{ status: "FAILED" }, { batch: "d2", status: "PAID" }]);
  });

  test("is shown to a person when it has been open for an hour", async () => {
    pays = [broken];
    await expect(payOut({ batch: "d1", holder })).rejects.toThrow("the run ends here");
    const [payout] = await payoutsOf();
    const at = (minutes: number) => ({ clock: () => new Date(Date.now() + minutes * 60_000) });
    await createPayOutBatch(dependencies(at(59)))(directRun(commerce()), { batch: "d2" });
    expect(await exceptionsOf(payout.id)).toEqual([]);
    await createPayOutBatch(dependencies(at(61)))(directRun(commerce()), { batch: "d3" });
    expect(await exceptionsOf(payout.id)).toMatchObject([{ kind: "PAYOUT_UNKNOWN", owner: "finance", open: true }]);
  });
});

test("a step that is done again after a crash knows a refusal to be one of a repetition", async () => {
  pays = [{ kind: "unknown", reason: "no answer" }, noFunds];
  const plain = directRun(commerce());
  const twice: DurableRun = {
    ...plain,
    step: async (_name, work) => {
      await work();
      return work();
    },
  };
  await payOut({ batch: "d1", holder }, twice);
  expect(await payoutsOf()).toMatchObject([{ status: "UNKNOWN" }]);
  expect(await pending()).toBe(5_000_000n);
});

test("a refusal of the first time is final: nothing is promised any more", async () => {
  pays = [noFunds];
  await payOut({ batch: "d1", holder });
  expect(await payoutsOf()).toMatchObject([{ status: "FAILED" }]);
  expect(await pending()).toBe(0n);
});

test("without an account to pay from, a batch and a payout need a person and promise nothing", async () => {
  const none = dependencies({ provider: null });
  const run = directRun(commerce());
  await expect(createPayOutBatch(none)(run, { batch: "d1" })).rejects.toThrow(NeedsAttentionError);
  await expect(createPayOut(none)(run, { batch: "d1", holder })).rejects.toThrow(/needs transfer/);
  expect(await payoutsOf()).toEqual([]);
  expect(await pending()).toBe(0n);
});
