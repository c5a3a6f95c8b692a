import { Prisma } from "../../../prisma/commerce/client/client.ts";
import type { FlashSaleStore } from "../domain/flash-sale.ts";
import type { StockShortage } from "../domain/stock.ts";
import type { TransactionClient } from "./client.ts";

/** The claims of a payment's orders, summed up by sale. */
function claimsOf(paymentId: string, isReleased: boolean): Prisma.Sql {
  return Prisma.sql`SELECT c.sale_id, sum(c.quantity)::int AS quantity
    FROM flash_sale_claim c JOIN "order" o ON o.id = c.order_id
    WHERE o.payment_id = ${paymentId}::uuid AND (c.released_at IS NOT NULL) = ${isReleased} GROUP BY c.sale_id`;
}

/** Flash sales of one transaction. */
export function createFlashSaleStore(client: TransactionClient): FlashSaleStore {
  /** Locks the sales of the payment's claims by their ids; answers what is left of each, in all and for the buyer. */
  async function lockOf(paymentId: string, isReleased: boolean): Promise<StockShortage[]> {
    await client.$queryRaw`
      SELECT 1 FROM flash_sale f JOIN (${claimsOf(paymentId, isReleased)}) AS claimed ON claimed.sale_id = f.id
      ORDER BY f.id FOR UPDATE OF f`;
    // Read when all of them are locked: who was waited for may have claimed or released.
    return client.$queryRaw<StockShortage[]>`
      SELECT f.variant_id AS "variantId", claimed.quantity AS "requestedQuantity",
        greatest(0, least(f.quota - f.sold, f.max_per_buyer - coalesce((
          SELECT sum(c.quantity) FROM flash_sale_claim c JOIN payment p ON p.id = ${paymentId}::uuid
          WHERE c.sale_id = f.id AND c.buyer_id = p.buyer_id AND c.released_at IS NULL), 0)::int)) AS "availableQuantity"
      FROM flash_sale f JOIN (${claimsOf(paymentId, isReleased)}) AS claimed ON claimed.sale_id = f.id ORDER BY f.id`;
  }
  async function move(paymentId: string, fromReleased: boolean, sign: 1 | -1, releasedAt: Date | null): Promise<void> {
    await client.$executeRaw`
      UPDATE flash_sale f SET sold = f.sold + ${sign}::int * claimed.quantity
      FROM (${claimsOf(paymentId, fromReleased)}) AS claimed WHERE f.id = claimed.sale_id`;
    await client.$executeRaw`
      UPDATE flash_sale_claim c SET released_at = ${releasedAt}
      FROM "order" o WHERE o.id = c.order_id AND o.payment_id = ${paymentId}::uuid
        AND (c.released_at IS NOT NULL) = ${fromReleased}`;
  }
  return {
    lockOpen: async (variantIds) => {
      await client.$queryRaw`
        SELECT 1 FROM flash_sale f WHERE f.variant_id = ANY(${[...variantIds]}::uuid[]) AND now() < f.ends_at
        ORDER BY f.id FOR UPDATE`;
    },
    claimedBy: async (buyerId, saleIds) => {
      const rows = await client.$queryRaw<{ readonly saleId: string; readonly quantity: number }[]>`
        SELECT sale_id AS "saleId", sum(quantity)::int AS quantity FROM flash_sale_claim
        WHERE buyer_id = ${buyerId} AND sale_id = ANY(${[...saleIds]}::uuid[]) AND released_at IS NULL GROUP BY sale_id`;
      return new Map(rows.map(({ saleId, quantity }) => [saleId, quantity]));
    },
    claim: async (claims) => {
      if (claims.length === 0) return;
      await client.flashSaleClaim.createMany({ data: [...claims] });
      // A variant is in a cart once, so a sale is claimed by one line.
      await client.$executeRaw`
        UPDATE flash_sale f SET sold = f.sold + claimed.quantity
        FROM unnest(${claims.map(({ saleId }) => saleId)}::uuid[], ${claims.map(({ quantity }) => quantity)}::int[])
          AS claimed (sale_id, quantity)
        WHERE f.id = claimed.sale_id`;
    },
    release: async (paymentId, at) => {
      if ((await lockOf(paymentId, false)).length > 0) await move(paymentId, false, -1, at);
    },
    releaseOfOrder: async (orderId, at) => {
      const locked = await client.$queryRaw<unknown[]>`
        SELECT 1 FROM flash_sale f JOIN flash_sale_claim c ON c.sale_id = f.id
        WHERE c.order_id = ${orderId}::uuid AND c.released_at IS NULL ORDER BY f.id FOR UPDATE OF f`;
      if (locked.length === 0) return;
      // Both in one statement: who was waited for may have released the claims.
      await client.$executeRaw`
        WITH released AS (
          UPDATE flash_sale_claim SET released_at = ${at} WHERE order_id = ${orderId}::uuid AND released_at IS NULL
          RETURNING sale_id, quantity)
        UPDATE flash_sale f SET sold = f.sold - released.quantity FROM released WHERE f.id = released.sale_id`;
    },
    releasedShortages: async (paymentId) =>
      (await lockOf(paymentId, true)).filter((line) => line.availableQuantity < line.requestedQuantity),
    releasedOver: async (paymentId) => {
      const rows = await client.$queryRaw<{ readonly variantId: string }[]>`
        SELECT f.variant_id AS "variantId" FROM flash_sale f JOIN (${claimsOf(paymentId, true)}) AS claimed
          ON claimed.sale_id = f.id
        WHERE now() < f.starts_at OR f.ends_at <= now() ORDER BY f.id`;
      return rows.map(({ variantId }) => variantId);
    },
    claimAgain: (paymentId) => move(paymentId, true, 1, null),
  };
}
