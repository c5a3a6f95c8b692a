import { fromDecimal } from "../../../platform/values/money.ts";
import { type Result, refused, success } from "../../../platform/values/result.ts";

/** One movement that a provider settles. Amounts are minor units; `grossMinor` is below zero for money sent back. */
export interface SettlementRow {
  /** From 1, the header not counted. */
  readonly lineNo: number;
  /** The provider's name for the charge or the refund. */
  readonly providerRef: string;
  /** Ours: the payment's id, or the refund's. */
  readonly ourRef: string;
  readonly type: "PAYMENT" | "REFUND";
  readonly grossMinor: bigint;
  readonly feeMinor: bigint;
  readonly vatMinor: bigint;
  /** `2026-11-25`. */
  readonly settledOn: string;
}

const header = "provider_ref,our_ref,type,gross,fee,vat_on_fee,net,settlement_date";
const amountPattern = /^-?\d{1,14}\.\d{2}$/;
const referencePattern = /^[\x21-\x7e]{1,128}$/;
const dayPattern = /^\d{4}-\d{2}-\d{2}$/;

function toMinor(text: string): bigint {
  return text.startsWith("-") ? -fromDecimal(text.slice(1)) : fromDecimal(text);
}

function readLine(line: string, lineNo: number): Result<SettlementRow, string> {
  const fields = line.split(",");
  const [providerRef = "", ourRef = "", type = "", gross = "", fee = "", vat = "", net = "", settledOn = ""] = fields;
  if (fields.length !== 8) return refused(`line ${lineNo} has ${fields.length} fields instead of 8`);
  if (!referencePattern.test(providerRef) || !referencePattern.test(ourRef)) {
    return refused(`line ${lineNo} has a reference that is none`);
  }
  if (type !== "PAYMENT" && type !== "REFUND")
    return refused(`line ${lineNo} has the unknown type ${type.slice(0, 20)}`);
  if (![gross, fee, vat, net].every((amount) => amountPattern.test(amount))) {
    return refused(`line ${lineNo} has an amount that is none`);
  }
  if (!dayPattern.test(settledOn)) return refused(`line ${lineNo} has a date that is none`);
  const [grossMinor, feeMinor, vatMinor] = [toMinor(gross), toMinor(fee), toMinor(vat)];
  if (grossMinor === 0n || grossMinor < 0n !== (type === "REFUND")) {
    return refused(`line ${lineNo} has the gross ${gross} for ${type}`);
  }
  if (type === "PAYMENT" && (feeMinor < 0n || vatMinor < 0n || feeMinor + vatMinor > grossMinor)) {
    return refused(`line ${lineNo} has fees of ${fee} and ${vat} on ${gross}: below zero, or more than there is`);
  }
  if (grossMinor - feeMinor - vatMinor !== toMinor(net))
    return refused(`line ${lineNo}: gross, fees and net do not agree`);
  return success({ lineNo, providerRef, ourRef, type, grossMinor, feeMinor, vatMinor, settledOn });
}

function netOf({ grossMinor, feeMinor, vatMinor }: SettlementRow): bigint {
  return grossMinor - feeMinor - vatMinor;
}

/**
 * Reads the daily file of a day, `2026-11-25`: a header, a line for each movement of that day, and a trailer with their count
 * and the sum of net, without which it is not whole. All or nothing: a file with one bad line, or with a line of another day,
 * is refused, with a sentence that says why.
 */
export function readSettlementFile(text: string, day: string): Result<readonly SettlementRow[], string> {
  if (!text.endsWith("\n")) return refused("the file ends in the middle of a line");
  const [first, ...lines] = text.slice(0, -1).split("\n");
  if (first !== header) return refused("the header is not the one agreed on");
  const trailer = /^TRAILER,(\d{1,9}),(-?\d{1,14}\.\d{2})$/.exec(lines.at(-1) ?? "");
  if (trailer === null) return refused("the trailer is missing: the file is cut off");
  const rows: SettlementRow[] = [];
  for (const [index, line] of lines.slice(0, -1).entries()) {
    const read = readLine(line, index + 1);
    if (!read.ok) return read;
    // The file of another day: taken as this day's, it would end the day, and the right file would never be asked for.
    const { lineNo, settledOn } = read.value;
    if (settledOn !== day)
      return refused(`line ${lineNo} was settled on ${settledOn}: it is not of the file of ${day}`);
    rows.push(read.value);
  }
  const [, count = "", net = ""] = trailer;
  if (Number(count) !== rows.length) return refused(`the trailer counts ${count} lines, the file has ${rows.length}`);
  const sum = rows.reduce((total, row) => total + netOf(row), 0n);
  return sum === toMinor(net) ? success(rows) : refused("the trailer's sum is not that of the lines");
}
