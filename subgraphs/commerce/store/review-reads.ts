import { toPage } from "../../../platform/values/page.ts";
import { Prisma, type PrismaClient } from "../../../prisma/commerce/client/client.ts";
import type { Review, ReviewReads } from "../domain/review.ts";
import { readSelectedOptions } from "./stored-json.ts";

type ReviewRow = Omit<Review, "selectedOptions"> & { readonly selectedOptions: unknown };

const columns = Prisma.raw(`r.id, r.order_line_id AS "orderLineId", r.product_id AS "productId", r.stars, r.text,
  r.display_name AS "displayName", r.posted_at AS "postedAt", coalesce(v.selected_options, '[]'::jsonb) AS "selectedOptions"`);

function toReview(row: ReviewRow): Review {
  return { ...row, selectedOptions: readSelectedOptions(row.selectedOptions) };
}

/** Reviews, from the database. The buyer's id is in no column that is read. */
export function createReviewReads(prisma: PrismaClient): ReviewReads {
  return {
    ratingsByProducts: (productIds) => prisma.productRating.findMany({ where: { productId: { in: [...productIds] } } }),
    reviewPagesByProducts: async (productIds, page) => {
      const rows = await prisma.$queryRaw<ReviewRow[]>`
        SELECT ${columns} FROM unnest(${[...productIds]}::uuid[]) AS wanted (product_id)
        CROSS JOIN LATERAL (
          SELECT * FROM review
          WHERE review.product_id = wanted.product_id AND (${page.after}::uuid IS NULL OR review.id < ${page.after}::uuid)
          ORDER BY review.id DESC LIMIT ${page.first + 1}
        ) AS r LEFT JOIN variant v ON v.id = r.variant_id
        ORDER BY r.id DESC`;
      const reviews = rows.map(toReview);
      return productIds.map((productId) =>
        toPage(
          reviews.filter((review) => review.productId === productId),
          page,
          ({ id }) => id,
        ),
      );
    },
    reviewsByLines: async (buyerId, orderLineIds) => {
      const rows = await prisma.$queryRaw<ReviewRow[]>`
        SELECT ${columns} FROM review r LEFT JOIN variant v ON v.id = r.variant_id
        WHERE r.order_line_id = ANY(${[...orderLineIds]}::uuid[]) AND r.buyer_id = ${buyerId}`;
      return rows.map(toReview);
    },
  };
}
