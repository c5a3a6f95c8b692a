import { beforeEach, describe, expect, test } from "@jest/globals";
import { newId } from "../../../../../platform/runtime/ids.ts";
import { createPayOut } from "../../../../../subgraphs/commerce/domain/actions/pay-out.ts";
import { createPayOutBatch } from "../../../../../subgraphs/commerce/domain/actions/pay-out-batch.ts";
import {
  type PayoutDependencies,
  recordPayout,
} from "../../../../../subgraphs/commerce/domain/actions/pay-out-record.ts";
import { closeException } from "../../../../../subgraphs/commerce/domain/actions/post-by-hand.ts";
import { settlePayoutByHand } from "../../../../../subgraphs/commerce/domain/actions/settle-payout-by-hand.ts";
import { type DurableRun, NeedsAttentionError } from "../../../../../subgraphs/commerce/domain/durable-run.ts";
import { accounts } from "../../../../../subgraphs/commerce/domain/ledger/movements.ts";
import { transactionOf } from "../../../../../subgraphs/commerce/domain/ledger/transaction.ts";
import { OperatorRefusal } from "../../../../../subgraphs/commerce/domain/operator-act.ts";
import type { PayoutOutcome, PayoutStatusAnswer } from "../../../../../subgraphs/commerce/domain/payout.ts";
import type { Transaction } from "../../../../../subgraphs/commerce/domain/ports.ts";
import { createExceptionBook } from "../../../../../subgraphs/commerce/store/exception-book.ts";
import { createOperatorBook } from "../../../../../subgraphs/commerce/store/operator-book.ts";
import { createRefundBook } from "../../../../../subgraphs/commerce/store/refund-book.ts";
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

/** A promise that is kept from outside. */
function signal<Value>() {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((keep) => {
    resolve = keep;
  });
  return { promise, resolve };
}

describe("a payout that two runs send", () => {
  /** The first call is answered, by a refusal, when the second was made; the second when the first run is over. */
  function rivals() {
    const [first, second, asked] = [signal<void>(), signal<void>(), signal<string>()];
    const provider: PayoutDependencies["provider"] = {
      id: "bank-uji",
      pay: async ({ id }) => {
        sent.push(id);
        asked.resolve(id);
        if (sent.length === 1) {
          await second.promise;
          return noFunds;
        }
        second.resolve();
        await first.promise;
        return done;
      },
      queryStatus: async () => ({ kind: "not-found" }),
    };
    return { provider, asked: asked.promise, firstIsOver: first.resolve };
  }

  test("is not given up because the first sending was refused: the second may have moved the money", async () => {
    const { provider, asked, firstIsOver } = rivals();
    const run = createPayOut(dependencies({ provider }));
    const one = run(directRun(commerce()), { batch: "d1", holder }).then(firstIsOver);
    const payoutId = await asked;
    await run(directRun(commerce()), { payoutId, takenUpBy: "somebody" });
    await one;
    expect(await payoutsOf()).toEqual([{ id: payoutId, batch: "d1", status: "PAID" }]);
    await payOut({ batch: "d2", holder });
    expect([await payoutsOf(), await pending()]).toMatchObject([[{ status: "PAID" }], 0n]);
    expect(await exceptionsOf(payoutId)).toMatchObject([{ kind: "PAYOUT_UNKNOWN", open: false }]);
  });
});

test("a payout that was given up, and that the bank says later that it sent, is shown to two people", async () => {
  pays = [{ kind: "unknown", reason: "no answer" }];
  await payOut({ batch: "d1", holder });
  const [payout] = await payoutsOf();
  const { transactions } = commerce().parts.store;
  await transactions.runInTransaction(async (tx) => {
    await tx.payouts.settle(payout.id, "FAILED", { providerReference: null, reason: "by hand" }, new Date());
    await tx.transfers.resolve(payout.id, { outcome: "VOIDED" }, new Date());
  });
  const record = (answer: PayoutStatusAnswer) =>
    transactions.runInTransaction(async (tx) => {
      const loaded = await tx.payouts.load(payout.id);
      const { provider } = dependencies();
      if (loaded === null || provider === null) throw new Error("no payout");
      return recordPayout(dependencies(), tx, provider, loaded, { outcome: answer, isRepetition: true });
    });
  await record({ kind: "done", providerReference: "REF" });
  const [shown] = await exceptionsOf(payout.id);
  expect(shown).toMatchObject({ kind: "PAYOUT_SENT_AFTER_ALL", owner: "finance", open: true });
  expect(await payoutsOf()).toMatchObject([{ status: "FAILED" }]);
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

describe("a payout that the bank's status never tells of, by two people whom the bank told", () => {
  const people = { actor: "Sari", secondPerson: "Budi" };
  const book = createExceptionBook();
  const hand = {
    acts: createOperatorBook(newId),
    exceptions: book,
    refunds: createRefundBook(),
    clock: () => new Date(),
  };
  const inTransaction = <T>(work: (tx: Transaction) => Promise<T>) =>
    commerce().parts.store.transactions.runInTransaction(work);
  const settle = (id: string, wasSent: boolean) =>
    inTransaction((tx) => settlePayoutByHand(hand, tx, id, { wasSent, reference: "LETTER-7" }, people));

  async function unknownPayout(): Promise<string> {
    pays = [{ kind: "unknown", reason: "no answer" }, noFunds];
    await payOut({ batch: "d1", holder });
    const [{ id }] = await payoutsOf();
    await payOut({ payoutId: id, takenUpBy: "pay-out-batch:d2" });
    expect(await exceptionsOf(id)).toMatchObject([{ kind: "PAYOUT_UNKNOWN", open: true }]);
    return id;
  }

  test("is posted when it was sent, once, and its exception closed", async () => {
    const id = await unknownPayout();
    await expect(settle(id, true)).resolves.toMatchObject({ status: "PAID", done: "now" });
    await expect(settle(id, true)).resolves.toMatchObject({ done: "before" });
    await expect(settle(id, false)).rejects.toThrow(OperatorRefusal);
    expect(await payoutsOf()).toEqual([{ id, batch: "d1", status: "PAID" }]);
    expect([await pending(), await exceptionsOf(id)]).toMatchObject([0n, [{ open: false }]]);
    const acts = await sql("SELECT kind, second_person AS second, note FROM operator_act WHERE subject = $1", [id]);
    expect(acts).toEqual([{ kind: "PAYOUT_SETTLED", second: "Budi", note: "LETTER-7" }]);
  });

  test("is given up when it was not sent: a run that is under way sends it no more, the next batch pays", async () => {
    const id = await unknownPayout();
    const asked = directRun(commerce());
    const meanwhile: DurableRun = {
      ...asked,
      step: async (name, work) => {
        if (name === "send again") await settle(id, false);
        return asked.step(name, work);
      },
    };
    const before = sent.length;
    await payOut({ payoutId: id, takenUpBy: "pay-out-batch:d3" }, meanwhile);
    expect(sent.length).toBe(before);
    await payOut({ batch: "d4", holder });
    expect(await payoutsOf()).toMatchObject([
      { id, status: "FAILED" },
      { batch: "d4", status: "PAID" },
    ]);
  });

  test("is not ended by closing its exception alone", async () => {
    const id = await unknownPayout();
    const closing = inTransaction(async (tx) => {
      const open = await book.findOpen(tx, { kind: "PAYOUT_UNKNOWN", reference: id });
      return closeException(hand, tx, open?.id ?? "", { resolution: "gone", isWrittenOff: false }, people);
    });
    await expect(closing).rejects.toThrow(`operate payout-done ${id}`);
  });
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
