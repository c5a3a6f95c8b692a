import type { Page, PageRequest } from "../../../platform/values/page.ts";
import { toPage } from "../../../platform/values/page.ts";
import {
  type Order as OrderRow,
  type Payment as PaymentRow,
  Prisma,
  type PrismaClient,
} from "../../../prisma/commerce/client/client.ts";
import type { BoughtOrder } from "../domain/bought-order.ts";
import { type JoinedRow, rowOf, selectColumns } from "./joined-rows.ts";
import { toOrder } from "./order-row.ts";
import { toPayment } from "./payment-store.ts";

// Every column by the name that Prisma's row has it under; the compiler holds both lists to the data model.
const orderColumns = {
  id: "id",
  buyerId: "buyer_id",
  shopId: "shop_id",
  paymentId: "payment_id",
  position: "position",
  status: "status",
  dispute: "dispute",
  totalMinor: "total_minor",
  currency: "currency",
  shippingAddress: "shipping_address",
  placedAt: "placed_at",
} as const satisfies Record<keyof OrderRow, string>;

const paymentColumns = {
  id: "id",
  buyerId: "buyer_id",
  status: "status",
  methodId: "method_id",
  provider: "provider",
  amountMinor: "amount_minor",
  currency: "currency",
  instructions: "instructions",
  providerReference: "provider_reference",
  virtualAccountNo: "virtual_account_no",
  expiresAt: "expires_at",
  paidAt: "paid_at",
  createdAt: "created_at",
} as const satisfies Record<keyof PaymentRow, string>;

// One statement reads one moment. Prisma would read the payments of orders in a second one, perhaps after they were paid.
const selected =
  Prisma.raw(`SELECT ${selectColumns<OrderRow>("o", orderColumns)}, ${selectColumns<PaymentRow>("p", paymentColumns)},
    (SELECT count(*)::int FROM order_event e WHERE e.order_id = o.id) AS "eventCount"
  FROM "order" o JOIN payment p ON p.id = o.payment_id`);

function toBoughtOrder(joined: JoinedRow): BoughtOrder {
  const order = toOrder(rowOf<OrderRow>("o", orderColumns, joined));
  const payment = toPayment(rowOf<PaymentRow>("p", paymentColumns, joined));
  return { ...order, payment, eventCount: Number(joined.eventCount) };
}

async function read(prisma: PrismaClient, rest: Prisma.Sql): Promise<BoughtOrder[]> {
  return (await prisma.$queryRaw<JoinedRow[]>`${selected} ${rest}`).map(toBoughtOrder);
}

/** The buyer's orders of those ids. */
export function readOrdersByIds(prisma: PrismaClient, buyerId: string, ids: readonly string[]): Promise<BoughtOrder[]> {
  return read(prisma, Prisma.sql`WHERE o.buyer_id = ${buyerId} AND o.id = ANY(${[...ids]}::uuid[])`);
}

/** The buyer's orders of those payments, in the order of each cart. */
export function readOrdersByPayments(
  prisma: PrismaClient,
  buyerId: string,
  paymentIds: readonly string[],
): Promise<BoughtOrder[]> {
  const wanted = Prisma.sql`WHERE o.buyer_id = ${buyerId} AND o.payment_id = ANY(${[...paymentIds]}::uuid[])`;
  return read(prisma, Prisma.sql`${wanted} ORDER BY o.payment_id, o.position`);
}

/** A page of the buyer's orders, newest first. */
export async function readOrderPage(
  prisma: PrismaClient,
  buyerId: string,
  page: PageRequest,
): Promise<Page<BoughtOrder>> {
  const rows = await read(
    prisma,
    Prisma.sql`WHERE o.buyer_id = ${buyerId} AND (${page.after}::uuid IS NULL OR o.id < ${page.after}::uuid)
      ORDER BY o.id DESC LIMIT ${page.first + 1}`,
  );
  return toPage(rows, page, (order) => order.id);
}
