import type { Pool } from "pg";
import { durableApplication, durableQueue } from "./schema.ts";

// What waits, since which event, under the rule in force then. A dispute goes before the status: it is what holds the money.
const startSql = `
  WITH waits (deadline, event) AS (
    VALUES ('SHIP_BY', 'CONFIRMED'), ('DELIVER_BY', 'SHIPPED'), ('DISPUTE_AGE', 'DISPUTE_OPENED')
  ), missing AS (
    SELECT o.id, w.deadline, '1' AS round, 'order-deadline:' || w.deadline || ':' || o.id || ':1' AS run,
      (SELECT max(e.at) FROM order_event e WHERE e.order_id = o.id AND e.kind = w.event) AS since
    FROM "order" o JOIN waits w ON w.deadline = CASE
      WHEN o.dispute = 'OPEN' THEN 'DISPUTE_AGE' WHEN o.status = 'CONFIRMED' THEN 'SHIP_BY' WHEN o.status = 'SHIPPED' THEN 'DELIVER_BY' END
    WHERE o.status IN ('CONFIRMED', 'SHIPPED', 'DELIVERED')
    UNION ALL
    SELECT r.order_id, 'RETURN_ARRIVAL', r.id::text, 'order-deadline:RETURN_ARRIVAL:' || r.order_id || ':' || r.id, r.requested_at
    FROM order_return r WHERE r.status = 'APPROVED' AND r.origin = 'COURIER'
  ), due AS (
    SELECT m.*, m.since + interval '1 second' * (
      SELECT r.seconds FROM order_deadline_rule r WHERE r.kind = m.deadline AND r.valid_from <= m.since
      ORDER BY r.valid_from DESC LIMIT 1) AS at
    FROM missing m WHERE NOT EXISTS (SELECT FROM durable.workflow_status s WHERE s.workflow_uuid = m.run)
  )
  SELECT durable.enqueue_workflow('order-deadline', $1::text,
    ARRAY[json_build_object('orderId', id, 'deadline', deadline, 'round', round), '"1"'::json], workflow_id => run,
    delay_until_epoch_ms => (extract(epoch FROM at) * 1000)::bigint, application_name => $2::text)
  FROM due WHERE at IS NOT NULL`;

/**
 * Starts the timers that orders with money in escrow and parcels that couriers brought back lack, as those of a release that had none; answers how many. An order
 * that has its timer, or had it in the last days, gets no second one: the run's id is the same.
 */
export async function startMissingDeadlines(pool: Pool): Promise<number> {
  const { rowCount } = await pool.query(startSql, [durableQueue, durableApplication]);
  return rowCount ?? 0;
}
