import type { MoneyRule } from "./money-rules.ts";
import type { ShippingAddress } from "./order.ts";
import type { Transaction } from "./ports.ts";

/** What is issued. */
export type DocumentKind = "INVOICE" | "RECEIPT" | "CREDIT_NOTE";

/** A line of an order as it was bought. Amounts in minor units. */
export interface DocumentedLine {
  readonly title: string;
  readonly quantity: number;
  readonly unitPriceMinor: bigint;
  readonly totalMinor: bigint;
}

/**
 * What an order costs beside its lines, as it is recorded; below zero it is taken off. OTHER: what no record explains. Taxed with
 * the goods: what the shop itself takes off its price.
 */
export interface DocumentedCharge {
  readonly kind: "SHIPPING" | "SHOP_VOUCHER" | "PLATFORM_VOUCHER" | "OTHER";
  readonly amountMinor: bigint;
}

/** An order with everything that its documents say, as it is recorded. */
export interface DocumentedOrder {
  readonly id: string;
  readonly shopId: string;
  readonly shopName: string;
  /** Where the shop sends from, in words. */
  readonly shopPlace: string;
  readonly buyer: Pick<ShippingAddress, "recipientName" | "street" | "postalCode">;
  /** Where it is sent, in words. */
  readonly buyerPlace: string;
  readonly currency: string;
  readonly totalMinor: bigint;
  readonly lines: readonly DocumentedLine[];
  readonly charges: readonly DocumentedCharge[];
  readonly paymentMethodId: string;
}

/** PPN that a price contains, and by which rule. Amounts in minor units; base and tax sum up to what is taxed. */
export interface ContainedTax {
  readonly basisPoints: number;
  readonly baseNumerator: number;
  readonly baseDenominator: number;
  /** The price without the tax. */
  readonly baseMinor: bigint;
  /** What the rate is on: the part of the base that the rule names. */
  readonly ratedMinor: bigint;
  readonly taxMinor: bigint;
}

/** Everything a document says. It is kept as it is, whatever becomes of shop, order and rules. */
export interface DocumentSnapshot {
  readonly kind: DocumentKind;
  /** As printed: `INV/2026/0290C5FA1110/000012`. */
  readonly number: string;
  /** The invoice that a credit note takes back, or that a receipt is for; null for the invoice itself. */
  readonly invoiceNumber: string | null;
  readonly issuedAt: Date;
  readonly order: DocumentedOrder;
  readonly paidAt: Date;
  readonly paidBy: string;
  /** The order's total; of a credit note, what is taken back. */
  readonly amountMinor: bigint;
  /** What of it is taxed, and how; null where no rule was in force. */
  readonly tax: ContainedTax | null;
}

/** A document that is issued. */
export interface IssuedDocument {
  readonly id: string;
  readonly orderId: string;
  /** The line of the timeline that it documents. */
  readonly cause: string;
  readonly year: number;
  readonly sequence: number;
  readonly snapshot: DocumentSnapshot;
}

/** What is to be documented. */
export interface DueDocument {
  /** The line of the order's timeline. */
  readonly id: string;
  readonly orderId: string;
  readonly kind: "CONFIRMED" | "REFUND_OWED";
  /** Of a refund. */
  readonly amountMinor: bigint | null;
  readonly at: Date;
}

/** Documents in the caller's transaction. */
export interface DocumentBook {
  /** Locks what is due longest and not locked by others, and its order's documents; null: nothing is. */
  readonly claimDue: (tx: Transaction, at: Date) => Promise<DueDocument | null>;
  readonly postpone: (tx: Transaction, dueId: string, until: Date) => Promise<void>;
  readonly settleDue: (tx: Transaction, dueId: string) => Promise<void>;
  /** @throws Error when there is no such order. */
  readonly orderOf: (tx: Transaction, orderId: string) => Promise<DocumentedOrder>;
  /** The order's documents, oldest first. */
  readonly ofOrder: (tx: Transaction, orderId: string) => Promise<readonly IssuedDocument[]>;
  /** The next number of a series; others who want one wait until this transaction ends. */
  readonly nextNumber: (tx: Transaction, kind: DocumentKind, shopId: string, year: number) => Promise<number>;
  readonly insert: (tx: Transaction, document: IssuedDocument) => Promise<void>;
}

