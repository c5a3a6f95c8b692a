import { isUuid } from "../../../platform/values/ids.ts";
import type { BookedMovement, PostedRow, SettlementBook, UnsettledMovement } from "../domain/settlement.ts";
import { clientOf } from "./transactions.ts";

// What is older and not settled is an open exception already.
const mostDaysBack = 60;

const dateOf = (day: string): Date => new Date(`${day}T00:00:00Z`);

interface Booked {
  /** Null: nothing was booked. */
  readonly grossMinor: bigint | null;
  readonly paymentId: string | null;
  readonly methodId: string | null;
  readonly at: Date | null;
}

function known(row: Booked | undefined): BookedMovement | null {
  if (row === undefined || row.grossMinor === null || row.at === null) return null;
  return { grossMinor: row.grossMinor, paymentId: row.paymentId, methodId: row.methodId, at: row.at };
}

/**
 * Files and rows in `settlement_file` and `settlement_row`; what our books have is derived from the ledger's entries in the
 * provider's clearing account: captures by the charge of their payment, suspense by the charge it is named after, refunds by
 * their own id.
 */
export function createSettlementBook(): SettlementBook {
  const payments: SettlementBook["bookedFor"] = async (tx, provider, { providerRef }) => {
    const rows = await clientOf(tx).$queryRaw<Booked[]>`
      WITH mine AS (
        SELECT id FROM payment WHERE provider = ${provider} AND provider_reference = ${providerRef} AND paid_at IS NOT NULL
      ), causes AS (
        SELECT 'capture' AS kind, o.id::text AS reference FROM "order" o JOIN mine ON mine.id = o.payment_id
        UNION ALL SELECT kind, ${`${provider}:${providerRef}`} FROM unnest(ARRAY['late-money', 'unclaimed-money']) AS kind
        UNION ALL SELECT 'write-off', id::text FROM money_exception
          WHERE provider = ${provider} AND kind = 'MISSING_ROW' AND reference = ${providerRef}
        UNION ALL SELECT 'out-of-suspense', kind || ' ' || ${`${provider}:${providerRef}`}
          FROM unnest(ARRAY['late-money', 'unclaimed-money']) AS kind
      )
      SELECT sum(e.amount_minor)::bigint AS "grossMinor", (SELECT id::text FROM mine LIMIT 1) AS "paymentId",
        (SELECT method_id FROM payment WHERE provider = ${provider} AND provider_reference = ${providerRef} LIMIT 1) AS "methodId",
        min(t.posted_at) AS at
      FROM causes c JOIN ledger_transaction t USING (kind, reference)
      JOIN ledger_entry e ON e.transaction_id = t.id JOIN ledger_account a ON a.id = e.account_id
      WHERE a.code = ${`provider_clearing:${provider}`}`;
    return known(rows[0]);
  };
  const refunds: SettlementBook["bookedFor"] = async (tx, provider, { ourRef }) => {
    // Ours is the refund's id, or the id of the posting by which late money is owed back.
    if (!isUuid(ourRef)) return null;
    const rows = await clientOf(tx).$queryRaw<Booked[]>`
      SELECT sum(e.amount_minor)::bigint AS "grossMinor", max(r.payment_id::text) AS "paymentId", NULL AS "methodId",
        min(t.posted_at) AS at
      FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id JOIN ledger_account a ON a.id = e.account_id
      LEFT JOIN refund r ON r.id = ${ourRef}::uuid
      WHERE a.code = ${`provider_clearing:${provider}`} AND (
        (t.kind = 'refund-sent' AND t.reference = ${ourRef})
        OR (t.kind = 'write-off' AND t.reference IN (SELECT id::text FROM money_exception
          WHERE provider = ${provider} AND kind = 'MISSING_ROW' AND reference = ${ourRef}))
        OR (t.kind = 'refund-paid' AND t.reference = (
          SELECT o.reference FROM ledger_transaction o WHERE o.kind = 'refund-owed' AND o.id = ${ourRef}::uuid)))`;
    return known(rows[0]);
  };
  return {
    lockProvider: async (tx, provider) => {
      await clientOf(tx)
        .$queryRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`settlement ${provider}`}, 0))::text`;
    },
    insertFile: async (tx, { day, text, ...file }, at) => {
      const data = { ...file, day: dateOf(day), content: new Uint8Array(Buffer.from(text)), fetchedAt: at };
      const { count } = await clientOf(tx).settlementFile.createMany({ data: [data], skipDuplicates: true });
      return count === 1;
    },
    isPosted: async (tx, provider, day) => {
      const where = { provider, day: dateOf(day), rejection: null };
      return (await clientOf(tx).settlementFile.findFirst({ where, select: { id: true } })) !== null;
    },
    lastPostedDay: async (tx, provider) => {
      const where = { provider, rejection: null };
      const last = await clientOf(tx).settlementFile.aggregate({ where, _max: { day: true } });
      return last._max.day?.toISOString().slice(0, 10) ?? null;
    },
    insertRow: async (tx, { id: fileId, provider }, { settledOn, ...row }, outcome) => {
      await clientOf(tx).settlementRow.create({
        data: { fileId, provider, ...row, settledOn: dateOf(settledOn), outcome },
      });
    },
    postedRow: async (tx, provider, { type, providerRef }) => {
      const where = { provider, type, providerRef, outcome: "POSTED" } as const;
      const row = await clientOf(tx).settlementRow.findFirst({ where, omit: { outcome: true } });
      return row === null ? null : { ...row, settledOn: row.settledOn.toISOString().slice(0, 10) };
    },
    withdrawnBy: (tx, { id, provider, day }) =>
      clientOf(tx).$queryRaw<PostedRow[]>`
        SELECT s.file_id AS "fileId", s.provider_ref AS "providerRef", s.gross_minor AS "grossMinor",
          s.fee_minor AS "feeMinor", s.vat_minor AS "vatMinor", s.settled_on::text AS "settledOn"
        FROM settlement_file f JOIN settlement_row s ON s.file_id = f.id
        WHERE f.provider = ${provider} AND f.day = ${day}::date AND s.outcome = 'POSTED' AND NOT EXISTS (
          SELECT 1 FROM settlement_row n
          WHERE n.file_id = ${id}::uuid AND n.type = s.type AND n.provider_ref = s.provider_ref)
        ORDER BY s.provider_ref`,
    bookedFor: (tx, provider, row) => (row.type === "PAYMENT" ? payments : refunds)(tx, provider, row),
    feeRules: (tx, provider) => clientOf(tx).feeRule.findMany({ where: { provider }, orderBy: { validFrom: "asc" } }),
    unsettledUntil: (tx, provider, day) =>
      clientOf(tx).$queryRaw<UnsettledMovement[]>`
        WITH moved AS (
          SELECT t.kind, t.reference, e.amount_minor, t.posted_at
          FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id JOIN ledger_transaction t ON t.id = e.transaction_id
          WHERE a.code = ${`provider_clearing:${provider}`} AND t.kind <> 'settlement'
            AND t.posted_at > ${day}::date - ${mostDaysBack}::int
        ), named AS (
          SELECT 'PAYMENT' AS type, p.provider_reference AS reference, p.id::text AS payment_id, m.amount_minor, p.paid_at AS at
          FROM moved m JOIN "order" o ON o.id = CASE m.kind WHEN 'capture' THEN m.reference::uuid END
            JOIN payment p ON p.id = o.payment_id
          UNION ALL
          SELECT 'PAYMENT', split_part(substr(m.reference, 1 + strpos(m.reference, ':')), ' ', 1), NULL, m.amount_minor, m.posted_at
          FROM moved m WHERE m.kind IN ('late-money', 'unclaimed-money', 'out-of-suspense')
          UNION ALL
          SELECT 'REFUND', m.reference, r.payment_id::text, m.amount_minor, m.posted_at
          FROM moved m LEFT JOIN refund r ON r.id = CASE m.kind WHEN 'refund-sent' THEN m.reference::uuid END
            WHERE m.kind = 'refund-sent'
          UNION ALL
          SELECT 'REFUND', o.id::text, NULL, m.amount_minor, m.posted_at
          FROM moved m JOIN ledger_transaction o ON o.kind = 'refund-owed' AND o.reference = m.reference
          WHERE m.kind = 'refund-paid'
        )
        SELECT n.type, n.reference, max(n.payment_id) AS "paymentId", sum(n.amount_minor)::bigint AS "grossMinor"
        FROM named n
        WHERE NOT EXISTS (
          SELECT 1 FROM settlement_row s WHERE s.provider = ${provider} AND s.type = n.type AND s.outcome = 'POSTED'
            AND CASE n.type WHEN 'PAYMENT' THEN s.provider_ref ELSE s.our_ref END = n.reference)
          -- What a person closed stays closed; what only a later file closed would be missed again.
          AND NOT EXISTS (
            SELECT 1 FROM money_exception x WHERE x.provider = ${provider} AND x.kind = 'MISSING_ROW'
              AND x.reference = n.reference AND x.closed_by <> 'reconciliation')
        GROUP BY n.type, n.reference
        HAVING sum(n.amount_minor) <> 0 AND (max(n.at) AT TIME ZONE 'Asia/Jakarta')::date <= ${day}::date`,
  };
}
