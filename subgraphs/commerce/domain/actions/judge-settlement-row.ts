import { toDecimal } from "../../../../platform/values/money.ts";
import { tradingCurrency } from "../cart-pricing.ts";
import { type Fee, type FeeRule, type FeeVerdict, judgeFee } from "../fee-rules.ts";
import { type Settled, settlement } from "../ledger/movements.ts";
import type { MoneyException, MoneyExceptionKind } from "../money-exception.ts";
import type { Transaction } from "../ports.ts";
import type { PostedRow, RowOutcome, SettlementBook } from "../settlement.ts";
import type { SettlementRow } from "../settlement-file.ts";

/** A file of a provider's day. */
export interface FileName {
  readonly id: string;
  readonly provider: string;
  readonly day: string;
}

/** A difference about a file or a row of it; without a reference it is about the day. */
export function exceptionOf(
  { provider, day }: FileName,
  kind: MoneyExceptionKind,
  rest: Partial<MoneyException> & Pick<MoneyException, "detail">,
): MoneyException {
  const nothing = { reference: day, paymentId: null, expectedMinor: null, reportedMinor: null, currency: null };
  return { provider, kind, ...nothing, ...rest };
}

/** A file whose rows are judged, with what is agreed with its provider. */
export interface JudgedFile extends FileName {
  readonly feeRules: readonly FeeRule[];
  /** The line on which the file has a movement first, by the movement's name. */
  readonly firstLines: ReadonlyMap<string, number>;
}

/** Names a movement: the cause of its posting. */
export function movementOf(provider: string, { type, providerRef }: SettlementRow): string {
  return `${provider}:${type}:${providerRef}`;
}

/** Holds a row of a file against our books, in the caller's transaction. */
export type RowJudge = (tx: Transaction, file: JudgedFile, row: SettlementRow, at: Date) => Promise<RowOutcome>;

/** What is posted for a row: its fee when that is agreed, else the agreed one, and the difference aside. */
function settledOf({ grossMinor, feeMinor, vatMinor }: SettlementRow, { agreed, isKept }: FeeVerdict): Settled {
  const currency = tradingCurrency;
  if (isKept) return { grossMinor, feeMinor, vatMinor, disputedMinor: 0n, currency };
  const posted = agreed ?? { feeMinor: 0n, vatMinor: 0n };
  const disputedMinor = feeMinor + vatMinor - posted.feeMinor - posted.vatMinor;
  return { grossMinor, ...posted, disputedMinor, currency };
}

type Sums = Fee & Pick<SettlementRow, "grossMinor">;

function netOf({ grossMinor, feeMinor, vatMinor }: Sums): bigint {
  return grossMinor - feeMinor - vatMinor;
}

function sumsOf(sums: Sums): string {
  return [sums.grossMinor, sums.feeMinor, sums.vatMinor, netOf(sums)]
    .map((minor) => (minor < 0n ? `-${toDecimal(-minor)}` : toDecimal(minor)))
    .join(" / ");
}

// What a file of the same day may say of a posted row, and a later one take back.
const correctable = ["AMOUNT_DIFFERS", "WITHDRAWN_ROW"] as const;

async function closeAll(
  tx: Transaction,
  provider: string,
  reference: string,
  kinds: readonly MoneyExceptionKind[],
  resolution: string,
): Promise<void> {
  for (const kind of kinds) await tx.exceptions.close({ provider, kind, reference }, resolution);
}

/** What is said of a row that is posted and that a newer file of its day lacks. */
export function withdrawalOf(file: FileName, posted: PostedRow): MoneyException {
  const detail = `the newest file of ${file.day} lacks what an earlier one settled as ${sumsOf(posted)} (gross, fee, tax, net)`;
  const rest = { reference: posted.providerRef, expectedMinor: netOf(posted), currency: tradingCurrency, detail };
  return exceptionOf(file, "WITHDRAWN_ROW", rest);
}

