import type { District } from "../domain/catalogue.ts";
import type { DocumentBook, DocumentedCharge, DocumentedOrder, DueDocument } from "../domain/document.ts";
import type { TransactionClient } from "./client.ts";
import { toDocument, writeSnapshot } from "./document-row.ts";
import { readShippingAddress } from "./stored-json.ts";
import { clientOf } from "./transactions.ts";

function placeOf(districts: readonly District[], code: string): string {
  const district = districts.find((candidate) => candidate.code === code);
  return district === undefined ? "" : `${district.name}, ${district.regency}, ${district.province}`;
}

/** What the order costs beside its lines: what no record explains is shown too, so that a document adds up to what was paid. */
function chargesOf(totalMinor: bigint, linesMinor: bigint, recorded: readonly DocumentedCharge[]): DocumentedCharge[] {
  const explained = recorded.reduce((sum, { amountMinor }) => sum + amountMinor, linesMinor);
  const other: DocumentedCharge = { kind: "OTHER", amountMinor: totalMinor - explained };
  return [...recorded, other].filter(({ amountMinor }) => amountMinor !== 0n);
}

const fundedBy = { SELLER: "SHOP_VOUCHER", PLATFORM: "PLATFORM_VOUCHER" } as const;

/** The courier's fee and what vouchers took off, as they were frozen with the order. */
async function recordedCharges(client: TransactionClient, orderId: string): Promise<DocumentedCharge[]> {
  const shipment = await client.shipment.findUnique({ where: { orderId } });
  const discounts = await client.voucherDiscount.findMany({ where: { orderId } });
  const offBy = (funder: keyof typeof fundedBy): DocumentedCharge => {
    const ofFunder = discounts.filter((discount) => discount.funder === funder);
    const amountMinor = -ofFunder.reduce((sum, discount) => sum + discount.amountMinor, 0n);
    return { kind: fundedBy[funder], amountMinor };
  };
  return [{ kind: "SHIPPING", amountMinor: shipment?.feeMinor ?? 0n }, offBy("SELLER"), offBy("PLATFORM")];
}

// One statement after the other: an `include` sends several at once, which a transaction's one connection cannot take.
async function orderOf(client: TransactionClient, orderId: string): Promise<DocumentedOrder> {
  const row = await client.order.findUniqueOrThrow({ where: { id: orderId } });
  const shop = await client.shop.findUniqueOrThrow({ where: { id: row.shopId } });
  const payment = await client.payment.findUniqueOrThrow({ where: { id: row.paymentId } });
  const { recipientName, street, postalCode, districtCode } = readShippingAddress(row.shippingAddress);
  const districts = await client.district.findMany({ where: { code: { in: [shop.districtCode, districtCode] } } });
  const bought = await client.orderLine.findMany({ where: { orderId }, orderBy: { position: "asc" } });
  const lines = bought.map(({ title, quantity, unitPriceMinor }) => {
    const totalMinor = unitPriceMinor * BigInt(quantity);
    return { title, quantity, unitPriceMinor, totalMinor };
  });
  const linesMinor = lines.reduce((sum, line) => sum + line.totalMinor, 0n);
  return {
    id: row.id,
    shopId: row.shopId,
    shopName: shop.name,
    shopPlace: placeOf(districts, shop.districtCode),
    buyer: { recipientName, street, postalCode },
    buyerPlace: placeOf(districts, districtCode),
    currency: row.currency,
    totalMinor: row.totalMinor,
    lines,
    charges: chargesOf(row.totalMinor, linesMinor, await recordedCharges(client, orderId)),
    paymentMethodId: payment.methodId,
  };
}

/** Documents in `document` and what is due of them, in the caller's transaction. */
export function createDocumentBook(): DocumentBook {
  return {
    claimDue: async (tx, at) => {
      const client = clientOf(tx);
      const [due] = await client.$queryRaw<DueDocument[]>`
        SELECT id, order_id AS "orderId", kind, amount_minor AS "amountMinor", at FROM document_due
        WHERE due_at <= ${at} ORDER BY due_at, position LIMIT 1 FOR UPDATE SKIP LOCKED`;
      if (due === undefined) return null;
      // Two refunds of one order at the same time: the second counts what the first took back.
      await client.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('documents of ' || ${due.orderId}, 0))`;
      return due;
    },
    postpone: async (tx, id, until) => {
      await clientOf(tx).documentDue.updateMany({ where: { id }, data: { dueAt: until } });
    },
    settleDue: async (tx, id) => {
      await clientOf(tx).documentDue.delete({ where: { id } });
    },
    orderOf: (tx, orderId) => orderOf(clientOf(tx), orderId),
    ofOrder: async (tx, orderId) => {
      const rows = await clientOf(tx).document.findMany({ where: { orderId }, orderBy: { id: "asc" } });
      return rows.map(toDocument);
    },
    nextNumber: async (tx, kind, shopId, year) => {
      const [row] = await clientOf(tx).$queryRaw<{ last: number }[]>`
        INSERT INTO document_series AS series (kind, shop_id, year, last)
        VALUES (${kind}::document_kind, ${shopId}::uuid, ${year}, 1)
        ON CONFLICT (kind, shop_id, year) DO UPDATE SET last = series.last + 1 RETURNING last`;
      if (row === undefined) throw new Error("a series gave no number");
      return row.last;
    },
    insert: async (tx, { id, orderId, cause, year, sequence, snapshot }) => {
      await clientOf(tx).$executeRaw`
        INSERT INTO document (id, kind, order_id, cause, shop_id, year, number, snapshot, issued_at)
        VALUES (${id}::uuid, ${snapshot.kind}::document_kind, ${orderId}::uuid, ${cause}::uuid, ${snapshot.order.shopId}::uuid,
                ${year}, ${sequence}, ${writeSnapshot(snapshot)}::jsonb, ${snapshot.issuedAt})`;
    },
  };
}
