import type { Attribution } from "./attribution.ts";
import type { OrderLine } from "./order.ts";
import { type OrderReturn, paidForPieces, piecesBack } from "./order-return.ts";

/** A line of an order without its pieces that went back. Amounts in minor units. */
export interface KeptLine {
  readonly id: string;
  /** What the buyer paid for the pieces that were kept. */
  readonly paidMinor: bigint;
  /** What the platform promised to add to that; a seller's voucher is borne by its shop, as a lower price. */
  readonly addedMinor: bigint;
  readonly attribution: Attribution | null;
}

/** The goods of an order without those that went back, as their buyer paid for them; refunds without goods are still in it. */
export interface KeptGoods {
  readonly lines: readonly KeptLine[];
  readonly paidMinor: bigint;
  readonly addedMinor: bigint;
}

/**
 * What was kept of an order's goods: pieces whose return was received, and refunded by line, are out. A courier's return is
 * not: what is given back for it is decided without lines. `added`: what the platform adds, by line, in minor units.
 */
export function keptGoods(
  lines: readonly OrderLine[],
  added: ReadonlyMap<string, bigint>,
  returns: readonly OrderReturn[],
): KeptGoods {
  const back = piecesBack(returns.filter(({ status, origin }) => status === "RECEIVED" && origin === "BUYER"));
  const kept = lines.map((line): KeptLine => {
    const gone = back.get(line.id) ?? 0;
    const addedMinor = added.get(line.id) ?? 0n;
    return {
      id: line.id,
      paidMinor: paidForPieces(line, gone, line.quantity - gone),
      addedMinor: addedMinor - (addedMinor * BigInt(gone)) / BigInt(line.quantity),
      attribution: line.attribution,
    };
  });
  return {
    lines: kept,
    paidMinor: kept.reduce((total, { paidMinor }) => total + paidMinor, 0n),
    addedMinor: kept.reduce((total, { addedMinor }) => total + addedMinor, 0n),
  };
}

/**
 * What the platform adds, in minor units, when `leftMinor` of what was paid for the goods is left: refunds that are of no line
 * lower what was paid for each kept line alike, and what is added to it with it.
 */
export function subsidyOf({ paidMinor, addedMinor }: KeptGoods, leftMinor: bigint): bigint {
  return paidMinor === 0n ? 0n : (addedMinor * leftMinor) / paidMinor;
}
