import { createHash } from "node:crypto";
import { expect, test } from "@jest/globals";
import { newId } from "../../../../platform/runtime/ids.ts";
import { toDecimal } from "../../../../platform/values/money.ts";
import { createReconcileSettlement } from "../../../../subgraphs/commerce/domain/actions/reconcile-settlement.ts";
import { createSettlementBook } from "../../../../subgraphs/commerce/store/settlement-book.ts";
import { directRun, paidOrder } from "../support/paid-order.ts";
import { testMethod, useCommerce } from "../support/test-commerce.ts";

const commerce = useCommerce();
const { provider } = testMethod;
const feeMinor = 400_000n;
const vatMinor = 44_000n;

const sql = async (text: string, values: readonly unknown[]) =>
  (await commerce().parts.database.pool.query(text, [...values])).rows;
const dayAfter = (days: number) => new Date(Date.now() + (days * 24 + 7) * 3_600_000).toISOString().slice(0, 10);
const [today, tomorrow, later] = [dayAfter(0), dayAfter(1), dayAfter(2)];

interface Row {
  readonly paymentId: string;
  readonly grossMinor: bigint;
  readonly vatMinor: bigint;
  readonly on: string;
}

async function paidRow(): Promise<Row> {
  const { paymentId, totalMinor } = await paidOrder(commerce());
  return { paymentId, grossMinor: totalMinor, vatMinor, on: today };
}

/** Reconciles a day with a file of those rows. */
async function reconcile(day: string, ...rows: readonly Row[]): Promise<void> {
  const netOf = (row: Row) => row.grossMinor - feeMinor - row.vatMinor;
  const lines = rows.map((row) => {
    const sums = [row.grossMinor, feeMinor, row.vatMinor, netOf(row)].map(toDecimal);
    return [row.paymentId, row.paymentId, "PAYMENT", ...sums, row.on].join(",");
  });
  const net = toDecimal(rows.reduce((sum, row) => sum + netOf(row), 0n));
  const header = "provider_ref,our_ref,type,gross,fee,vat_on_fee,net,settlement_date";
  const text = `${[header, ...lines, `TRAILER,${rows.length},${net}`].join("\n")}\n`;
  const { work, clock } = commerce().parts;
  const digest = (content: string) => createHash("sha256").update(content).digest("hex");
  const sources = [{ provider, fetchFile: async () => ({ kind: "file", text }) as const }];
  const run = createReconcileSettlement({ sources, book: createSettlementBook(), work, clock, newId, digest });
  await run(directRun(commerce()), { provider, day });
}

const outcomesOf = async ({ paymentId }: Row) =>
  (
    await sql(
      `SELECT r.outcome::text AS outcome FROM settlement_row r JOIN settlement_file f ON f.id = r.file_id
       WHERE r.provider_ref = $1 ORDER BY f.fetched_at, r.line_no`,
      [paymentId],
    )
  ).map(({ outcome }) => outcome);

/** What was found about a reference, but for the fee: the provider under test has agreed to none. */
const exceptionsAbout = (reference: string) =>
  sql(
    `SELECT kind, expected_minor::text AS expected, reported_minor::text AS reported, owner, closed_by AS "closedBy"
     FROM money_exception WHERE reference = $1 AND kind <> 'FEE_DIFFERS' ORDER BY opened_at, kind`,
    [reference],
  );

const settledTimes = async ({ paymentId }: Row) =>
  (
    await sql("SELECT 1 FROM ledger_transaction WHERE kind = 'settlement' AND reference = $1", [
      `${provider}:PAYMENT:${paymentId}`,
    ])
  ).length;

test("a charge that the next day's file settles again is a duplicate, posted once, with an owner", async () => {
  const row = await paidRow();
  await reconcile(today, row);
  await reconcile(tomorrow, { ...row, on: tomorrow });
  expect(await outcomesOf(row)).toEqual(["POSTED", "EXCEPTION"]);
  const minor = String(row.grossMinor);
  expect(await exceptionsAbout(row.paymentId)).toEqual([
    { kind: "DUPLICATE_ROW", expected: minor, reported: minor, owner: "finance", closedBy: null },
  ]);
  expect(await settledTimes(row)).toBe(1);
}, 60_000);

test("a newer file of the day that has a row twice, which was posted from an earlier one, has a duplicate", async () => {
  const row = await paidRow();
  await reconcile(today, row);
  await reconcile(today, row, row);
  expect(await outcomesOf(row)).toEqual(["POSTED", "REPEATED", "EXCEPTION"]);
  expect(await exceptionsAbout(row.paymentId)).toMatchObject([{ kind: "DUPLICATE_ROW", closedBy: null }]);
}, 60_000);

test("a corrected tax is a difference of what arrives, until a file has the posted sums again", async () => {
  const [row, other] = [await paidRow(), await paidRow()];
  await reconcile(today, row);
  await reconcile(today, { ...row, vatMinor: vatMinor + 500_000n });
  expect(await outcomesOf(row)).toEqual(["POSTED", "EXCEPTION"]);
  const netMinor = row.grossMinor - feeMinor - vatMinor;
  const [expected, reported] = [String(netMinor), String(netMinor - 500_000n)];
  const difference = { kind: "AMOUNT_DIFFERS", expected, reported, owner: "finance" };
  expect(await exceptionsAbout(row.paymentId)).toEqual([{ ...difference, closedBy: null }]);
  await reconcile(today, row, other);
  expect(await outcomesOf(row)).toEqual(["POSTED", "EXCEPTION", "REPEATED"]);
  expect(await exceptionsAbout(row.paymentId)).toEqual([{ ...difference, closedBy: "reconciliation" }]);
}, 60_000);

test("a posted row that a newer file of its day lacks is a difference with an owner, until a file has it again", async () => {
  const [row, other] = [await paidRow(), await paidRow()];
  await reconcile(today, row, other);
  await reconcile(today, other);
  const withdrawn = {
    kind: "WITHDRAWN_ROW",
    expected: String(row.grossMinor - feeMinor - vatMinor),
    reported: null,
    owner: "finance",
  };
  expect(await exceptionsAbout(row.paymentId)).toEqual([{ ...withdrawn, closedBy: null }]);
  expect(await exceptionsAbout(other.paymentId)).toEqual([]);
  await reconcile(today, other, row);
  expect(await exceptionsAbout(row.paymentId)).toEqual([{ ...withdrawn, closedBy: "reconciliation" }]);
}, 60_000);

test("a file of another day posts nothing and leaves its day to be asked for again", async () => {
  const row = await paidRow();
  await reconcile(later, row);
  expect(await outcomesOf(row)).toEqual([]);
  expect(await exceptionsAbout(later)).toMatchObject([{ kind: "FILE_UNREADABLE", owner: "payment operations" }]);
  const [again] = await sql("SELECT status FROM durable.workflow_status WHERE workflow_uuid = $1", [
    `reconcile-settlement:${provider}:${later}:2`,
  ]);
  expect(again).toEqual({ status: "DELAYED" });
  await reconcile(later, { ...row, on: later });
  expect(await outcomesOf(row)).toEqual(["POSTED"]);
  expect(await exceptionsAbout(later)).toMatchObject([{ closedBy: "reconciliation" }]);
}, 60_000);
