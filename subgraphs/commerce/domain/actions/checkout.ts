import { isUuid } from "../../../../platform/values/ids.ts";
import { addSeconds } from "../../../../platform/values/instants.ts";
import { type Result, refused, success } from "../../../../platform/values/result.ts";
import type { Cart } from "../cart.ts";
import { repricedLines, totalOf } from "../cart-pricing.ts";
import type { OfferedVariant } from "../catalogue.ts";
import { claimableOf } from "../flash-sale.ts";
import { findMethod } from "../payment-methods.ts";
import { type Agreement, place } from "../placement.ts";
import type { IdempotencyClaim, Transaction } from "../ports.ts";
import {
  type AddressNotFound,
  type CartChanged,
  type CartEmpty,
  checkIdempotencyKey,
  type FlashSaleLimitReached,
  type IdempotencyConflict,
  type InvalidInput,
  invalidInput,
  type OutOfStock,
  type PaymentMethodUnavailable,
  type PriceChanged,
  type RedemptionRefusal,
  type ShippingQuoteChanged,
  type ShippingQuoteExpired,
  type ShippingUnavailable,
  type TooManyOpenPayments,
} from "../refusals.ts";
import type { RatesForBasket } from "../shipping/rate-desk.ts";
import { findShortages, type StockLevel } from "../stock.ts";
import { announceAvailability } from "./announce.ts";
import type { Buying } from "./buying.ts";
import { askBeforeCheckout, chooseCarriage, mostQuotes } from "./choose-carriage.ts";
import { agreeOnVouchers } from "./redeem-vouchers.ts";
import { startPayment } from "./start-payment.ts";

/** What to buy and how to pay. */
export interface CheckoutInput {
  readonly expectedCartVersion: number;
  readonly addressId: string;
  readonly paymentMethodId: string;
  /** At most one for each shop; for a shop without one, the cheapest service is taken. */
  readonly shippingQuoteIds: readonly string[];
  readonly idempotencyKey: string;
  /** What the cart cost in all as the buyer was shown, in minor units; null: the version says enough. */
  readonly expectedTotalMinor: bigint | null;
}

/** The payment that covers the orders; they are read from it. */
export interface CheckedOut {
  readonly paymentId: string;
  /** Whether this is the first result again. */
  readonly isReplay: boolean;
}

/** Why nothing was bought. */
export type CheckoutRefusal =
  | OutOfStock
  | CartChanged
  | CartEmpty
  | PriceChanged
  | ShippingUnavailable
  | ShippingQuoteExpired
  | ShippingQuoteChanged
  | FlashSaleLimitReached
  | RedemptionRefusal
  | AddressNotFound
  | PaymentMethodUnavailable
  | TooManyOpenPayments
  | InvalidInput
  | IdempotencyConflict;

/** Most payments that a buyer may have open, so that one who never pays holds no more stock than this many carts. */
export const mostOpenPayments = 10;

async function readOffers(tx: Transaction, cart: Cart): Promise<Map<string, OfferedVariant>> {
  const offers = await tx.catalogue.offeredVariants(cart.lines.map((line) => line.variantId));
  return new Map(offers.map((offer) => [offer.id, offer]));
}

function levelsOfSold(levels: readonly StockLevel[], offers: ReadonlyMap<string, OfferedVariant>): StockLevel[] {
  return levels.filter((level) => offers.get(level.variantId)?.isSold === true);
}

/** Holds the lines against the flash sales whose price they have; the sales are locked. */
async function limitReached(
  tx: Transaction,
  cart: Cart,
  offers: ReadonlyMap<string, OfferedVariant>,
): Promise<FlashSaleLimitReached | null> {
  const wanted = cart.lines.flatMap(({ variantId, quantity }) => {
    const sale = offers.get(variantId)?.sale ?? null;
    return sale === null ? [] : [{ sale, quantity }];
  });
  if (wanted.length === 0) return null;
  const claimed = await tx.flashSales.claimedBy(
    cart.buyerId,
    wanted.map(({ sale }) => sale.id),
  );
  for (const { sale, quantity } of wanted) {
    const availableQuantity = claimableOf(sale, claimed.get(sale.id) ?? 0);
    if (quantity > availableQuantity) return { kind: "FlashSaleLimitReached", saleId: sale.id, availableQuantity };
  }
  return null;
}

