import type { Money } from "../../../../platform/values/money.ts";
import type { LockedPayment } from "../payment.ts";
import type { Transaction } from "../ports.ts";
import type { VariantQuantity } from "../stock.ts";

/** Tells what the payment's orders sold and which content led to it, once for each order, in the transaction that pays them. */
export async function announcePaidOrders(tx: Transaction, payment: LockedPayment, at: Date): Promise<void> {
  const sold = await tx.orders.soldLines(payment.orders.map(({ id }) => id));
  await tx.events.append(
    payment.orders.map(({ id }) => ({ type: "order-paid", orderId: id, lines: sold.get(id) ?? [] })),
    at,
  );
}

/** Tells that all of an order's money goes back, so that what it sold does not count any more; in that transaction. */
export async function announceRefundedOrder(tx: Transaction, orderId: string, at: Date): Promise<void> {
  const sold = await tx.orders.soldLines([orderId]);
  await tx.events.append([{ type: "order-refunded", orderId, lines: sold.get(orderId) ?? [] }], at);
}

/**
 * Tells which products were sold out, or can be bought again, by moving pieces of these variants within this transaction.
 * Called after the move, as the last thing that locks. Most moves end far from zero and cost one look.
 */
export async function announceAvailability(
  tx: Transaction,
  moved: readonly VariantQuantity[],
  at: Date,
): Promise<void> {
  const productIds = await tx.events.productsNearZero(moved);
  if (productIds.length > 0) await announceProducts(tx, productIds, at);
}

/** Tells of these products whether they can be bought, where that is not what was told last; also after a (de)listing. */
export async function announceProducts(tx: Transaction, productIds: readonly string[], at: Date): Promise<number> {
  const changes = await tx.events.tellAvailability(productIds, at);
  await tx.events.append(
    changes.map(({ productId, isAvailable }) => ({
      type: isAvailable ? "item-available" : "item-sold-out",
      productId,
    })),
    at,
  );
  return changes.length;
}

/** Tells that a variant of the product has another price, and in which direction; the same price is no news. */
export async function announcePrice(
  tx: Transaction,
  change: { readonly productId: string; readonly from: Money; readonly to: Money },
  at: Date,
): Promise<void> {
  const { productId, from, to } = change;
  if (from.currency !== to.currency) throw new Error(`the price of ${productId} changes its currency`);
  if (from.amountMinor === to.amountMinor) return;
  const direction = to.amountMinor < from.amountMinor ? "LOWER" : "HIGHER";
  await tx.events.append([{ type: "price-changed", productId, direction }], at);
}

/** Tells that a product was reviewed: the stars, not who or what was written. @throws RangeError unless 1 to 5 */
export async function announceReview(
  tx: Transaction,
  review: { readonly productId: string; readonly rating: number },
  at: Date,
): Promise<void> {
  const { productId, rating } = review;
  if (!Number.isInteger(rating) || rating < 1 || rating > 5) throw new RangeError(`${rating} is no rating from 1 to 5`);
  await tx.events.append([{ type: "review-posted", productId, rating }], at);
}
