import { toDecimal } from "../../platform/values/money.ts";
import type { Charge } from "../book/charge.ts";
import type { ChargeDetails } from "../book/entries.ts";
import { jakartaDay } from "../snap/timestamps.ts";

/** What a provider keeps of what it settles. */
export interface SettlementTerms {
  /** The fee (MDR) of a payment in minor units; its VAT comes on top. */
  readonly feeOf: (kind: ChargeDetails["kind"], amountMinor: bigint) => bigint;
}

/** One line of a settlement file. Amounts are minor units; money sent back is negative. */
export interface SettlementRow {
  readonly providerRef: string;
  readonly ourRef: string;
  readonly type: "PAYMENT" | "REFUND";
  readonly grossMinor: bigint;
  readonly feeMinor: bigint;
  readonly vatOnFeeMinor: bigint;
  /** The day in Jakarta on which the money moved. */
  readonly settlementDate: string;
}

/** A part of an amount in basis points, rounded half up to the minor unit. */
export function shareOf(amountMinor: bigint, basisPoints: bigint): bigint {
  return (amountMinor * basisPoints + 5_000n) / 10_000n;
}

// PPN 12% on 11/12 of the base. Source: PMK 131/2024.
const vatBasisPoints = 1_100n;

/** How a charge's payment is named in the file: as in the notification about it. */
function paymentRef(charge: Charge, paymentRequestId: string): string {
  return charge.details.kind === "virtual-account" ? paymentRequestId : charge.reference;
}

/** What moved on a day in Jakarta, in the book's order: payments that were not returned, then what was sent back. */
export function rowsOf(charges: readonly Charge[], terms: SettlementTerms, day: string): SettlementRow[] {
  const payments = charges.flatMap((charge) =>
    charge.payments
      .filter(({ returned, takenAt }) => !returned && jakartaDay(takenAt) === day)
      .map(({ paymentRequestId, amountMinor }): SettlementRow => {
        const feeMinor = terms.feeOf(charge.details.kind, amountMinor);
        return {
          providerRef: paymentRef(charge, paymentRequestId),
          ourRef: charge.partnerReferenceNo,
          type: "PAYMENT",
          grossMinor: amountMinor,
          feeMinor,
          vatOnFeeMinor: shareOf(feeMinor, vatBasisPoints),
          settlementDate: day,
        };
      }),
  );
  const refunds = charges.flatMap((charge) =>
    charge.refunds
      .filter(({ madeAt }) => jakartaDay(madeAt) === day)
      .map(
        ({ refundNo, partnerRefundNo, amountMinor }): SettlementRow => ({
          providerRef: refundNo,
          ourRef: partnerRefundNo,
          type: "REFUND",
          grossMinor: -amountMinor,
          feeMinor: 0n,
          vatOnFeeMinor: 0n,
          settlementDate: day,
        }),
      ),
  );
  return [...payments, ...refunds];
}

const header = "provider_ref,our_ref,type,gross,fee,vat_on_fee,net,settlement_date";

function signed(amountMinor: bigint): string {
  return amountMinor < 0n ? `-${toDecimal(-amountMinor)}` : toDecimal(amountMinor);
}

function netOf({ grossMinor, feeMinor, vatOnFeeMinor }: SettlementRow): bigint {
  return grossMinor - feeMinor - vatOnFeeMinor;
}

/** The file: a header, a line for each row, and a last line with their count and the sum of net, by which it is whole. */
export function toCsv(rows: readonly SettlementRow[]): string {
  const lines = rows.map((row) =>
    [
      row.providerRef,
      row.ourRef,
      row.type,
      signed(row.grossMinor),
      signed(row.feeMinor),
      signed(row.vatOnFeeMinor),
      signed(netOf(row)),
      row.settlementDate,
    ].join(","),
  );
  const net = rows.reduce((sum, row) => sum + netOf(row), 0n);
  return `${[header, ...lines, `TRAILER,${rows.length},${signed(net)}`].join("\n")}\n`;
}
