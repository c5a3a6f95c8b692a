import type { PrismaClient } from "../../../prisma/commerce/client/client.ts";
import type { ShippingReads } from "../domain/shipping/basket.ts";

interface OutlookRow {
  readonly cartVersion: number | null;
  readonly destinationDistrict: string | null;
  readonly isReplay: boolean;
  readonly shopId: string | null;
  readonly originDistrict: string | null;
  readonly weightGrams: number | null;
}

/** Reads for shipping. */
export function createShippingReads(prisma: PrismaClient): ShippingReads {
  return {
    outlook: async (buyerId, addressId, key) => {
      const rows = await prisma.$queryRaw<OutlookRow[]>`
        SELECT c.version AS "cartVersion", a.district_code AS "destinationDistrict", b.*,
          EXISTS (SELECT 1 FROM idempotency_key k
                  WHERE k.buyer_id = ${buyerId} AND k.operation = 'checkout' AND k.key = ${key}::text) AS "isReplay"
        FROM (SELECT 1) one
          LEFT JOIN cart c ON c.buyer_id = ${buyerId}
          LEFT JOIN address a ON a.id = ${addressId}::uuid AND a.buyer_id = ${buyerId}
          LEFT JOIN (
            SELECT p.shop_id AS "shopId", s.district_code AS "originDistrict",
              sum(v.weight_grams * l.quantity)::int AS "weightGrams"
            FROM cart_line l JOIN variant v ON v.id = l.variant_id JOIN product p ON p.id = v.product_id
              JOIN shop s ON s.id = p.shop_id
            WHERE l.buyer_id = ${buyerId} GROUP BY 1, 2) b ON true`;
      const [first] = rows;
      return {
        cartVersion: first?.cartVersion ?? 0,
        destinationDistrict: first?.destinationDistrict ?? null,
        isReplay: first?.isReplay ?? false,
        baskets: rows.flatMap(({ shopId, originDistrict, weightGrams }) =>
          shopId === null || originDistrict === null || weightGrams === null
            ? []
            : [{ shopId, originDistrict, weightGrams }],
        ),
      };
    },
  };
}
