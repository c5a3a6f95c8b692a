import type { NewId } from "../../../platform/values/ids.ts";
import { type OrderEvent as EventRow, Prisma } from "../../../prisma/commerce/client/client.ts";
import type { SoldLine } from "../domain/events.ts";
import type { OrderEvent } from "../domain/fulfilment.ts";
import type { NewOrder } from "../domain/order.ts";
import { type OrderEventKind, requireOrderMove } from "../domain/order-life.ts";
import type { OrderStore } from "../domain/ports.ts";
import type { TransactionClient } from "./client.ts";
import { readAttribution, writeAttribution } from "./stored-json.ts";

function orderRow(order: NewOrder): Prisma.OrderCreateManyInput {
  return {
    id: order.id,
    buyerId: order.buyerId,
    shopId: order.shopId,
    paymentId: order.paymentId,
    position: order.position,
    status: order.status,
    totalMinor: order.total.amountMinor,
    currency: order.total.currency,
    shippingAddress: { ...order.shippingAddress },
    placedAt: order.placedAt,
  };
}

function lineRows(order: NewOrder): Prisma.OrderLineCreateManyInput[] {
  return order.lines.map((line, position) => ({
    id: line.id,
    orderId: order.id,
    position,
    variantId: line.variantId,
    title: line.title,
    quantity: line.quantity,
    unitPriceMinor: line.unitPrice.amountMinor,
    discountMinor: line.discount.amountMinor,
    attribution: writeAttribution(line.attribution) ?? Prisma.DbNull,
  }));
}

interface SoldRow {
  readonly orderId: string;
  readonly productId: string;
  readonly quantity: number;
  readonly attribution: unknown;
}

function soldLine({ productId, quantity, attribution }: SoldRow): SoldLine {
  const click = readAttribution(attribution);
  return {
    productId,
    quantity,
    creatorId: click?.creatorId ?? null,
    videoId: click?.videoId ?? null,
    liveSessionId: click?.liveSessionId ?? null,
  };
}

/** Reads a row of `order_event`. */
export function toOrderEvent({ orderId, kind, by, reason, amountMinor, currency, at }: EventRow): OrderEvent {
  const amount = amountMinor === null || currency === null ? null : { amountMinor, currency };
  return { orderId, kind: kind as OrderEventKind, by: by as OrderEvent["by"], reason, amount, at };
}

/** Writes down what happened to orders, in the order given. */
export async function appendOrderEvents(
  client: TransactionClient,
  newId: NewId,
  events: readonly OrderEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await client.orderEvent.createMany({
    data: events.map(({ amount, ...event }) => ({
      id: newId(),
      ...event,
      amountMinor: amount?.amountMinor ?? null,
      currency: amount?.currency ?? null,
    })),
  });
}

function plainEvent(orderId: string, kind: OrderEventKind, by: OrderEvent["by"], at: Date): OrderEvent {
  return { orderId, kind, by, reason: null, amount: null, at };
}

/** Orders of one transaction, with their timelines. */
export function createOrderStore(client: TransactionClient, newId: NewId): OrderStore {
  return {
    insert: async (orders) => {
      await client.order.createMany({ data: orders.map(orderRow) });
      await client.orderLine.createMany({ data: orders.flatMap(lineRows) });
      const events = orders.map((order) => plainEvent(order.id, "PLACED", "BUYER", order.placedAt));
      await appendOrderEvents(client, newId, events);
    },
    moveStatus: async (paymentId, from, to, at, because) => {
      requireOrderMove(from, to);
      const moved = await client.order.updateManyAndReturn({
        where: { paymentId, status: from },
        data: { status: to },
        select: { id: true },
      });
      const kind = to === "PLACED" || to === "CONFIRMED" ? to : "CANCELLED";
      const by = to === "PLACED" ? "BUYER" : "PAYMENT";
      const events = moved.map(({ id }) => ({ ...plainEvent(id, kind, by, at), ...because }));
      await appendOrderEvents(client, newId, events);
      return moved.map((order) => order.id);
    },
    termsOf: async (paymentId) => {
      const lines = await client.orderLine.findMany({
        where: { order: { paymentId } },
        orderBy: [{ order: { position: "asc" } }, { position: "asc" }],
        include: { order: { select: { currency: true } } },
      });
      return lines.map(({ orderId, variantId, quantity, unitPriceMinor, order: { currency } }) => ({
        orderId,
        variantId,
        quantity,
        unitPrice: { amountMinor: unitPriceMinor, currency },
      }));
    },
    soldLines: async (orderIds) => {
      const rows = await client.$queryRaw<SoldRow[]>`
        SELECT line.order_id AS "orderId", v.product_id AS "productId", line.quantity, line.attribution
        FROM order_line line JOIN variant v ON v.id = line.variant_id
        WHERE line.order_id = ANY(${[...orderIds]}::uuid[]) ORDER BY line.order_id, line.position`;
      const sold = new Map<string, SoldLine[]>(orderIds.map((id) => [id, []]));
      for (const row of rows) sold.get(row.orderId)?.push(soldLine(row));
      return sold;
    },
  };
}
