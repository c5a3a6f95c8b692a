import type { OfferedVariant } from "../catalogue.ts";
import type { LockedPayment } from "../payment.ts";
import type { BoughtTerms, Transaction } from "../ports.ts";
import type {
  OrderTermsChanged,
  OutOfStock,
  PaymentUnsettled,
  ShippingUnavailable,
  VoucherExpired,
  VoucherQuotaSpent,
} from "../refusals.ts";
import { type Basket, isFor } from "../shipping/basket.ts";
import type { RateDesk, RatesForBasket } from "../shipping/rate-desk.ts";
import type { Shipment } from "../shipping/shipment.ts";
import { findShortages } from "../stock.ts";
import { announceAvailability } from "./announce.ts";

/** Why what was given back cannot be held again on the old terms. */
export type HoldRefusal =
  | OutOfStock
  | OrderTermsChanged
  | VoucherQuotaSpent
  | VoucherExpired
  | ShippingUnavailable
  | PaymentUnsettled;

/** An order's parcel as it would be sent now, and how it was agreed to be carried. */
interface Parcel {
  readonly basket: Basket;
  readonly shipment: Shipment;
}

interface Terms {
  readonly lines: readonly BoughtTerms[];
  readonly offers: ReadonlyMap<string, OfferedVariant>;
  readonly parcels: readonly Parcel[];
}

async function readTerms(tx: Transaction, paymentId: string): Promise<Terms> {
  const lines = await tx.orders.termsOf(paymentId);
  const offers = new Map(
    (await tx.catalogue.offeredVariants(lines.map(({ variantId }) => variantId))).map((offer) => [offer.id, offer]),
  );
  const parcels: Parcel[] = [];
  for (const orderId of new Set(lines.map((line) => line.orderId))) {
    const shipment = await tx.shipping.find(orderId);
    if (shipment === null) continue;
    const goods = lines.filter((line) => line.orderId === orderId);
    const weightGrams = goods.reduce(
      (total, { variantId, quantity }) => total + (offers.get(variantId)?.weightGrams ?? 0) * quantity,
      0,
    );
    const offer = offers.get(goods[0]?.variantId ?? "");
    const basket = { shopId: offer?.shopId ?? "", originDistrict: offer?.shopDistrictCode ?? "", weightGrams };
    parcels.push({ basket, shipment });
  }
  return { lines, offers, parcels };
}

/** The parcels of a payment's orders that couriers are to be asked about, before the transaction that decides. */
export async function parcelsOf(tx: Transaction, paymentId: string): Promise<readonly Parcel[]> {
  return (await readTerms(tx, paymentId)).parcels;
}

/** Asks couriers what carrying the parcels costs now, outside of any transaction. */
export async function askAgain(desk: RateDesk, parcels: readonly Parcel[]): Promise<readonly RatesForBasket[]> {
  const asked = parcels.map(({ basket, shipment }) => desk.ratesFor([basket], shipment.destinationDistrict));
  return (await Promise.all(asked)).flat();
}

function changed(reason: OrderTermsChanged["reason"], variantId: string | null = null): OrderTermsChanged {
  return { kind: "OrderTermsChanged", reason, variantId };
}

/** The variants as they are offered now, against what was agreed to. */
function offerRefusal({ lines, offers }: Terms): OrderTermsChanged | null {
  for (const { variantId, unitPrice } of lines) {
    const offer = offers.get(variantId);
    if (offer?.isSold !== true) return changed("VARIANT_NOT_SOLD", variantId);
    const isSame = offer.price.amountMinor === unitPrice.amountMinor && offer.price.currency === unitPrice.currency;
    if (!isSame) return changed("PRICE_CHANGED", variantId);
  }
  return null;
}

function carriageRefusal(
  { parcels }: Terms,
  asked: readonly RatesForBasket[],
): OrderTermsChanged | ShippingUnavailable | PaymentUnsettled | null {
  for (const { basket, shipment } of parcels) {
    if (!isFor(shipment, basket, shipment.destinationDistrict)) return changed("SHIPPING_CHANGED");
    const rates = asked.find(({ basket: { shopId } }) => shopId === basket.shopId);
    // Nobody was asked: the orders still held their stock then. Asked again in a moment, it is known.
    if (rates === undefined) return { kind: "PaymentUnsettled" };
    const { courier, service, fee } = shipment;
    const offer = rates.offers.find((one) => one.courier === courier && one.service === service);
    if (offer === undefined && rates.silent.some(({ id }) => id === courier)) {
      return { kind: "ShippingUnavailable", shopId: basket.shopId, silent: rates.silent.map(({ name }) => name) };
    }
    if (offer?.fee.amountMinor !== fee.amountMinor) return changed("SHIPPING_CHANGED");
  }
  return null;
}

/**
 * Holds stock, flash sales and vouchers again that a payment's orders gave back: only when everything can be had on the terms
 * that were agreed to, by today's offers; else says why not and changes nothing. Locks sales, vouchers, then stock.
 */
export async function holdAgain(
  tx: Transaction,
  payment: LockedPayment,
  asked: readonly RatesForBasket[],
  expiresAt: Date,
  at: Date,
): Promise<HoldRefusal | null> {
  const bought = await tx.orders.termsOf(payment.id);
  await tx.flashSales.lockOpen(bought.map(({ variantId }) => variantId));
  // Before its lock is asked for: a sale that is over is not among those locked just now, in the order of their ids.
  const [over] = await tx.flashSales.releasedOver(payment.id);
  if (over !== undefined) return changed("FLASH_SALE_OVER", over);
  const sold = await tx.flashSales.releasedShortages(payment.id);
  if (sold.length > 0) return { kind: "OutOfStock", field: null, shortages: sold };
  const spent = await tx.vouchers.releasedShortage(payment.id);
  if (spent !== null) {
    return { kind: "VoucherQuotaSpent", voucher: spent, isOfBuyer: spent.redeemed < spent.quota };
  }
  const expired = await tx.vouchers.releasedExpired(payment.id, at);
  if (expired !== null) return { kind: "VoucherExpired", voucher: expired };
  const terms = await readTerms(tx, payment.id);
  const refusal = offerRefusal(terms) ?? carriageRefusal(terms, asked);
  if (refusal !== null) return refusal;
  const released = await tx.stock.reservationsOf(payment.id, "RELEASED");
  const levels = await tx.stock.lock(released.map(({ variantId }) => variantId));
  const shortages = findShortages(released, levels);
  if (shortages.length > 0) return { kind: "OutOfStock", field: null, shortages };
  await tx.flashSales.claimAgain(payment.id);
  await tx.vouchers.reserveAgain(payment.id);
  await tx.stock.holdReleased(released, expiresAt);
  await announceAvailability(tx, released, at);
  return null;
}
