import type { Pool } from "pg";

/** What is wrong with the books, one sentence each; nothing when all holds. Read from the tables alone. */
export type Faults = readonly string[];

// Which sides of which accounts a flow may move: `+` debits, `-` credits. By the account's name before the colon.
const flows: Readonly<Record<string, readonly string[]>> = {
  capture: ["+provider_clearing", "-buyer_escrow"],
  release: [
    ...["+buyer_escrow", "+promo_subsidy", "-seller_payable", "-courier_payable"],
    ...["-platform_revenue", "-ppn_payable", "-affiliate_payable"],
  ],
  "shipping-borne": ["+shipping_expense", "-courier_payable"],
  "carriage-reversed": ["+courier_receivable", "-seller_payable", "-shipping_expense"],
  "carriage-restored": ["+shipping_expense", "-courier_payable"],
  "refund-requested": [
    ...["+buyer_escrow", "+seller_receivable", "+platform_revenue", "+ppn_payable", "+affiliate_payable"],
    ...["+shipping_expense", "-promo_subsidy", "-refund_payable"],
  ],
  "refund-sent": ["+refund_payable", "-provider_clearing"],
  netting: ["+seller_payable", "-seller_receivable"],
  payout: ["+seller_payable", "-bank"],
};
const debits = ["provider_clearing", "seller_receivable", "courier_receivable", "shipping_expense", "promo_subsidy"];

async function flowFaults(pool: Pool): Promise<Faults> {
  const { rows } = await pool.query(
    `SELECT t.kind, t.reference, sum(e.amount_minor)::text AS sum,
       array_agg(DISTINCT (CASE WHEN e.amount_minor > 0 THEN '+' ELSE '-' END) || split_part(a.code, ':', 1)) AS sides
     FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id JOIN ledger_account a ON a.id = e.account_id
     GROUP BY t.id`,
  );
  return rows.flatMap(({ kind, reference, sum, sides }) => {
    const strange = (sides as string[]).filter((side) => !flows[kind]?.includes(side));
    return [
      ...(sum === "0" ? [] : [`${kind} ${reference} sums to ${sum}`]),
      ...strange.map((side) => `${kind} ${reference} moves ${side}`),
    ];
  });
}

async function signFaults(pool: Pool): Promise<Faults> {
  const { rows } = await pool.query(
    `SELECT a.code, sum(e.amount_minor) AS balance FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id GROUP BY 1`,
  );
  return rows.flatMap(({ code, balance }) => {
    const name = String(code).split(":")[0] ?? "";
    // Nothing is settled in these histories: what is paid out is owed to our bank.
    const isDebit = debits.includes(name);
    const isRight = isDebit ? BigInt(balance) >= 0n : BigInt(balance) <= 0n;
    return isRight ? [] : [`${code} has ${balance}`];
  });
}

/** Per order: what is in escrow is what was paid, less what was taken out of it to be sent back, and nothing once released. */
async function escrowFaults(pool: Pool): Promise<Faults> {
  const { rows } = await pool.query(
    `SELECT o.id, o.status, p.status AS payment, o.total_minor, coalesce(-sum(e.amount_minor), 0) AS escrow,
       coalesce((SELECT sum(r.amount_minor) FROM refund r WHERE r.order_id = o.id), 0) AS back
     FROM "order" o JOIN payment p ON p.id = o.payment_id
     LEFT JOIN ledger_account a ON a.code = 'buyer_escrow:' || o.id LEFT JOIN ledger_entry e ON e.account_id = a.id
     GROUP BY o.id, p.status`,
  );
  return rows.flatMap(({ id, status, payment, total_minor: total, escrow, back }) => {
    const isPaid = payment === "PAID" || payment === "REFUNDED";
    const expected = !isPaid || status === "COMPLETED" ? 0n : BigInt(total) - BigInt(back);
    return [
      ...(BigInt(escrow) === expected ? [] : [`order ${id} (${status}) has ${escrow} in escrow, not ${expected}`]),
      ...(BigInt(back) > BigInt(total) ? [`order ${id}: ${back} of ${total} was given back`] : []),
    ];
  });
}

