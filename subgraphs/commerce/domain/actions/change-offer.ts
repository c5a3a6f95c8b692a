import type { Money } from "../../../../platform/values/money.ts";
import { type Result, refused, success } from "../../../../platform/values/result.ts";
import type { Transaction } from "../ports.ts";
import { announceAvailability, announcePrice } from "./announce.ts";

/** Why an offer was not changed. */
export type OfferRefusal = "VARIANT_NOT_FOUND" | "CURRENCY_DIFFERS" | "PRICE_NOT_POSITIVE" | "FEWER_THAN_RESERVED";

/** Gives a variant another price and tells so. Carts that hold it are re-priced at checkout. */
export async function changePrice(
  tx: Transaction,
  variantId: string,
  price: Money,
  at: Date,
): Promise<Result<{ readonly from: Money }, OfferRefusal>> {
  if (price.amountMinor <= 0n) return refused("PRICE_NOT_POSITIVE");
  const offer = await tx.catalogue.lockPrice(variantId);
  if (offer === null) return refused("VARIANT_NOT_FOUND");
  const { productId, price: from } = offer;
  if (from.currency !== price.currency) return refused("CURRENCY_DIFFERS");
  await tx.catalogue.setPrice(variantId, price);
  await announcePrice(tx, { productId, from, to: price }, at);
  return success({ from });
}

/** Adds pieces to what the shop has of a variant, or takes some away (`pieces` below 0), and tells what that changes. */
export async function adjustStock(
  tx: Transaction,
  variantId: string,
  pieces: number,
  at: Date,
): Promise<Result<{ readonly onHand: number }, OfferRefusal>> {
  const [level] = await tx.stock.lock([variantId]);
  if (level === undefined) return refused("VARIANT_NOT_FOUND");
  const onHand = level.onHand + pieces;
  if (onHand < level.reserved) return refused("FEWER_THAN_RESERVED");
  await tx.stock.setOnHand(variantId, onHand);
  await announceAvailability(tx, [{ variantId, quantity: Math.abs(pieces) }], at);
  return success({ onHand });
}
