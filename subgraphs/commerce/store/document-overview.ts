import type { Pool } from "pg";
import { Gauge, type Registry } from "prom-client";

/** Shows how long invoices, receipts and credit notes have been due, read when asked: `documents_due_oldest_seconds`. */
export function exposeDueDocuments(pool: Pool, registry: Registry): void {
  new Gauge({
    name: "documents_due_oldest_seconds",
    help: "Age of the oldest document that is due and not issued; 0 when none is",
    registers: [registry],
    collect: async function collect() {
      const { rows } = await pool.query<{ seconds: number }>(
        "SELECT coalesce(extract(epoch FROM now() - min(at)), 0)::float8 AS seconds FROM document_due",
      );
      this.set(Math.max(rows[0]?.seconds ?? 0, 0));
    },
  });
}
