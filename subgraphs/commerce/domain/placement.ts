import type { NewId } from "../../../platform/values/ids.ts";
import { type Money, sum, times } from "../../../platform/values/money.ts";
import type { Address } from "./address.ts";
import type { Cart, CartLine } from "./cart.ts";
import { tradingCurrency } from "./cart-pricing.ts";
import type { OfferedVariant } from "./catalogue.ts";
import type { FlashSaleClaim } from "./flash-sale.ts";
import type { NewOrder } from "./order.ts";
import type { Payment, PaymentMethod } from "./payment.ts";
import type { Carriage, Shipment } from "./shipping/shipment.ts";
import type { Reservation } from "./stock.ts";
import type { VoucherDiscount, VoucherRedemption } from "./voucher.ts";
import type { VoucherEffect } from "./voucher-pricing.ts";

/** Everything that one checkout makes. */
export interface Placement {
  readonly payment: Payment;
  /** One for each shop, in the order of the cart. */
  readonly orders: readonly NewOrder[];
  /** What is bought at a flash sale's price. */
  readonly claims: readonly FlashSaleClaim[];
  readonly reservations: readonly Reservation[];
  readonly shipments: readonly Shipment[];
  readonly redemptions: readonly VoucherRedemption[];
  readonly discounts: readonly VoucherDiscount[];
}

/** What a checkout has agreed to by the time it places orders. */
export interface Agreement {
  readonly paymentId: string;
  readonly cart: Cart;
  /** What is bought, by variant id; has every variant of the cart. */
  readonly offers: ReadonlyMap<string, OfferedVariant>;
  /** What vouchers take off the cart's lines. */
  readonly effects: readonly VoucherEffect[];
  readonly address: Address;
  readonly method: PaymentMethod;
  /** How each shop's parcel is carried; a shop without one sends by itself. */
  readonly carriages: ReadonlyMap<string, Carriage>;
  readonly at: Date;
  readonly expiresAt: Date;
}

interface BoughtLine extends CartLine {
  readonly offer: OfferedVariant;
  readonly discount: Money;
}

function boughtLines({ cart, offers, effects }: Agreement): BoughtLine[] {
  return cart.lines.map((line, index) => {
    const offer = offers.get(line.variantId);
    if (offer === undefined) throw new Error(`the variant ${line.variantId} of the cart was not read`);
    const amountMinor = effects.reduce((total, { byLine }) => total + (byLine[index] ?? 0n), 0n);
    return { ...line, offer, discount: { amountMinor, currency: tradingCurrency } };
  });
}

function orderOf(agreement: Agreement, lines: readonly BoughtLine[], position: number, newId: NewId): NewOrder {
  const { recipientName, phone, street, districtCode, postalCode } = agreement.address;
  const id = newId();
  const shopId = lines[0]?.offer.shopId ?? "";
  const fee = agreement.carriages.get(shopId)?.fee;
  return {
    id,
    buyerId: agreement.cart.buyerId,
    shopId,
    paymentId: agreement.paymentId,
    position,
    status: "PLACED",
    dispute: "NONE",
    total: sum(
      [
        ...lines.flatMap((line) => [times(line.unitPrice, line.quantity), times(line.discount, -1)]),
        ...(fee === undefined ? [] : [fee]),
      ],
      tradingCurrency,
    ),
    shippingAddress: { recipientName, phone, street, districtCode, postalCode },
    placedAt: agreement.at,
    lines: lines.map(({ variantId, quantity, unitPrice, discount, attribution, offer }) => ({
      id: newId(),
      orderId: id,
      variantId,
      title: offer.title,
      quantity,
      unitPrice,
      discount,
      attribution,
    })),
  };
}

function groupByShop(lines: readonly BoughtLine[]): BoughtLine[][] {
  const groups = new Map<string, BoughtLine[]>();
  for (const line of lines) {
    const group = groups.get(line.offer.shopId);
    if (group === undefined) groups.set(line.offer.shopId, [line]);
    else group.push(line);
  }
  return [...groups.values()];
}

function claimsOf({ offers }: Agreement, orders: readonly NewOrder[], newId: NewId): FlashSaleClaim[] {
  return orders.flatMap((order) =>
    order.lines.flatMap(({ variantId, quantity }) => {
      const sale = offers.get(variantId)?.sale ?? null;
      return sale === null
        ? []
        : [{ id: newId(), saleId: sale.id, orderId: order.id, buyerId: order.buyerId, quantity }];
    }),
  );
}

function shipmentsOf({ carriages }: Agreement, orders: readonly NewOrder[]): Shipment[] {
  return orders.flatMap(({ id: orderId, shopId }) => {
    const carriage = carriages.get(shopId);
    if (carriage === undefined) return [];
    const { courier, service, fee, minDays, maxDays, weightGrams, originDistrict, destinationDistrict } = carriage;
    const route = { weightGrams, originDistrict, destinationDistrict };
    return [{ orderId, courier, service, fee, minDays, maxDays, ...route, status: "QUOTED", waybill: null }];
  });
}

/** One redemption of each voucher that takes something off, with what it takes off which line. */
function redemptionsOf(
  { cart, effects }: Agreement,
  orders: readonly NewOrder[],
  newId: NewId,
): Pick<Placement, "redemptions" | "discounts"> {
  const lineOf = new Map(orders.flatMap((order) => order.lines.map((line) => [line.variantId, line] as const)));
  const redeemed = effects
    .filter(({ discountMinor }) => discountMinor > 0n)
    .map((effect) => ({ ...effect, id: newId() }));
  return {
    redemptions: redeemed.map(({ id, voucher, discountMinor }) => ({
      id,
      voucherId: voucher.id,
      buyerId: cart.buyerId,
      amountMinor: discountMinor,
    })),
    discounts: redeemed.flatMap(({ id: redemptionId, voucher: { funder }, byLine }) =>
      cart.lines.flatMap(({ variantId }, index) => {
        const amountMinor = byLine[index] ?? 0n;
        const line = lineOf.get(variantId);
        if (amountMinor === 0n || line === undefined) return [];
        return [{ lineId: line.id, redemptionId, orderId: line.orderId, funder, amountMinor }];
      }),
    ),
  };
}

/** Splits a cart into one order for each shop, reserves each line's pieces and sums up one payment. Pure. */
export function place(agreement: Agreement, newId: NewId): Placement {
  const orders = groupByShop(boughtLines(agreement)).map((lines, position) =>
    orderOf(agreement, lines, position, newId),
  );
  const { paymentId, method, at, expiresAt } = agreement;
  const payment: Payment = {
    id: paymentId,
    buyerId: agreement.cart.buyerId,
    status: "REQUESTED",
    methodId: method.id,
    provider: method.provider,
    amount: sum(
      orders.map((order) => order.total),
      tradingCurrency,
    ),
    instructions: null,
    providerReference: null,
    virtualAccountNo: null,
    expiresAt,
    paidAt: null,
    createdAt: at,
  };
  const reservations = orders.flatMap((order) =>
    order.lines.map(({ variantId, quantity }) => ({ id: newId(), orderId: order.id, variantId, quantity, expiresAt })),
  );
  const shipments = shipmentsOf(agreement, orders);
  const claims = claimsOf(agreement, orders, newId);
  return { payment, orders, claims, reservations, shipments, ...redemptionsOf(agreement, orders, newId) };
}
