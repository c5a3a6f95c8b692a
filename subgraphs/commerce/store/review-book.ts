import type { OrderStatus } from "../domain/order.ts";
import type { ReviewBook } from "../domain/review.ts";
import { clientOf } from "./transactions.ts";

interface LineRow {
  readonly productId: string;
  readonly variantId: string;
  readonly status: OrderStatus;
  readonly isDelivered: boolean;
}

/** Reviews in `review` and `product_rating`, in the caller's transaction. */
export function createReviewBook(): ReviewBook {
  return {
    findLine: async (tx, buyerId, orderLineId) => {
      const [row] = await clientOf(tx).$queryRaw<LineRow[]>`
        SELECT v.product_id AS "productId", v.id AS "variantId", o.status, EXISTS (
            SELECT FROM order_event e WHERE e.order_id = o.id AND e.kind IN ('DELIVERED', 'RECEIPT_CONFIRMED')) AS "isDelivered"
        FROM order_line l JOIN "order" o ON o.id = l.order_id JOIN variant v ON v.id = l.variant_id
        WHERE l.id = ${orderLineId}::uuid AND o.buyer_id = ${buyerId}`;
      return row ?? null;
    },
    insert: async (tx, { id, orderLineId, productId, variantId, buyerId, stars, text, displayName, postedAt }) => {
      // One statement: the rating has what the reviews have, and a line that has a review adds nothing.
      const counted = await clientOf(tx).$executeRaw`
        WITH posted AS (
          INSERT INTO review (id, order_line_id, product_id, variant_id, buyer_id, stars, text, display_name, posted_at)
          VALUES (${id}::uuid, ${orderLineId}::uuid, ${productId}::uuid, ${variantId}::uuid, ${buyerId}, ${stars}, ${text},
                  ${displayName}, ${postedAt})
          ON CONFLICT (order_line_id) DO NOTHING RETURNING product_id, stars)
        INSERT INTO product_rating AS rating (product_id, review_count, star_sum) SELECT product_id, 1, stars FROM posted
        ON CONFLICT (product_id) DO UPDATE
          SET review_count = rating.review_count + 1, star_sum = rating.star_sum + excluded.star_sum`;
      return counted === 1;
    },
  };
}
