import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { newId } from "../../../../platform/runtime/ids.ts";
import { requestRefund } from "../../../../subgraphs/commerce/domain/actions/request-refund.ts";
import { createDurableWork } from "../../../../subgraphs/commerce/store/durable/start-in-tx.ts";
import { useDatabase } from "../../../support/databases.ts";
import { eventually, openPaymentRig, type PaymentRig, type Placed } from "./payment-rig.ts";

const wallet = "kantong.wallet";
const patienceMs = 60_000;

interface ExceptionRow {
  readonly kind: string;
  readonly expected: string | null;
  readonly reported: string | null;
  readonly owner: string;
  readonly resolution: string | null;
}

describe("reconciliation with the providers' daily files", () => {
  const commerce = useDatabase("commerce", { rows: "none" });
  const day = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10);
  let rig: PaymentRig;

  const paid = async (methodId = wallet, amountMinor = 14_900_000n): Promise<Placed & { reference: string }> => {
    const placed = await rig.request({ methodId, amountMinor });
    await rig.providers.of(methodId).post("pay", { partnerReferenceNo: placed.paymentId });
    const { providerReference } = await rig.until(placed, "PAID");
    return { ...placed, reference: String(providerReference) };
  };
  /** Fetches and reconciles the provider's file of today as it is now, and waits until that is done. */
  const reconcile = async (provider = "kantong", faults: object = {}): Promise<void> => {
    await rig.providers.of(provider).post("settlement", faults);
    const id = `reconcile-settlement:${provider}:${day}:test:${newId()}`;
    await rig.transactions.runInTransaction((tx) =>
      createDurableWork(() => new Date()).startInTx(tx, "reconcile-settlement", id, { provider, day }),
    );
    await eventually(
      async () => {
        const sql =
          "SELECT status FROM durable.workflow_status WHERE workflow_uuid = $1 AND status IN ('SUCCESS', 'ERROR')";
        return (await rig.pool.query(sql, [id])).rows[0];
      },
      "the reconciliation",
      patienceMs,
    );
  };
  const exceptionsAbout = async (reference: string): Promise<ExceptionRow[]> => {
    const { rows } = await rig.pool.query(
      `SELECT kind, expected_minor::text AS expected, reported_minor::text AS reported, owner, resolution
       FROM money_exception WHERE reference = $1 ORDER BY opened_at, id`,
      [reference],
    );
    return rows;
  };
  const outcomesOf = async (reference: string): Promise<string[]> => {
    const { rows } = await rig.pool.query(
      `SELECT r.outcome::text AS outcome FROM settlement_row r JOIN settlement_file f ON f.id = r.file_id
       WHERE r.provider_ref = $1 OR r.our_ref = $1 ORDER BY f.fetched_at, r.line_no`,
      [reference],
    );
    return rows.map(({ outcome }) => outcome);
  };
  /** What was posted for the movement's settlement, by account. */
  const settlementOf = async (cause: string): Promise<Record<string, string>> => {
    const { rows } = await rig.pool.query(
      `SELECT a.code, e.amount_minor::text AS amount FROM ledger_transaction t
       JOIN ledger_entry e ON e.transaction_id = t.id JOIN ledger_account a ON a.id = e.account_id
       WHERE t.kind = 'settlement' AND t.reference = $1`,
      [cause],
    );
    return Object.fromEntries(rows.map(({ code, amount }) => [code, amount]));
  };

  beforeAll(async () => {
    rig = await openPaymentRig(commerce.urls.runtime, true);
  }, 180_000);
  afterAll(async () => {
    await rig?.stop();
  });
  beforeEach(() => rig.providers.resetAll());

  test.each([
    // Fee and 11% of it as VAT: 1.5%; Rp 4,000; Rp 4,500; 1.25%; 2.9% and Rp 2,000.
    ["kantong.wallet", "223500", "24585"],
    ["bank-cendana.virtual-account", "400000", "44000"],
    ["bank-meranti.virtual-account", "450000", "49500"],
    ["lumbung.wallet", "186250", "20488"],
    ["gerbang.card", "632100", "69531"],
  ])(
    "a row of %s that agrees is posted: bank, fee and tax against clearing",
    async (methodId, fee, vat) => {
      const { reference } = await paid(methodId);
      const provider = methodId.split(".")[0] ?? "";
      await reconcile(provider);
      expect(await settlementOf(`${provider}:PAYMENT:${reference}`)).toEqual({
        "bank:escrow": String(14_900_000n - BigInt(fee) - BigInt(vat)),
        mdr_expense: fee,
        vat_on_fees: vat,
        [`provider_clearing:${provider}`]: "-14900000",
      });
      expect(await outcomesOf(reference)).toEqual(["POSTED"]);
      expect(await exceptionsAbout(reference)).toEqual([]);
    },
    90_000,
  );

  test("the same file twice posts its rows once", async () => {
    const { reference } = await paid();
    await reconcile();
    await reconcile();
    expect(await outcomesOf(reference)).toEqual(["POSTED"]);
  }, 90_000);

  test("money that the file lacks is an exception with an owner and is posted when a later file has it", async () => {
    const { reference } = await paid();
    await reconcile("kantong", { omit: [reference] });
    const [missing] = await exceptionsAbout(reference);
    expect(missing).toEqual({
      kind: "MISSING_ROW",
      expected: "14900000",
      reported: null,
      owner: "finance",
      resolution: null,
    });
    expect(await settlementOf(`kantong:PAYMENT:${reference}`)).toEqual({});
    await reconcile();
    expect((await exceptionsAbout(reference)).map(({ resolution }) => resolution)).toEqual([
      expect.stringMatching(/^settled by line \d+ of the file of /),
    ]);
    expect(await outcomesOf(reference)).toEqual(["POSTED"]);
  }, 90_000);

  test("money that our books lack is an exception and is not posted", async () => {
    await reconcile("kantong", { add: [{ providerRef: "stranger-1", ourRef: "nobody", gross: "5000.00" }] });
    expect(await exceptionsAbout("stranger-1")).toMatchObject([
      { kind: "UNKNOWN_ROW", expected: null, reported: "500000" },
    ]);
    expect(await settlementOf("kantong:PAYMENT:stranger-1")).toEqual({});
    expect(await outcomesOf("stranger-1")).toEqual(["EXCEPTION"]);
  }, 90_000);

  test("another sum is an exception, is not posted, and is closed by the file that has the right one", async () => {
    const { reference } = await paid();
    await reconcile("kantong", { gross: { [reference]: "148999.00" } });
    expect(await exceptionsAbout(reference)).toMatchObject([
      { kind: "AMOUNT_DIFFERS", expected: "14900000", reported: "14899900", resolution: null },
      { kind: "MISSING_ROW" },
    ]);
    expect(await settlementOf(`kantong:PAYMENT:${reference}`)).toEqual({});
    await reconcile();
    expect((await exceptionsAbout(reference)).every(({ resolution }) => resolution !== null)).toBe(true);
    expect(await outcomesOf(reference)).toEqual(["EXCEPTION", "POSTED"]);
  }, 90_000);

  test.each([
    ["99 % of the charge", "134238.74", "13423874"],
    ["less than is agreed", "0.00", "0"],
  ])(
    "a fee of %s is not posted as one: the agreed fee is, the difference is put aside for a person",
    async (_case, fee, feeMinor) => {
      const { reference } = await paid();
      await reconcile("kantong", { fee: { [reference]: fee } });
      // Agreed: 1.5 % of Rp 149,000 is Rp 2,235; the tax of Rp 245.85 is as agreed.
      const disputed = BigInt(feeMinor) - 223_500n;
      expect(await settlementOf(`kantong:PAYMENT:${reference}`)).toEqual({
        "bank:escrow": String(14_900_000n - BigInt(feeMinor) - 24_585n),
        mdr_expense: "223500",
        vat_on_fees: "24585",
        "fee_suspense:kantong": String(disputed),
        "provider_clearing:kantong": "-14900000",
      });
      const reported = String(BigInt(feeMinor) + 24_585n);
      expect(await exceptionsAbout(reference)).toMatchObject([
        { kind: "FEE_DIFFERS", expected: "248085", reported, owner: "finance", resolution: null },
      ]);
      await reconcile();
      expect(await exceptionsAbout(reference)).toMatchObject([
        { kind: "FEE_DIFFERS", resolution: null },
        { kind: "AMOUNT_DIFFERS" },
      ]);
    },
    90_000,
  );

  test("what is agreed cannot be written by the run-time role", async () => {
    for (const sql of [
      "UPDATE fee_rule SET basis_points = 1000",
      "DELETE FROM fee_rule",
      "INSERT INTO fee_rule SELECT * FROM fee_rule",
    ]) {
      await expect(rig.pool.query(sql)).rejects.toThrow(/permission denied/);
    }
  });

  test("a row that stands twice is posted once, and the second is an exception", async () => {
    const { reference } = await paid();
    await reconcile("kantong", { duplicate: [reference] });
    expect(await outcomesOf(reference)).toEqual(["POSTED", "EXCEPTION"]);
    expect(await exceptionsAbout(reference)).toMatchObject([{ kind: "DUPLICATE_ROW", reported: "14900000" }]);
  }, 90_000);

  test("a second charge that is told in the very words of the first is caught by the file", async () => {
    const { paymentId, reference } = await paid();
    await rig.providers.kantong.post("pay", { partnerReferenceNo: paymentId, force: true });
    expect(await rig.pool.query("SELECT 1 FROM provider_notification WHERE reference = $1", [reference])).toMatchObject(
      {
        rowCount: 1,
      },
    );
    await reconcile();
    expect(await exceptionsAbout(reference)).toMatchObject([
      { kind: "DUPLICATE_ROW", expected: "14900000", reported: "14900000", owner: "finance" },
    ]);
  }, 90_000);

  test("money sent back is settled under our reference of it", async () => {
    const { paymentId, orderId } = await paid();
    const amount = { amountMinor: 4_900_000n, currency: "IDR" };
    const refund = await rig.transactions.runInTransaction((tx) => {
      const request = { paymentId, orderId, key: "one piece", amount, reason: "one piece is broken", at: new Date() };
      return requestRefund(rig.payments.refundRequests, tx, request);
    });
    if (!refund.ok) throw new Error(refund.refusal.kind);
    const refundId = refund.value.id;
    await eventually(
      async () => {
        const { rows } = await rig.pool.query("SELECT 1 FROM refund WHERE id = $1 AND state = 'DONE'", [refundId]);
        return rows[0];
      },
      "the refund",
      patienceMs,
    );
    await reconcile("kantong", { omit: [refundId] });
    expect(await exceptionsAbout(refundId)).toMatchObject([{ kind: "MISSING_ROW", expected: "-4900000" }]);
    await reconcile();
    expect(await outcomesOf(refundId)).toEqual(["POSTED"]);
    expect(await exceptionsAbout(refundId)).toMatchObject([{ resolution: expect.any(String) }]);
    const { rows } = await rig.pool.query("SELECT provider_ref FROM settlement_row WHERE our_ref = $1", [refundId]);
    expect(await settlementOf(`kantong:REFUND:${rows[0]?.provider_ref}`)).toEqual({
      "bank:escrow": "-4900000",
      "provider_clearing:kantong": "4900000",
    });
  }, 90_000);

  test("a file that is late is an exception until it comes; one that is cut off posts nothing", async () => {
    const provider = "bank-cendana";
    const { reference } = await paid("bank-cendana.qris");
    const about = async () => (await exceptionsAbout(day)).map(({ kind, resolution }) => [kind, resolution]);
    await rig.pool.query("SELECT 1");
    await reconcile(provider, { truncate: true });
    expect(await outcomesOf(reference)).toEqual([]);
    expect(await about()).toEqual([["FILE_UNREADABLE", null]]);
    await reconcile(provider);
    expect(await outcomesOf(reference)).toEqual(["POSTED"]);
    expect(await about()).toEqual([["FILE_UNREADABLE", "a whole file came"]]);
  }, 90_000);

  test("a fee above the charge makes the file unreadable: nothing of it is posted", async () => {
    const { reference } = await paid();
    await reconcile("kantong", { fee: { [reference]: "149000.01" } });
    expect(await outcomesOf(reference)).toEqual([]);
    expect((await exceptionsAbout(day)).map(({ kind }) => kind)).toContain("FILE_UNREADABLE");
    await reconcile();
    expect(await outcomesOf(reference)).toEqual(["POSTED"]);
  }, 90_000);

  test("a validly signed notification of the right sum, of which the provider's book knows nothing, pays nothing and is an exception", async () => {
    const placed = await rig.request({ methodId: wallet });
    const { reference } = await rig.providers.kantong.charge(placed.paymentId);
    const message = { partnerReferenceNo: placed.paymentId, operation: "wallet-notify", signature: "valid" };
    const { answers } = await rig.providers.kantong.post("forge", message);
    expect(answers[0]?.responseCode).toBe("2005600");
    await eventually(
      async () => ((await exceptionsAbout(reference)).length > 0 ? true : undefined),
      "the exception",
      patienceMs,
    );
    expect(await exceptionsAbout(reference)).toMatchObject([
      { kind: "UNCONFIRMED_NOTIFICATION", reported: "14900000", owner: "payment operations" },
    ]);
    expect((await rig.load(placed)).status).toBe("AWAITING_PAYMENT");
    expect(await rig.balances(placed)).toEqual({});
  }, 90_000);

  test("what was fetched, and what was found, cannot be rewritten by the run-time role; an owner can be named", async () => {
    for (const sql of [
      "UPDATE settlement_row SET outcome = 'POSTED'",
      "DELETE FROM settlement_file",
      "UPDATE money_exception SET expected_minor = 0",
      "DELETE FROM money_exception",
      "UPDATE refund SET amount_minor = 1",
    ]) {
      await expect(rig.pool.query(sql)).rejects.toThrow(/permission denied/);
    }
    await rig.pool.query("UPDATE money_exception SET owner = 'Sari of finance' WHERE kind = 'UNKNOWN_ROW'");
  });
});