/** Everything is checked before anything is written, so that a refusal has nothing to undo. Order: the schema's. */
async function agree(
  tx: Transaction,
  buying: Buying,
  claim: IdempotencyClaim,
  input: CheckoutInput,
  asked: readonly RatesForBasket[],
): Promise<Result<Agreement, CheckoutRefusal>> {
  const cart = await tx.carts.lock(claim.buyerId);
  if (cart.version !== input.expectedCartVersion) return refused({ kind: "CartChanged", cart });
  if (cart.lines.length === 0) return refused({ kind: "CartEmpty" });
  const address = isUuid(input.addressId) ? await tx.addresses.find(claim.buyerId, input.addressId) : null;
  if (address === null) return refused({ kind: "AddressNotFound" });
  const method = findMethod(buying.methods, input.paymentMethodId);
  if (method === null) return refused({ kind: "PaymentMethodUnavailable" });
  // Under the lock of the buyer's cart: of two checkouts at once, the second counts what the first placed.
  if ((await tx.payments.countPayable(claim.buyerId)) >= mostOpenPayments) {
    return refused({ kind: "TooManyOpenPayments", most: mostOpenPayments });
  }
  await tx.flashSales.lockOpen(cart.lines.map((line) => line.variantId));
  const offers = await readOffers(tx, cart);
  const repriced = repricedLines(cart.lines, offers);
  if (repriced.length > 0) {
    return refused({ kind: "PriceChanged", cart: await tx.carts.putLines(claim.buyerId, repriced) });
  }
  const carried = { cart, offers, address };
  const request = { ...input, buyerId: claim.buyerId };
  const carriages = await chooseCarriage(tx, buying.shipping, asked, request, carried, claim.at);
  if (!carriages.ok) return carriages;
  const limit = await limitReached(tx, cart, offers);
  if (limit !== null) return refused(limit);
  const effects = await agreeOnVouchers(tx, cart, claim.at);
  if (!effects.ok) return effects;
  if (input.expectedTotalMinor !== null && input.expectedTotalMinor !== totalOf(cart).amountMinor) {
    return refused({ kind: "PriceChanged", cart });
  }
  const levels = await tx.stock.lock(cart.lines.map((line) => line.variantId));
  const shortages = findShortages(cart.lines, levelsOfSold(levels, offers));
  if (shortages.length > 0) return refused({ kind: "OutOfStock", field: null, shortages });
  const expiresAt = addSeconds(claim.at, buying.paymentTtlSeconds);
  const paymentId = claim.result.paymentId ?? "";
  const value = { paymentId, ...carried, effects: effects.value, method, carriages: carriages.value };
  return success({ ...value, at: claim.at, expiresAt });
}

async function placeOrders(tx: Transaction, buying: Buying, agreement: Agreement): Promise<void> {
  const placed = place(agreement, buying.newId);
  const { payment, orders, claims, reservations, shipments, redemptions, discounts } = placed;
  await tx.payments.insert(payment);
  await tx.orders.insert(orders);
  await tx.shipping.insert(shipments);
  await tx.flashSales.claim(claims);
  await tx.vouchers.reserve(redemptions, discounts, payment.createdAt);
  await tx.stock.reserve(reservations);
  await tx.carts.empty(payment.buyerId);
  await startPayment(buying.work, tx, payment);
  await announceAvailability(tx, reservations, payment.createdAt);
}

async function decide(
  tx: Transaction,
  buying: Buying,
  claim: IdempotencyClaim,
  input: CheckoutInput,
  asked: readonly RatesForBasket[],
): Promise<Result<CheckedOut, CheckoutRefusal>> {
  const earlier = await tx.idempotency.claim(claim);
  if (earlier !== null) {
    if (earlier.requestHash !== claim.requestHash) return refused({ kind: "IdempotencyConflict" });
    // The orders belong to the payment that took its place, if one did.
    const paymentId = await tx.payments.latestOf(earlier.result.paymentId ?? "");
    return success({ paymentId, isReplay: true });
  }
  const agreement = await agree(tx, buying, claim, input, asked);
  if (!agreement.ok) {
    await tx.idempotency.forgetRefused(claim, agreement.refusal.kind);
    return agreement;
  }
  await placeOrders(tx, buying, agreement.value);
  return success({ paymentId: agreement.value.paymentId, isReplay: false });
}

/**
 * Buys the buyer's cart: couriers are asked what carrying it costs; then, in one transaction the stock is reserved, one order for each shop and one payment are placed, the
 * cart is emptied and the work that outlives this process is started. Then the provider is asked; whatever it says or does
 * not say, the orders stand. The same key answers the first result; a refused request leaves its key free.
 */
export async function checkout(
  buying: Buying,
  buyerId: string,
  input: CheckoutInput,
): Promise<Result<CheckedOut, CheckoutRefusal>> {
  const invalid = checkIdempotencyKey(input.idempotencyKey);
  if (invalid !== null) return refused(invalid);
  if (input.expectedCartVersion < 0) return refused(invalidInput("input.expectedCartVersion", "0 or more"));
  const { idempotencyKey, expectedCartVersion, expectedTotalMinor, addressId, paymentMethodId, shippingQuoteIds } =
    input;
  if (shippingQuoteIds.length > mostQuotes || new Set(shippingQuoteIds).size < shippingQuoteIds.length) {
    return refused(invalidInput("input.shippingQuoteIds", "at most one quote for each shop"));
  }
  // Left out when nothing is chosen: the digest of a request from before there was a choice stays what it was.
  const chosen: Readonly<Record<string, string>> =
    shippingQuoteIds.length === 0 ? {} : { shippingQuotes: [...shippingQuoteIds].sort().join(" ") };
  const expectedTotal: Readonly<Record<string, string>> =
    expectedTotalMinor === null ? {} : { expectedTotal: expectedTotalMinor.toString() };
  const claim: IdempotencyClaim = {
    buyerId,
    operation: "checkout",
    key: idempotencyKey,
    requestHash: buying.hashRequest({
      expectedCartVersion,
      addressId,
      paymentMethodId,
      ...chosen,
      ...expectedTotal,
    }),
    result: { paymentId: buying.newId() },
    at: buying.clock(),
  };
  const asked = await askBeforeCheckout(buying.shipping, { ...input, buyerId });
  const result = await buying.transactions.runInTransaction((tx) => decide(tx, buying, claim, input, asked));
  if (result.ok && !result.value.isReplay) await buying.paymentRequests.request(result.value.paymentId);
  return result;
}
