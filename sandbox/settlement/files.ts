import { z } from "zod";
import { fromDecimal } from "../../platform/values/money.ts";
import type { Provider } from "../provider.ts";
import { jakartaDay } from "../snap/timestamps.ts";
import { rowsOf, type SettlementRow, toCsv } from "./rows.ts";

const reference = z.string().min(1).max(128);
const decimal = z.string().regex(/^\d{1,14}\.\d{2}$/);

/** `POST /control/settlement`: what a test wants wrong, or early, about the file of a day. Replaces what was asked before. */
export const settlementShape = z.object({
  /** The day in Jakarta; left out: today. */
  day: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/)
    .optional(),
  /** Give the file out although the day is not over. */
  publish: z.boolean().default(true),
  /** Do not give it out, although the day is over. */
  withhold: z.boolean().default(false),
  /** References, the provider's or the merchant's, whose rows are left out. */
  omit: z.array(reference).default([]),
  /** References whose rows stand twice. */
  duplicate: z.array(reference).default([]),
  /** Another gross for the rows of a reference. */
  gross: z.record(reference, decimal).default({}),
  /** Another fee for the rows of a reference. */
  fee: z.record(reference, z.string().regex(/^-?\d{1,14}\.\d{2}$/)).default({}),
  /** Rows of money that the book does not have. */
  add: z.array(z.object({ providerRef: reference, ourRef: reference, gross: decimal })).default([]),
  /** End in the middle. */
  truncate: z.boolean().default(false),
});

/** What is wrong with the file of a day. */
export type SettlementFaults = z.infer<typeof settlementShape>;

/** A provider's daily files. */
export interface SettlementFiles {
  readonly spoil: (faults: SettlementFaults) => void;
  /** The file of a day in Jakarta; undefined while there is none. */
  readonly fileOf: (day: string) => string | undefined;
}

function altered(row: SettlementRow, faults: SettlementFaults): SettlementRow[] {
  const names = [row.providerRef, row.ourRef];
  if (names.some((name) => faults.omit.includes(name))) return [];
  const gross = names.map((name) => faults.gross[name]).find((value) => value !== undefined);
  const fee = names.map((name) => faults.fee[name]).find((value) => value !== undefined);
  const shown = {
    ...row,
    ...(gross === undefined ? {} : { grossMinor: fromDecimal(gross) }),
    ...(fee === undefined ? {} : { feeMinor: fromDecimal(fee) }),
  };
  return names.some((name) => faults.duplicate.includes(name)) ? [shown, shown] : [shown];
}

/** Makes the files from the book, each time anew: a day that is over does not change any more. */
export function createSettlementFiles(provider: Provider): SettlementFiles {
  const faultsOf = new Map<string, SettlementFaults>();
  const today = () => jakartaDay(provider.clock());
  return {
    spoil: (faults) => void faultsOf.set(faults.day ?? today(), faults),
    fileOf: (day) => {
      const faults = faultsOf.get(day);
      const isOut = day < today() || (day === today() && faults?.publish === true);
      if (!isOut || faults?.withhold) return undefined;
      const rows = rowsOf(provider.book.charges(), provider.terms, day);
      if (faults === undefined) return toCsv(rows);
      const added = faults.add.map(({ gross, ...names }): SettlementRow => {
        const grossMinor = fromDecimal(gross);
        return { ...names, type: "PAYMENT", grossMinor, feeMinor: 0n, vatOnFeeMinor: 0n, settlementDate: day };
      });
      const csv = toCsv([...rows.flatMap((row) => altered(row, faults)), ...added]);
      return faults.truncate ? csv.slice(0, Math.floor(csv.length * 0.7)) : csv;
    },
  };
}