/** How a row differs from the posted one of its movement; null: it repeats it, with its day and all its sums. */
function differenceFrom(
  posted: PostedRow,
  file: JudgedFile,
  row: SettlementRow,
): Pick<MoneyException, "kind" | "detail" | "expectedMinor" | "reportedMinor"> | null {
  const place = `line ${row.lineNo} of the file of ${file.day}`;
  const isSecond = file.firstLines.get(movementOf(file.provider, row)) !== row.lineNo;
  if (isSecond || posted.settledOn !== row.settledOn) {
    const detail = `${place} names a movement that is settled already on ${posted.settledOn}: a second charge, or a mistake of the file`;
    return { kind: "DUPLICATE_ROW", expectedMinor: posted.grossMinor, reportedMinor: row.grossMinor, detail };
  }
  const isSame =
    posted.grossMinor === row.grossMinor && posted.feeMinor === row.feeMinor && posted.vatMinor === row.vatMinor;
  if (isSame) return null;
  const detail = `${place} has ${sumsOf(row)} (gross, fee, tax, net) for what an earlier file settled as ${sumsOf(posted)}`;
  return { kind: "AMOUNT_DIFFERS", expectedMinor: netOf(posted), reportedMinor: netOf(row), detail };
}

/**
 * A row that agrees with our books is posted: bank, fee and its tax against clearing; what was open about it is closed. One
 * that another file of its day had with the same sums is left, and closes what a file between them said. One with another sum
 * than our books have, or that settles a posted movement a second time or with other sums, is kept as an exception and posted
 * nowhere. One that keeps another fee than is agreed is posted with the agreed one: the difference is put aside, as an
 * exception for a person.
 */
export function createRowJudge(book: SettlementBook): RowJudge {
  return async (tx, file, row, at) => {
    const { provider } = file;
    const { providerRef: reference, grossMinor: reportedMinor } = row;
    const about = { reference, reportedMinor, currency: tradingCurrency };
    const place = `line ${row.lineNo} of the file of ${file.day}`;
    const open = (kind: MoneyExceptionKind, rest: Partial<MoneyException> & Pick<MoneyException, "detail">) =>
      tx.exceptions.open(exceptionOf(file, kind, { ...about, ...rest }), at);
    const posted = await book.postedRow(tx, provider, row);
    if (posted !== null) {
      const difference = differenceFrom(posted, file, row);
      if (difference !== null) {
        await open(difference.kind, difference);
        return "EXCEPTION";
      }
      await closeAll(tx, provider, reference, correctable, `${place} has again what is posted`);
      return "REPEATED";
    }
    const booked = await book.bookedFor(tx, provider, row);
    if (booked === null || booked.grossMinor === 0n) {
      await open("UNKNOWN_ROW", {
        paymentId: booked?.paymentId ?? null,
        detail: `${place} has money that our books lack`,
      });
      return "EXCEPTION";
    }
    const { grossMinor: expectedMinor, paymentId } = booked;
    if (expectedMinor !== reportedMinor) {
      await open("AMOUNT_DIFFERS", { paymentId, expectedMinor, detail: `${place} has another sum than our books` });
      return "EXCEPTION";
    }
    const { agreed, isKept } = judgeFee(file.feeRules, booked, row);
    await tx.ledger.post(settlement(provider, movementOf(provider, row), settledOf(row, { agreed, isKept })), at);
    if (!isKept) {
      const expectedFee = agreed === null ? null : agreed.feeMinor + agreed.vatMinor;
      const why = agreed === null ? "no fee is agreed for it" : "another fee is agreed";
      const detail = `${place} keeps ${toDecimal(row.feeMinor)} and ${toDecimal(row.vatMinor)} of tax: ${why}`;
      await open("FEE_DIFFERS", {
        paymentId,
        expectedMinor: expectedFee,
        reportedMinor: row.feeMinor + row.vatMinor,
        detail,
      });
    }
    const resolution = `settled by ${place}`;
    for (const kind of ["MISSING_ROW", "AMOUNT_DIFFERS", "UNKNOWN_ROW"] as const) {
      const ours = kind === "MISSING_ROW" && row.type === "REFUND" ? row.ourRef : reference;
      await tx.exceptions.close({ provider, kind, reference: ours }, resolution);
    }
    return "POSTED";
  };
}
