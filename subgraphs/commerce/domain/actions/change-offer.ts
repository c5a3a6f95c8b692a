import type { NewId } from "../../../../platform/values/ids.ts";
import type { Money } from "../../../../platform/values/money.ts";
import { type Result, refused, success } from "../../../../platform/values/result.ts";
import type { ListingBook, StockMovementReason } from "../listing.ts";
import type { Transaction } from "../ports.ts";
import { announceAvailability, announcePrice } from "./announce.ts";

/** Why an offer was not changed. */
export type OfferRefusal =
  | "VARIANT_NOT_FOUND"
  | "CURRENCY_DIFFERS"
  | "PRICE_NOT_POSITIVE"
  | "NOT_ABOVE_FLASH_SALE"
  | "FEWER_THAN_RESERVED"
  | "TOO_MANY_PIECES";

/** Where changes of offers are written down. */
export interface OfferRecords {
  readonly listings: ListingBook;
  readonly newId: NewId;
}

/** Another regular price. `by`: the subject of who changes it. */
export interface NewPrice {
  readonly variantId: string;
  readonly price: Money;
  readonly by: string;
}

/** Pieces that come, or go (below 0). */
export interface Adjustment {
  readonly variantId: string;
  readonly pieces: number;
  readonly reason: StockMovementReason;
  readonly note: string | null;
  readonly by: string;
}

// Far from what the column can hold: a price times all pieces stays a number that people can read.
const mostOnHand = 100_000_000;

/** Gives a variant another price, writes it down and tells so. Carts that hold it are re-priced at checkout. */
export async function changePrice(
  { listings, newId }: OfferRecords,
  tx: Transaction,
  { variantId, price, by }: NewPrice,
  at: Date,
): Promise<Result<{ readonly from: Money }, OfferRefusal>> {
  if (price.amountMinor <= 0n) return refused("PRICE_NOT_POSITIVE");
  const offer = await tx.catalogue.lockPrice(variantId);
  if (offer === null) return refused("VARIANT_NOT_FOUND");
  const { productId, price: from } = offer;
  if (from.currency !== price.currency) return refused("CURRENCY_DIFFERS");
  if (from.amountMinor === price.amountMinor) return success({ from });
  const salePriceMinor = await listings.highestSalePrice(tx, variantId, at);
  if (salePriceMinor !== null && price.amountMinor <= salePriceMinor) return refused("NOT_ABOVE_FLASH_SALE");
  await tx.catalogue.setPrice(variantId, price);
  await listings.appendPriceChange(tx, { id: newId(), variantId, from, to: price, by, at });
  await announcePrice(tx, { productId, from, to: price }, at);
  return success({ from });
}

/** Adds pieces to what the shop has of a variant, or takes some away, writes it down and tells what that changes. */
export async function adjustStock(
  { listings, newId }: OfferRecords,
  tx: Transaction,
  adjustment: Adjustment,
  at: Date,
): Promise<Result<{ readonly onHand: number }, OfferRefusal>> {
  const { variantId, pieces } = adjustment;
  const [level] = await tx.stock.lock([variantId]);
  if (level === undefined) return refused("VARIANT_NOT_FOUND");
  const onHand = level.onHand + pieces;
  if (onHand < level.reserved) return refused("FEWER_THAN_RESERVED");
  if (onHand > mostOnHand) return refused("TOO_MANY_PIECES");
  await tx.stock.setOnHand(variantId, onHand);
  await listings.appendMovement(tx, { id: newId(), ...adjustment, at });
  await announceAvailability(tx, [{ variantId, quantity: Math.abs(pieces) }], at);
  return success({ onHand });
}