describe("a file that is late", () => {
  const commerce = useDatabase("commerce", { rows: "none" });
  const day = "2026-01-02";
  let rig: PaymentRig;
  beforeAll(async () => {
    rig = await openPaymentRig(commerce.urls.runtime, true);
  }, 180_000);
  afterAll(async () => {
    await rig?.stop();
  });

  test("is an exception from its day on, is asked for again later, and closes the exception when it comes", async () => {
    await rig.providers.kantong.post("settlement", { day, withhold: true });
    const start = (id: string) =>
      rig.transactions.runInTransaction((tx) =>
        createDurableWork(() => new Date()).startInTx(tx, "reconcile-settlement", id, { provider: "kantong", day }),
      );
    const found = (isOpen: boolean) =>
      eventually(
        async () => {
          const sql = "SELECT owner FROM money_exception WHERE kind = 'FILE_MISSING' AND (closed_at IS NULL) = $1";
          return (await rig.pool.query(sql, [isOpen])).rows[0];
        },
        "the exception",
        patienceMs,
      );
    await start("late:1");
    expect(await found(true)).toEqual({ owner: "payment operations" });
    const { rows } = await rig.pool.query("SELECT status FROM durable.workflow_status WHERE workflow_uuid = $1", [
      `reconcile-settlement:kantong:${day}:2`,
    ]);
    expect(rows).toEqual([{ status: "DELAYED" }]);
    await rig.providers.kantong.post("settlement", { day });
    await start("late:2");
    await found(false);
  }, 90_000);
});
