import type { Pool } from "pg";
import { durableApplication } from "./schema.ts";

const keptDays = 7;
const batch = 1_000;

// A run that succeeded has done its work in commerce's own tables; its record only serves to look back.
const purgeSql = `
  WITH old AS (
    SELECT workflow_uuid AS id FROM durable.workflow_status
    WHERE application_name = $1 AND status = 'SUCCESS' AND completed_at < $2 LIMIT ${batch} FOR UPDATE SKIP LOCKED
  ), inputs AS (
    DELETE FROM durable.workflow_input WHERE workflow_uuid IN (SELECT id FROM old)
  ), outputs AS (
    DELETE FROM durable.workflow_output WHERE workflow_uuid IN (SELECT id FROM old)
  ), steps AS (
    DELETE FROM durable.operation_outputs WHERE workflow_uuid IN (SELECT id FROM old)
  ), transactions AS (
    DELETE FROM durable.transaction_completion WHERE workflow_id IN (SELECT id FROM old)
  )
  DELETE FROM durable.workflow_status WHERE workflow_uuid IN (SELECT id FROM old)`;

/** Forgets runs that succeeded a week ago or longer, in batches; answers how many. */
export async function forgetOldRuns(pool: Pool, now: Date): Promise<number> {
  const before = now.getTime() - keptDays * 86_400_000;
  for (let forgotten = 0; ; ) {
    const { rowCount } = await pool.query(purgeSql, [durableApplication, before]);
    forgotten += rowCount ?? 0;
    if ((rowCount ?? 0) < batch) return forgotten;
  }
}
