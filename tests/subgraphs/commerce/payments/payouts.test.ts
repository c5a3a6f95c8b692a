import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { newId } from "../../../../platform/runtime/ids.ts";
import { startDay } from "../../../../subgraphs/commerce/domain/actions/start-day.ts";
import { accounts } from "../../../../subgraphs/commerce/domain/ledger/movements.ts";
import { transactionOf } from "../../../../subgraphs/commerce/domain/ledger/transaction.ts";
import { createDurableWork } from "../../../../subgraphs/commerce/store/durable/start-in-tx.ts";
import { useDatabase } from "../../../support/databases.ts";
import { eventually, openPaymentRig, type PaymentRig } from "./payment-rig.ts";
import { startProgram } from "./provider-processes.ts";

interface TransferView {
  readonly partnerReferenceNo: string;
  readonly serviceCode: string;
  readonly amount: string;
  readonly bankCode: string;
  readonly accountNo: string;
  readonly state: string;
}

interface PayoutRow {
  readonly id: string;
  readonly status: string;
  readonly amount: string;
  readonly reason: string | null;
}

const deadlineMs = 40_000;

describe("payouts by the sandbox's bank", () => {
  const commerce = useDatabase("commerce", { rows: "none" });
  const work = createDurableWork(() => new Date());
  let rig: PaymentRig;

  beforeAll(async () => {
    rig = await openPaymentRig(commerce.urls.runtime, true);
  }, 90_000);
  afterAll(async () => {
    await rig?.stop();
  });
  beforeEach(() => rig.providers.bank.reset());

  /** Somebody with a bank account. */
  async function holder(bankCode = "950", kind: "seller" | "affiliate" = "seller"): Promise<string> {
    const name = `${kind}:${newId()}`;
    // What the programs register is not used for a day; what the owner of the tables does, at once.
    const owner = new pg.Client({ connectionString: commerce.urls.migrator });
    await owner.connect();
    await owner.query(
      "INSERT INTO payout_account (holder, bank_code, account_no, account_name) VALUES ($1, $2, '1234567890', 'Toko Uji')",
      [name, bankCode],
    );
    await owner.end();
    return name;
  }

  const payableOf = (name: string): string =>
    name.startsWith("seller:") ? accounts.sellerPayable(name.slice(7)) : accounts.affiliatePayable(name.slice(10));

  /** Lets the holder be owed so much, or owe it. */
  function owe(name: string, amountMinor: bigint, account = payableOf(name)): Promise<string> {
    const entry = (code: string, minor: bigint) => ({ account: code, amountMinor: minor, currency: "IDR" });
    const entries = [entry(account, -amountMinor), entry(accounts.providerClearing("bank-cendana"), amountMinor)];
    return rig.transactions.runInTransaction((tx) =>
      tx.ledger.post(transactionOf("release", newId(), entries), new Date()),
    );
  }

  function payOut(name: string, batch: string): Promise<void> {
    return rig.transactions.runInTransaction((tx) =>
      work.startInTx(tx, "pay-out", `pay-out:${batch}:${name}:${newId()}`, { holder: name, batch }),
    );
  }

  async function payoutOf(name: string, batch: string): Promise<PayoutRow | undefined> {
    const { rows } = await rig.pool.query<PayoutRow>(
      "SELECT id, status::text, amount_minor::text AS amount, reason FROM payout WHERE holder = $1 AND batch = $2",
      [name, batch],
    );
    return rows[0];
  }

  function until(name: string, batch: string, status: string): Promise<PayoutRow> {
    return eventually(
      async () => {
        const payout = await payoutOf(name, batch);
        return payout?.status === status ? payout : undefined;
      },
      `payout ${status}`,
      deadlineMs,
    );
  }

  async function transfersOf(payout: { readonly id: string }): Promise<TransferView[]> {
    const answer = await fetch(`${rig.providers.bank.url}/control/transfers`);
    const transfers = (await answer.json()) as TransferView[];
    return transfers.filter(({ partnerReferenceNo }) => partnerReferenceNo === payout.id);
  }

  async function balance(name: string, account = payableOf(name)) {
    const balances = await rig.transactions.runInTransaction((tx) => tx.transfers.lockBalances([account], "IDR"));
    return balances.get(account);
  }

  const nothingLeft = { balanceMinor: 0n, pendingDebitMinor: 0n, pendingCreditMinor: 0n };

  test.each([
    ["within the bank", "950", "17", "seller"],
    ["to another bank", "014", "18", "affiliate"],
  ] as const)(
    "one %s is promised, sent and posted, once",
    async (_what, bankCode, serviceCode, kind) => {
      const name = await holder(bankCode, kind);
      await owe(name, 12_345_678n);
      await Promise.all(Array.from({ length: 10 }, () => payOut(name, "b1")));
      const payout = await until(name, "b1", "PAID");
      expect(payout.amount).toBe("12345678");
      expect(await transfersOf(payout)).toEqual([
        expect.objectContaining({ serviceCode, amount: "123456.78", bankCode, accountNo: "1234567890", state: "done" }),
      ]);
      expect(await balance(name)).toEqual(nothingLeft);
    },
    60_000,
  );

  test.each([
    ["answers with a fault after it sent it", { behaviour: "fail", work: true }],
    ["drops the connection before it sent anything", { behaviour: "drop", work: false }],
    ["says that it is in progress", { behaviour: "in-progress", work: true }],
    ["says nothing after it sent it", { behaviour: "silent", work: true }],
    ["answers after we gave up", { behaviour: "late", delayMs: 12_000, work: true }],
  ])(
    "one whose bank %s is UNKNOWN, then paid under the same reference, once",
    async (_what, behaviour) => {
      const name = await holder();
      await owe(name, 5_000_000n);
      await rig.providers.bank.behave({ operation: "transfer-intrabank", ...behaviour });
      await payOut(name, "b1");
      const unknown = await until(name, "b1", "UNKNOWN");
      expect(await balance(name)).toMatchObject({ balanceMinor: -5_000_000n, pendingDebitMinor: 5_000_000n });
      const paid = await until(name, "b1", "PAID");
      expect(paid.id).toBe(unknown.id);
      expect(await transfersOf(paid)).toHaveLength(1);
      expect(await balance(name)).toEqual(nothingLeft);
    },
    90_000,
  );

  test("one that the bank refuses for want of funds fails, moves nothing, and is made by the next batch", async () => {
    const name = await holder();
    await owe(name, 5_000_000n);
    await rig.providers.bank.behave({ operation: "transfer-intrabank", behaviour: "refuse", responseCode: "4031714" });
    await payOut(name, "b1");
    const failed = await until(name, "b1", "FAILED");
    expect(failed.reason).toContain("4031714");
    expect(await transfersOf(failed)).toEqual([]);
    expect(await balance(name)).toEqual({ ...nothingLeft, balanceMinor: -5_000_000n });
    await payOut(name, "b2");
    const paid = await until(name, "b2", "PAID");
    expect(await transfersOf(paid)).toHaveLength(1);
    expect(await balance(name)).toEqual(nothingLeft);
  }, 60_000);

  test("one that moved unseen, is not known yet and is refused when it is sent again, is not given up, and paid once", async () => {
    const name = await holder();
    await owe(name, 5_000_000n);
    const behave = (operation: string, behaviour: object) => rig.providers.bank.behave({ operation, ...behaviour });
    await behave("transfer-intrabank", { behaviour: "fail", work: true });
    await behave("transfer-intrabank", { behaviour: "refuse", responseCode: "4031714" });
    await behave("transfer-status", { behaviour: "refuse", responseCode: "4043601" });
    await payOut(name, "b1");
    const exceptions = async (id: string) => {
      const { rows } = await rig.pool.query(
        "SELECT kind, owner, closed_at IS NULL AS open, resolution FROM money_exception WHERE reference = $1",
        [id],
      );
      return rows;
    };
    const refused = await eventually(
      async () => {
        const payout = await payoutOf(name, "b1");
        return payout?.reason?.includes("4031714") ? payout : undefined;
      },
      "the refusal of the repetition",
      deadlineMs,
    );
    expect(refused.status).toBe("UNKNOWN");
    expect(await exceptions(refused.id)).toEqual([
      { kind: "PAYOUT_UNKNOWN", owner: "finance", open: true, resolution: null },
    ]);
    expect(await balance(name)).toMatchObject({ balanceMinor: -5_000_000n, pendingDebitMinor: 5_000_000n });
    await payOut(name, "b2");
    const paid = await until(name, "b1", "PAID");
    expect(await transfersOf(paid)).toHaveLength(1);
    expect(await payoutOf(name, "b2")).toBeUndefined();
    expect(await exceptions(paid.id)).toMatchObject([{ open: false, resolution: "the bank says that it was sent" }]);
    expect(await balance(name)).toEqual(nothingLeft);
  }, 90_000);

  test.each([
    ["done", "PAID", 0n],
    ["failed", "FAILED", -5_000_000n],
  ])(
    "one that is on its way for a while is UNKNOWN until the bank says that it is %s",
    async (to, status, left) => {
      const name = await holder();
      await owe(name, 5_000_000n);
      await rig.providers.bank.post("transfers/hold", {});
      await payOut(name, "b1");
      const unknown = await until(name, "b1", "UNKNOWN");
      await rig.providers.bank.post("transfers/move", { partnerReferenceNo: unknown.id, to });
      await until(name, "b1", status);
      expect(await balance(name)).toEqual({ ...nothingLeft, balanceMinor: left });
      expect(await transfersOf(unknown)).toHaveLength(1);
    },
    60_000,
  );

  test("what a shop owes is taken off first; less than the least is left for another day", async () => {
    const name = await holder();
    const receivable = accounts.sellerReceivable(name.slice(7));
    await owe(name, 5_000_000n);
    await owe(name, -3_000_000n, receivable);
    await payOut(name, "b1");
    expect((await until(name, "b1", "PAID")).amount).toBe("2000000");
    expect(await balance(name)).toEqual(nothingLeft);
    expect(await balance(name, receivable)).toEqual(nothingLeft);
    await owe(name, 999_999n);
    const other = await holder();
    await owe(other, 1_000_000n);
    for (const one of [name, other]) await payOut(one, "b2");
    await until(other, "b2", "PAID");
    expect(await payoutOf(name, "b2")).toBeUndefined();
    expect((await balance(name))?.balanceMinor).toBe(-999_999n);
  }, 60_000);

  test("a batch that an operator starts pays everybody who is owed something, and is started once", async () => {
    const names = [await holder(), await holder("014", "affiliate")];
    for (const name of names) await owe(name, 2_000_000n);
    for (let round = 0; round < 2; round += 1) {
      const { child, output } = startProgram("subgraphs/commerce/commands/start-payouts.js", {
        COMMERCE_DATABASE_URL: commerce.urls.runtime,
        LOG_LEVEL: "error",
      });
      await new Promise((resolve) => child.once("close", resolve));
      expect(output()).toMatch(/^batch \d{4}-\d\d-\d\d is started; the worker carries it out\n$/);
      expect(child.exitCode).toBe(0);
    }
    const batch = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10);
    for (const name of names) await until(name, batch, "PAID");
    const { rows } = await rig.pool.query(
      "SELECT count(*)::int AS runs FROM durable.workflow_status WHERE workflow_uuid = $1",
      [`pay-out-batch:${batch}`],
    );
    expect(rows[0].runs).toBe(1);
  }, 90_000);

  test("a day that begins, started by three at once, closes the ledger's day and starts its batch once, at its time", async () => {
    const night = new Date("2031-03-01T17:05:00Z");
    const dependencies = { transactions: rig.transactions, work: createDurableWork(() => night) };
    expect(await Promise.all([1, 2, 3].map(() => startDay(dependencies, night)))).toEqual(Array(3).fill("2031-03-02"));
    const { rows } = await rig.pool.query(
      `SELECT workflow_uuid AS id, delay_until_epoch_ms::bigint::text AS due FROM durable.workflow_status
       WHERE workflow_uuid LIKE '%:2031-03-02' ORDER BY 1`,
    );
    expect(rows).toEqual([
      { id: "close-ledger-day:2031-03-02", due: String(Date.parse("2031-03-01T17:15:00Z")) },
      { id: "pay-out-batch:2031-03-02", due: String(Date.parse("2031-03-01T19:00:00Z")) },
    ]);
  });

  test("the closing of a day gives up what has expired and keeps the balances", async () => {
    const id = newId();
    const past = new Date(Date.now() - 1_000);
    await rig.transactions.runInTransaction((tx) =>
      tx.transfers.begin(
        {
          id,
          kind: "payout",
          debitAccount: `seller_payable:${id}`,
          creditAccount: accounts.bankEscrow,
          amount: { amountMinor: 5n, currency: "IDR" },
          expiresAt: past,
        },
        past,
      ),
    );
    const snapshots = async () => (await rig.pool.query("SELECT count(*)::int AS n FROM ledger_snapshot")).rows[0].n;
    const before = await snapshots();
    await rig.transactions.runInTransaction((tx) =>
      work.startInTx(tx, "close-ledger-day", `close-ledger-day:${newId()}`, { day: "2026-11-25" }),
    );
    await eventually(async () => ((await snapshots()) > before ? true : undefined), "a snapshot", deadlineMs);
    const { rows } = await rig.pool.query("SELECT outcome FROM ledger_transfer_resolution WHERE transfer_id = $1", [
      id,
    ]);
    expect(rows).toEqual([{ outcome: "EXPIRED" }]);
  }, 60_000);
});
