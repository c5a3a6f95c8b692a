import type { Pool } from "pg";
import { Gauge, type Registry } from "prom-client";

interface ExceptionGroup {
  readonly provider: string;
  readonly kind: string;
  readonly owner: string;
  readonly count: number;
  readonly oldestSeconds: number;
}

const overviewSql = `
  SELECT provider, kind, owner, count(*)::int AS count,
    extract(epoch FROM now() - min(opened_at))::float8 AS "oldestSeconds"
  FROM money_exception WHERE closed_at IS NULL GROUP BY provider, kind, owner ORDER BY provider, kind, owner`;

/** Shows what waits for a person, read when asked: `money_exceptions`, `money_exception_oldest_seconds`. */
export function exposeMoneyExceptions(pool: Pool, registry: Registry): void {
  const labelNames = ["provider", "kind", "owner"] as const;
  const oldest = new Gauge({
    name: "money_exception_oldest_seconds",
    help: "Age of the oldest difference that is open, by provider, kind and owner",
    labelNames,
    registers: [registry],
  });
  new Gauge({
    name: "money_exceptions",
    help: "Differences between our books and the providers' that are open, by provider, kind and owner",
    labelNames,
    registers: [registry],
    collect: async function collect() {
      const { rows } = await pool.query<ExceptionGroup>(overviewSql);
      this.reset();
      oldest.reset();
      for (const { provider, kind, owner, count, oldestSeconds } of rows) {
        this.set({ provider, kind, owner }, count);
        oldest.set({ provider, kind, owner }, Math.max(oldestSeconds, 0));
      }
    },
  });
}
