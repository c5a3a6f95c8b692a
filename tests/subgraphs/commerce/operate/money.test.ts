import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { pino } from "pino";
import { newId } from "../../../../platform/runtime/ids.ts";
import { moneyCommands } from "../../../../subgraphs/commerce/composition/operator-money.ts";
import { requestRefund } from "../../../../subgraphs/commerce/domain/actions/request-refund.ts";
import { type CommerceParts, openParts } from "../../../../subgraphs/commerce/parts.ts";
import { useDatabase } from "../../../support/databases.ts";
import { eventually, openPaymentRig, type PaymentRig, type Placed } from "../payments/payment-rig.ts";

const two = ["--actor", "Sari", "--second-person", "Budi"];

describe("operate: money by hand", () => {
  const commerce = useDatabase("commerce", { rows: "none" });
  const day = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10);
  let rig: PaymentRig;
  let parts: CommerceParts;

  const operate = async (name: string, ...args: string[]) => {
    const command = moneyCommands[name];
    if (command === undefined) throw new Error(`no command ${name}`);
    return (await command(parts, args)) as readonly Record<string, unknown>[];
  };
  const sql = async (text: string, values: unknown[] = []) => (await rig.pool.query(text, values)).rows;
  const paid = async (methodId: string): Promise<Placed> => {
    const placed = await rig.request({ methodId });
    await rig.providers.of(methodId).post("pay", { partnerReferenceNo: placed.paymentId });
    await rig.until(placed, "PAID");
    return placed;
  };
  const owedByHand = async (placed: Placed, amountMinor = 14_900_000n): Promise<string> => {
    const { paymentId, orderId } = placed;
    const amount = { amountMinor, currency: "IDR" };
    const asked = { paymentId, orderId, key: newId(), amount, reason: "it came broken", at: new Date() };
    const refund = await rig.transactions.runInTransaction((tx) =>
      requestRefund(rig.payments.refundRequests, tx, asked),
    );
    if (!refund.ok) throw new Error(refund.refusal.kind);
    await eventually(async () => {
      const rows = await sql("SELECT 1 FROM refund WHERE id = $1 AND state = 'BY_HAND'", [refund.value.id]);
      return rows[0];
    }, "the refund by hand");
    return refund.value.id;
  };
  const posted = async (kind: string, reference: string): Promise<Record<string, string>> => {
    const rows = await sql(
      `SELECT a.code, e.amount_minor::text AS amount FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
       JOIN ledger_account a ON a.id = e.account_id WHERE t.kind = $1 AND t.reference = $2`,
      [kind, reference],
    );
    return Object.fromEntries(rows.map(({ code, amount }) => [code, amount]));
  };
  const actsAbout = (subject: string) =>
    sql("SELECT kind, actor, second_person, outcome, note, login FROM operator_act WHERE subject = $1 ORDER BY at", [
      subject,
    ]);
  const reconcile = async (faults: object): Promise<void> => {
    await rig.providers.kantong.post("settlement", faults);
    const id = `reconcile-settlement:kantong:${day}:hand:${newId()}`;
    await parts.store.transactions.runInTransaction((tx) =>
      parts.work.startInTx(tx, "reconcile-settlement", id, { provider: "kantong", day }),
    );
    await eventually(async () => {
      const rows = await sql("SELECT 1 FROM durable.workflow_status WHERE workflow_uuid = $1 AND status = 'SUCCESS'", [
        id,
      ]);
      return rows[0];
    }, "the reconciliation");
  };
  const exceptionsAbout = (reference: string) =>
    sql(
      `SELECT id, kind, closed_by AS "closedBy", closed_login AS "closedLogin" FROM money_exception
       WHERE reference = $1 ORDER BY opened_at, id`,
      [reference],
    );

  beforeAll(async () => {
    rig = await openPaymentRig(commerce.urls.runtime, true);
    const settings = { service: "operate", databaseUrl: commerce.urls.runtime, databaseMaxConnections: 4 };
    parts = openParts(settings, pino({ level: "silent" }));
  }, 180_000);
  afterAll(async () => {
    await parts?.close();
    await rig?.stop();
  });
  beforeEach(() => rig.providers.resetAll());

  test("refund-done posts what was sent by transfer, ends refund and exception, and says so on order and payment, once", async () => {
    const placed = await paid("bank-cendana.virtual-account");
    const refundId = await owedByHand(placed);
    const args = [refundId, "--reference", "TRF-77", ...two];
    const both = await Promise.all([operate("refund-done", ...args), operate("refund-done", ...args)]);
    expect(both.map(([line]) => line?.done).sort()).toEqual(["before", "now"]);
    expect(await posted("refund-by-hand", refundId)).toEqual({
      refund_payable: "14900000",
      "bank:escrow": "-14900000",
    });
    expect(await sql("SELECT state::text, provider_reference FROM refund WHERE id = $1", [refundId])).toEqual([
      { state: "DONE", provider_reference: "TRF-77" },
    ]);
    expect(await exceptionsAbout(refundId)).toMatchObject([
      { kind: "REFUND_BY_HAND", closedBy: "Sari", closedLogin: "commerce_runtime" },
    ]);
    expect((await rig.load(placed)).status).toBe("REFUNDED");
    expect((await rig.events(placed)).filter((kind) => kind === "refund-sent")).toHaveLength(1);
    expect(
      await sql(`SELECT "by"::text FROM order_event WHERE order_id = $1 AND kind = 'REFUND_SENT'`, [placed.orderId]),
    ).toEqual([{ by: "OPERATOR" }]);
    expect(await actsAbout(refundId)).toMatchObject([
      { kind: "REFUND_DONE", actor: "Sari", second_person: "Budi", note: "TRF-77", login: "commerce_runtime" },
    ]);
    await expect(operate("refund-done", refundId, "--reference", "TRF-78", ...two)).rejects.toThrow(
      "was sent as TRF-77",
    );
  }, 90_000);

  test("refund-done is refused to one person alone, in whatever letters, and for a refund that is still being sent", async () => {
    const refundId = await owedByHand(await paid("bank-cendana.virtual-account"), 100n);
    const done = (...people: string[]) => operate("refund-done", refundId, "--reference", "TRF-1", ...people);
    await expect(done("--actor", "Sari", "--second-person", " sari ")).rejects.toThrow("another one");
    await expect(done("--actor", "Sari")).rejects.toThrow("two people must agree");
    await expect(operate("refund-done", newId(), "--reference", "TRF-1", ...two)).rejects.toThrow("there is no refund");
    expect(await posted("refund-by-hand", refundId)).toEqual({});
    const alone = `INSERT INTO operator_act (id, actor, second_person, kind, subject) VALUES (gen_random_uuid(), 'Sari', 'SARI ', 'REFUND_DONE', 'x')`;
    await expect(sql(alone)).rejects.toThrow(/operator_act_by_two_people/);
  }, 90_000);

  test("post moves money between two accounts, once for a key, with the reason and both people beside it", async () => {
    await paid("kantong.wallet");
    const post = (key: string, ...changes: string[]) => {
      const accounts = ["--debit", "write_off", "--credit", "provider_clearing:kantong"];
      return operate(
        "post",
        ...accounts,
        "--amount",
        "1000.00",
        "--reason",
        "ticket 5",
        "--key",
        key,
        ...two,
        ...changes,
      );
    };
    const both = await Promise.all([post("fix-5"), post("fix-5")]);
    expect(both.map(([line]) => line?.posted).sort()).toEqual(["before", "now"]);
    expect(await posted("correction", "fix-5")).toEqual({
      write_off: "100000",
      "provider_clearing:kantong": "-100000",
    });
    expect(await actsAbout("fix-5")).toEqual([
      {
        kind: "CORRECTION_POSTED",
        actor: "Sari",
        second_person: "Budi",
        outcome: both[0]?.[0]?.ledgerTransaction,
        note: "ticket 5",
        login: "commerce_runtime",
      },
    ]);
    await expect(post("fix-5", "--amount", "2000.00")).rejects.toThrow("posted before with other entries");
    await expect(post("fix-6", "--second-person", "SARI")).rejects.toThrow("another one");
    await expect(post("fix-6", "--debit", "seller_payable:nobody")).rejects.toThrow("check the name");
    await expect(post("fix-6", "--debit", "petty_cash")).rejects.toThrow("is no account");
    await expect(post("fix-6", "--debit", "refund_payable", "--amount", "99999999.00")).rejects.toThrow(
      "not so much in it",
    );
    await expect(post("fix-6", "--amount", "-5")).rejects.toThrow(/amount|ambiguous/);
    const { orderId } = await paid("kantong.wallet");
    await expect(post("fix-6", "--debit", `buyer_escrow:${orderId}`)).rejects.toThrow("refund the order instead");
    expect(await actsAbout("fix-6")).toEqual([]);
  }, 90_000);

  test("what a person closed is not opened again by the next file, and a late row for what was written off is a new difference", async () => {
    const [asIs, lost] = [await paid("kantong.wallet"), await paid("kantong.wallet")];
    const references = await Promise.all(
      [asIs, lost].map(async (placed) => String((await rig.load(placed)).providerReference)),
    );
    const [first = "", second = ""] = references;
    await reconcile({ omit: references });
    const [open] = await exceptionsAbout(first);
    const [gone] = await exceptionsAbout(second);
    expect([open?.kind, gone?.kind]).toEqual(["MISSING_ROW", "MISSING_ROW"]);
    await operate("exceptions", "assign", String(open?.id), "--to", "Dewi", "--actor", "Sari");
    const listed = (await operate("exceptions", "list")).find(({ id }) => id === open?.id);
    expect(listed).toMatchObject({
      owner: "Dewi",
      kind: "MISSING_ROW",
      expectedMinor: 14_900_000n,
      ageSeconds: expect.any(Number),
    });
    const close = ["close", String(open?.id), "--resolution", "the bank pays next month"];
    await expect(operate("exceptions", ...close, "--actor", "Sari")).rejects.toThrow("two people must agree");
    await operate("exceptions", ...close, ...two);
    const writeOff = ["exceptions", "close", String(gone?.id), "--resolution", "lost", "--write-off", "yes"] as const;
    await expect(operate(...writeOff, "--actor", "Sari")).rejects.toThrow("two people must agree");
    await operate(...writeOff, ...two);
    expect(await posted("write-off", String(gone?.id))).toEqual({
      write_off: "14900000",
      "provider_clearing:kantong": "-14900000",
    });
    await reconcile({ omit: references });
    expect(await exceptionsAbout(first)).toMatchObject([{ closedBy: "Sari", closedLogin: "commerce_runtime" }]);
    expect(await exceptionsAbout(second)).toHaveLength(1);
    expect(await actsAbout(String(gone?.id))).toMatchObject([
      { kind: "EXCEPTION_CLOSED", second_person: "Budi", note: "lost" },
    ]);
    await reconcile({});
    expect(await exceptionsAbout(first)).toHaveLength(1);
    expect(await posted("settlement", `kantong:PAYMENT:${first}`)).toMatchObject({
      "provider_clearing:kantong": "-14900000",
    });
    expect(await exceptionsAbout(second)).toMatchObject([
      { kind: "MISSING_ROW" },
      { kind: "UNKNOWN_ROW", closedBy: null },
    ]);
    await expect(operate(...writeOff, ...two)).rejects.toThrow("was closed at");
  }, 120_000);

  test("a fee that differs is taken as it is when two people write it off: what was put aside becomes an expense", async () => {
    const placed = await paid("kantong.wallet");
    const reference = String((await rig.load(placed)).providerReference);
    await reconcile({ fee: { [reference]: "5000.00" } });
    const [open] = await exceptionsAbout(reference);
    expect(open?.kind).toBe("FEE_DIFFERS");
    await operate("exceptions", "close", String(open?.id), "--resolution", "new terms", "--write-off", "yes", ...two);
    expect(await posted("write-off", String(open?.id))).toEqual({
      mdr_expense: "276500",
      "fee_suspense:kantong": "-276500",
    });
  }, 90_000);

  test("a stolen run-time login closes nothing by itself, and what the functions close bears its name", async () => {
    await reconcile({ add: [{ providerRef: "stranger-9", ourRef: "nobody", gross: "5000.00" }] });
    const [open] = await exceptionsAbout("stranger-9");
    for (const change of [
      "UPDATE money_exception SET closed_at = now(), closed_by = 'Sari', resolution = 'fine'",
      "UPDATE money_exception SET closed_login = 'Sari'",
      `INSERT INTO money_exception (id, provider, kind, reference, detail, owner, opened_at, closed_at, closed_by, resolution)
       VALUES (gen_random_uuid(), 'kantong', 'MISSING_ROW', 'x', 'x', 'x', now(), now(), 'Sari', 'fine')`,
      "DELETE FROM money_exception",
    ]) {
      await expect(sql(change)).rejects.toThrow(/permission denied/);
    }
    const close = "SELECT close_money_exception($1, $2, NULL, 'ticket 1', NULL)";
    await expect(sql(close, [open?.id, "reconciliation"])).rejects.toThrow(/named person/);
    await expect(sql("SELECT settle_money_exception('kantong', 'REFUND_BY_HAND', 'x', 'x')")).rejects.toThrow(
      /by a person/,
    );
    await sql(close, [open?.id, "Sari"]);
    expect(await exceptionsAbout("stranger-9")).toMatchObject([{ closedBy: "Sari", closedLogin: "commerce_runtime" }]);
    expect(await actsAbout(String(open?.id))).toMatchObject([{ kind: "EXCEPTION_CLOSED", login: "commerce_runtime" }]);
    const owner = new pg.Client({ connectionString: commerce.urls.migrator });
    await owner.connect();
    await expect(owner.query("UPDATE operator_act SET actor = 'Nobody'")).rejects.toThrow(/append only/);
    await owner.end();
  }, 90_000);
});