interface KeptLine {
  readonly quantity: number;
  /** Pieces of it that its buyer sent back. */
  readonly gone: number;
  readonly paid: number;
  readonly added: number;
  readonly isAttributed: boolean;
  /** What is left of its commission. */
  readonly commission: number;
}

// Lines of the order `o`, of which pieces had gone back until `$until`.
const keptLines = (until: string): string => `(SELECT json_agg(json_build_object('quantity', l.quantity,
  'paid', l.unit_price_minor * l.quantity - l.discount_minor, 'isAttributed', l.attribution IS NOT NULL,
  'gone', coalesce((SELECT sum(b.quantity) FROM order_return_line b JOIN order_return r ON r.id = b.return_id
     WHERE b.line_id = l.id AND r.status = 'RECEIVED' AND r.origin = 'BUYER' AND r.settled_at <= ${until}), 0),
  'added', coalesce((SELECT sum(d.amount_minor) FROM voucher_discount d WHERE d.line_id = l.id AND d.funder = 'PLATFORM'), 0),
  'commission', coalesce((SELECT sum(c.amount_minor) FROM commission_accrual c WHERE c.line_id = l.id), 0)))
  FROM order_line l WHERE l.order_id = o.id)`;

const sumOf = (lines: readonly KeptLine[], part: (line: KeptLine) => number): number =>
  lines.reduce((sum, line) => sum + ((line.quantity - line.gone) / line.quantity) * part(line), 0);

/** What the platform adds to the goods that were kept, of which `left` is left, but for fractions of a sen. */
function subsidyOf(lines: readonly KeptLine[], left: number): number {
  const paid = sumOf(lines, (line) => line.paid);
  return paid === 0 ? 0 : (sumOf(lines, (line) => line.added) * left) / paid;
}

/** A line of a complete order keeps 3 % of what is left of what was paid for its kept pieces, and added to it. */
async function commissionFaults(pool: Pool): Promise<Faults> {
  const { rows } = await pool.query(
    `SELECT o.id, o.total_minor AS total, coalesce(s.fee_minor, 0) AS fee, ${keptLines("'infinity'")} AS lines,
       coalesce((SELECT sum(r.amount_minor) FROM refund r WHERE r.order_id = o.id), 0) AS back
     FROM "order" o LEFT JOIN shipment s ON s.order_id = o.id WHERE o.status = 'COMPLETED'`,
  );
  return rows.flatMap(({ id, total, fee, back, lines }) => {
    const left = Math.max(0, Number(total) - Number(fee) - Number(back));
    const paid = sumOf(lines, (line) => line.paid);
    return (lines as KeptLine[]).flatMap((line) => {
      const earned = paid === 0 ? 0 : 0.03 * (left / paid) * sumOf([line], (one) => one.paid + one.added);
      const expected = line.isAttributed ? earned : 0;
      const isRight = line.commission >= 0 && Math.abs(line.commission - expected) < 8;
      return isRight ? [] : [`order ${id}: a line has a commission of ${line.commission}, not ${expected}`];
    });
  });
}

/** What was paid is the sum of its orders, each of its lines and its carriage. */
async function sumFaults(pool: Pool): Promise<Faults> {
  const { rows } = await pool.query(
    `SELECT p.id FROM payment p JOIN "order" o ON o.payment_id = p.id GROUP BY p.id HAVING p.amount_minor <> sum(o.total_minor)
     UNION ALL SELECT o.id FROM "order" o JOIN order_line l ON l.order_id = o.id LEFT JOIN shipment s ON s.order_id = o.id
     GROUP BY o.id, s.order_id
     HAVING o.total_minor <> sum(l.unit_price_minor * l.quantity - l.discount_minor) + coalesce(s.fee_minor, 0)`,
  );
  return rows.map(({ id }) => `${id} is not the sum of its parts`);
}

