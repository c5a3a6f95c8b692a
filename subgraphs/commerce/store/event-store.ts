import { appendToOutbox, lockAggregates, type NewLetter, type RunSql } from "../../../platform/runtime/outbox.ts";
import type { NewId } from "../../../platform/values/ids.ts";
import type { CommerceEvent } from "../domain/events.ts";
import type { EventStore } from "../domain/ports.ts";
import { totalByVariant } from "../domain/stock.ts";
import type { TransactionClient } from "./client.ts";

const version = 1;

function aggregateOf(event: CommerceEvent): { readonly kind: string; readonly id: string } {
  if (event.type === "order-paid" || event.type === "order-refunded") return { kind: "order", id: event.orderId };
  return { kind: "product", id: event.productId };
}

function dataOf(event: CommerceEvent): object {
  switch (event.type) {
    case "order-paid":
    case "order-refunded":
      return {
        lines: event.lines.map(({ productId, quantity, creatorId, videoId, liveSessionId }) => ({
          productId,
          quantity,
          creatorId,
          videoId,
          liveSessionId,
        })),
      };
    case "price-changed":
      return { productId: event.productId, direction: event.direction };
    case "review-posted":
      return { productId: event.productId, rating: event.rating };
    default:
      return { productId: event.productId };
  }
}

/** Writes an event as schema/events has it, field by field: what is not named here does not leave. */
function toLetter(event: CommerceEvent, id: string, at: Date): NewLetter {
  const aggregate = aggregateOf(event);
  const { type } = event;
  return {
    id,
    aggregate: `${aggregate.kind}:${aggregate.id}`,
    name: `${type}.v${version}`,
    body: (sequence) =>
      JSON.stringify({
        id,
        type,
        version,
        aggregate: aggregate.id,
        sequence,
        occurredAt: at.toISOString(),
        data: dataOf(event),
      }),
  };
}

/** The events of one transaction. */
export function createEventStore(client: TransactionClient, newId: NewId): EventStore {
  const run: RunSql = (sql, values) => client.$queryRawUnsafe(sql, ...values);
  return {
    append: (events, at) =>
      appendToOutbox(
        run,
        events.map((event) => toLetter(event, newId(), at)),
      ),
    productsNearZero: async (moved) => {
      const totals = totalByVariant(moved);
      const rows = await client.$queryRaw<{ productId: string }[]>`
        SELECT DISTINCT v.product_id AS "productId"
        FROM unnest(${totals.map(({ variantId }) => variantId)}::uuid[], ${totals.map(({ quantity }) => quantity)}::int[])
          AS moved (variant_id, quantity)
        JOIN stock s ON s.variant_id = moved.variant_id JOIN variant v ON v.id = moved.variant_id
        WHERE s.on_hand - s.reserved <= moved.quantity`;
      return rows.map(({ productId }) => productId);
    },
    productIdsAfter: async (after, most) => {
      const where = after === null ? {} : { id: { gt: after } };
      const rows = await client.product.findMany({ where, orderBy: { id: "asc" }, take: most, select: { id: true } });
      return rows.map(({ id }) => id);
    },
    tellAvailability: async (productIds, at) => {
      const ids = [...new Set(productIds)].sort();
      // Under the lock of the products' events, of two transactions that take the last pieces of two variants the second
      // sees that nothing is left; the row of what was told is written under it too.
      await lockAggregates(
        run,
        ids.map((id) => `product:${id}`),
      );
      return client.$queryRaw<{ productId: string; isAvailable: boolean }[]>`
        INSERT INTO told_availability AS told (product_id, is_available, told_at)
        SELECT wanted.id, EXISTS (
            SELECT FROM variant v JOIN stock s ON s.variant_id = v.id
            WHERE v.product_id = wanted.id AND v.is_sold AND s.on_hand > s.reserved), ${at}
        FROM unnest(${ids}::uuid[]) AS wanted (id)
        ON CONFLICT (product_id) DO UPDATE SET is_available = excluded.is_available, told_at = excluded.told_at
          WHERE told.is_available <> excluded.is_available
        RETURNING told.product_id AS "productId", told.is_available AS "isAvailable"`;
    },
  };
}
