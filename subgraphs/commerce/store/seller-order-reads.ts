import type { NewId } from "../../../platform/values/ids.ts";
import { toPage } from "../../../platform/values/page.ts";
import type { Order as OrderRow, PrismaClient } from "../../../prisma/commerce/client/client.ts";
import { labelAddressOf, type SellerOrder, type SellerOrderReads } from "../domain/seller-order.ts";
import { toOrder, toOrderLine } from "./order-row.ts";
import { toOrderEvent } from "./order-store.ts";
import { toShipment, toStep } from "./shipping-store.ts";

function groupBy<Row extends { readonly orderId: string }>(rows: readonly Row[]): (orderId: string) => readonly Row[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(row.orderId, [...(groups.get(row.orderId) ?? []), row]);
  return (orderId) => groups.get(orderId) ?? [];
}

/** Reads what belongs to the orders in one statement each, however many they are. */
async function withParts(prisma: PrismaClient, rows: readonly OrderRow[]): Promise<SellerOrder[]> {
  const wanted = { orderId: { in: rows.map(({ id }) => id) } };
  const [lines, events, shipments] = await Promise.all([
    prisma.orderLine.findMany({ where: wanted, orderBy: [{ orderId: "asc" }, { position: "asc" }] }),
    prisma.orderEvent.findMany({ where: wanted, orderBy: [{ orderId: "asc" }, { at: "asc" }, { id: "asc" }] }),
    prisma.shipment.findMany({ where: wanted, include: { steps: { orderBy: [{ at: "asc" }, { code: "asc" }] } } }),
  ]);
  const [linesOf, eventsOf] = [groupBy(lines), groupBy(events)];
  const shipmentOf = new Map(shipments.map((shipment) => [shipment.orderId, shipment]));
  return rows.map((row): SellerOrder => {
    const { buyerId: _buyerId, paymentId: _paymentId, shippingAddress, ...order } = toOrder(row);
    const found = shipmentOf.get(row.id);
    const shipment = found === undefined ? null : { ...toShipment(found), history: found.steps.map(toStep) };
    const timeline = eventsOf(row.id).map(toOrderEvent);
    const owed = timeline.filter(({ kind }) => kind === "REFUND_OWED");
    const refundedMinor = owed.reduce((total, { amount }) => total + (amount?.amountMinor ?? 0n), 0n);
    return {
      ...order,
      lines: linesOf(row.id).map((line) => {
        const { attribution: _attribution, ...sold } = toOrderLine(line, row.currency);
        return sold;
      }),
      events: timeline,
      shipment,
      refunded: { amountMinor: refundedMinor, currency: row.currency },
      labelAddress: labelAddressOf({ status: order.status, shippingAddress }, shipment),
    };
  });
}

/** Orders as shops and operators read them, from the database. */
export function createSellerOrderReads(prisma: PrismaClient, newId: NewId): SellerOrderReads {
  const wasPaid = { payment: { paidAt: { not: null } } };
  return {
    page: async (shopId, status, page) => {
      const rows = await prisma.order.findMany({
        where: {
          shopId,
          ...wasPaid,
          ...(status === null ? {} : { status }),
          ...(page.after === null ? {} : { id: { lt: page.after } }),
        },
        orderBy: { id: "desc" },
        take: page.first + 1,
      });
      return toPage(await withParts(prisma, rows), page, ({ id }) => id);
    },
    find: async (shopId, orderId) => {
      const rows = await prisma.order.findMany({ where: { id: orderId, shopId, ...wasPaid } });
      return (await withParts(prisma, rows))[0] ?? null;
    },
    readAsOperator: async ({ orderId, ...read }) => {
      const row = await prisma.order.findUnique({ where: { id: orderId }, include: { payment: true } });
      if (row === null) return null;
      await prisma.orderRead.create({ data: { id: newId(), orderId, ...read } });
      const { payment, ...order } = row;
      const [shown] = await withParts(prisma, [order]);
      return shown === undefined ? null : { order: shown, paymentStatus: payment.status, paidAt: payment.paidAt };
    },
  };
}