/** What was released is what was left; a courier that is owed gets its whole fee; the platform adds to what was kept. */
async function splitFaults(pool: Pool): Promise<Faults> {
  const { rows } = await pool.query(
    `SELECT o.id, o.total_minor AS total, s.fee_minor AS fee, s.status, ${keptLines("t.posted_at")} AS lines,
       coalesce((SELECT sum(r.amount_minor) FROM refund r WHERE r.order_id = o.id AND r.requested_at <= t.posted_at), 0) AS before,
       (SELECT -sum(e.amount_minor) FROM ledger_transaction k JOIN ledger_entry e ON e.transaction_id = k.id
          JOIN ledger_account a ON a.id = e.account_id WHERE k.reference = o.id::text AND a.code ~ '^courier_(payable|receivable):') AS carried,
       sum(e.amount_minor) FILTER (WHERE a.code LIKE 'buyer_escrow:%') AS escrow,
       coalesce(sum(e.amount_minor) FILTER (WHERE a.code LIKE 'promo_subsidy:%'), 0) AS subsidy
     FROM ledger_transaction t JOIN "order" o ON o.id::text = t.reference JOIN ledger_entry e ON e.transaction_id = t.id
     JOIN ledger_account a ON a.id = e.account_id LEFT JOIN shipment s ON s.order_id = o.id
     WHERE t.kind = 'release' GROUP BY o.id, s.order_id, t.id`,
  );
  return rows.flatMap((row) => {
    const [total, before, escrow] = [BigInt(row.total), BigInt(row.before), BigInt(row.escrow)];
    const [fee, carried] = [BigInt(row.fee ?? 0), BigInt(row.carried ?? 0)];
    const isOwed = row.status !== null && !["QUOTED", "LOST", "CANCELLED", "REFUSED"].includes(row.status);
    const subsidy = subsidyOf(row.lines, escrow > fee ? Number(escrow - fee) : 0);
    return [
      ...(escrow === total - before ? [] : [`order ${row.id} released ${escrow} of ${total} less ${before}`]),
      ...(carried === (isOwed ? fee : 0n)
        ? []
        : [`order ${row.id} (${row.status}): its courier has ${carried} of ${fee}`]),
      ...(Math.abs(Number(row.subsidy) - subsidy) < 3
        ? []
        : [`order ${row.id}: the platform added ${row.subsidy}, not ${subsidy}`]),
    ];
  });
}

async function quotaFaults(pool: Pool): Promise<Faults> {
  const { rows } = await pool.query(
    `SELECT 'voucher ' || v.code AS what, v.redeemed AS taken, v.quota,
       (SELECT count(*) FROM voucher_redemption r WHERE r.voucher_id = v.id AND r.state <> 'RELEASED') AS counted,
       (SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM voucher_redemption r
          WHERE r.voucher_id = v.id AND r.state <> 'RELEASED' GROUP BY r.buyer_id) AS of_buyer) <= v.max_per_buyer AS is_fair
     FROM voucher v
     UNION ALL SELECT 'sale ' || f.id, f.sold, f.quota,
       (SELECT coalesce(sum(c.quantity), 0) FROM flash_sale_claim c WHERE c.sale_id = f.id AND c.released_at IS NULL),
       (SELECT coalesce(max(n), 0) FROM (SELECT sum(c.quantity) AS n FROM flash_sale_claim c
          WHERE c.sale_id = f.id AND c.released_at IS NULL GROUP BY c.buyer_id) AS of_buyer) <= f.max_per_buyer
     FROM flash_sale f`,
  );
  return rows.flatMap(({ what, taken, quota, counted, is_fair: isFair }) => [
    ...(taken > quota ? [`${what}: ${taken} of ${quota}`] : []),
    ...(Number(counted) === taken ? [] : [`${what} says ${taken} and has ${counted}`]),
    ...(isFair ? [] : [`${what}: a buyer has more than one may have`]),
  ]);
}