/** What may be read of documents. */
export interface DocumentReads {
  /** Documents of the buyer's orders, oldest first. */
  readonly documentsByOrders: (buyerId: string, orderIds: readonly string[]) => Promise<IssuedDocument[]>;
  /** One by its id, for whoever has a link to it. */
  readonly document: (id: string) => Promise<IssuedDocument | null>;
}

/** Makes addresses at which one document can be read for a while, by whoever has the address. */
export interface DocumentLinks {
  readonly linkTo: (documentId: string) => Promise<string>;
}

const prefixes: Readonly<Record<DocumentKind, string>> = { INVOICE: "INV", RECEIPT: "KWT", CREDIT_NOTE: "NK" };

/** A document's number as printed. A shop's part is the end of its id. */
export function printedNumber(kind: DocumentKind, shopId: string, year: number, sequence: number): string {
  const shop = shopId.slice(-12).toUpperCase();
  return `${prefixes[kind]}/${year}/${shop}/${String(sequence).padStart(6, "0")}`;
}

function roundedQuotient(numerator: bigint, denominator: bigint): bigint {
  return (2n * numerator + denominator) / (2n * denominator);
}

/** What of an order is taxed as the shop's sale: its goods at what the shop asks for them. */
export function taxedMinor({ lines, charges }: DocumentedOrder): bigint {
  const goods = lines.reduce((sum, line) => sum + line.totalMinor, 0n);
  const reductions = charges.filter(
    ({ kind, amountMinor }) => kind === "SHOP_VOUCHER" || (kind === "OTHER" && amountMinor < 0n),
  );
  const taxed = reductions.reduce((sum, { amountMinor }) => sum + amountMinor, goods);
  return taxed > 0n ? taxed : 0n;
}

/**
 * The tax that a price contains: price = base + rate * (numerator / denominator) * base. By 12 % on 11/12 of the base a price of
 * 111.00 has a base of 100.00, of which 91.67 are rated, and a tax of 11.00. Rounded half up; base and tax sum to the price.
 */
export function containedTax(priceMinor: bigint, rule: MoneyRule): ContainedTax {
  const { basisPoints, baseNumerator, baseDenominator } = rule;
  const rate = BigInt(basisPoints) * BigInt(baseNumerator);
  const whole = 10_000n * BigInt(baseDenominator);
  const taxMinor = roundedQuotient(priceMinor * rate, whole + rate);
  const baseMinor = priceMinor - taxMinor;
  const ratedMinor = roundedQuotient(baseMinor * BigInt(baseNumerator), BigInt(baseDenominator));
  return { basisPoints, baseNumerator, baseDenominator, baseMinor, ratedMinor, taxMinor };
}

/**
 * What of an invoice's tax a refund takes back, after `earlierMinor` of the total was given back: parts by refund sum up to the
 * invoice's, exactly, when all of it is given back.
 */
export function creditedTax(
  { amountMinor: totalMinor, tax }: DocumentSnapshot,
  earlierMinor: bigint,
  amountMinor: bigint,
): ContainedTax | null {
  if (tax === null) return null;
  const partOf = (whole: bigint): bigint =>
    roundedQuotient(whole * (earlierMinor + amountMinor), totalMinor) -
    roundedQuotient(whole * earlierMinor, totalMinor);
  const baseMinor = partOf(tax.baseMinor);
  return { ...tax, baseMinor, taxMinor: partOf(tax.taxMinor), ratedMinor: partOf(tax.ratedMinor) };
}