/** What there was of a variant when its history began: pieces on hand and pieces sold, those that came back counted once. */
export async function piecesOf(pool: Pool, variantIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { rows } = await pool.query(
    `SELECT s.variant_id AS id, (s.on_hand + coalesce((SELECT sum(r.quantity) FROM reservation r
       WHERE r.variant_id = s.variant_id AND r.state = 'COMMITTED'), 0) - coalesce((SELECT sum(m.pieces) FROM stock_movement m
       WHERE m.variant_id = s.variant_id AND m.reason = 'RETURNED'), 0))::int AS pieces
     FROM stock s WHERE s.variant_id = ANY($1::uuid[])`,
    [variantIds],
  );
  return new Map(rows.map(({ id, pieces }) => [id, pieces]));
}

async function stockFaults(pool: Pool, initial: ReadonlyMap<string, number>): Promise<Faults> {
  const now = await piecesOf(pool, [...initial.keys()]);
  const { rows } = await pool.query(
    `SELECT s.variant_id AS id, s.on_hand, s.reserved, (SELECT coalesce(sum(r.quantity), 0) FROM reservation r
       WHERE r.variant_id = s.variant_id AND r.state = 'HELD')::int AS held
     FROM stock s WHERE s.variant_id = ANY($1::uuid[])`,
    [[...initial.keys()]],
  );
  return [
    ...[...initial].filter(([id, pieces]) => now.get(id) !== pieces).map(([id]) => `pieces of ${id} are not conserved`),
    ...rows.flatMap(({ id, on_hand: onHand, reserved, held }) => [
      ...(reserved === held ? [] : [`${id}: ${reserved} reserved, ${held} held`]),
      ...(reserved > onHand || reserved < 0 ? [`${id} is oversold`] : []),
    ]),
  ];
}

/** The bank's book against ours: each transfer out is one payout, of the same sum, and no failed one. */
async function payoutFaults(pool: Pool, bank: ReadonlyMap<string, bigint>): Promise<Faults> {
  const { rows } = await pool.query("SELECT id, status, amount_minor AS amount FROM payout");
  const known = new Set(rows.map(({ id }) => id));
  const sent = await pool.query(
    `SELECT coalesce(-sum(e.amount_minor), 0) AS sent FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
     WHERE a.code = 'bank:escrow'`,
  );
  const paid = rows.filter(({ status }) => status === "PAID").reduce((sum, { amount }) => sum + BigInt(amount), 0n);
  return [
    ...[...bank.keys()].filter((id) => !known.has(id)).map((id) => `transfer ${id} is of no payout`),
    ...(BigInt(sent.rows[0].sent) === paid ? [] : [`${paid} were paid out, our bank gave ${sent.rows[0].sent}`]),
    ...rows.flatMap(({ id, status, amount }) => {
      const moved = bank.get(id);
      if (status === "PAID")
        return moved === BigInt(amount) ? [] : [`payout ${id} of ${amount}: the bank sent ${moved}`];
      return status === "FAILED" && moved !== undefined ? [`payout ${id} failed and was sent`] : [];
    }),
  ];
}

/** Holds all books against each other. */
export async function findFaults(
  pool: Pool,
  initial: ReadonlyMap<string, number>,
  bank: ReadonlyMap<string, bigint>,
): Promise<Faults> {
  const faults = await Promise.all([
    flowFaults(pool),
    signFaults(pool),
    escrowFaults(pool),
    sumFaults(pool),
    splitFaults(pool),
    commissionFaults(pool),
    quotaFaults(pool),
    stockFaults(pool, initial),
    payoutFaults(pool, bank),
  ]);
  return faults.flat();
}
