import pg from "pg";

/** What commerce's own tables say, read past every cache by the superuser. */
export interface CommerceBooks {
  /** Sum of the entries of each account whose code begins so: debits less credits, in minor units. */
  readonly balance: (codePrefix: string) => Promise<bigint>;
  /** Ledger transactions whose entries do not sum to zero; there must be none. */
  readonly unbalanced: () => Promise<string[]>;
  readonly stockOf: (variantId: string) => Promise<{ onHand: number; reserved: number }>;
  readonly setStock: (variantId: string, onHand: number) => Promise<void>;
  readonly count: (sql: string, values?: readonly unknown[]) => Promise<number>;
  readonly close: () => Promise<void>;
}

/** Opens the books of a database. */
export function openBooks(url: string): CommerceBooks {
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  // The supergraph drops its databases before these connections are closed.
  pool.on("error", () => undefined);
  async function only(sql: string, values: readonly unknown[]): Promise<Record<string, unknown>> {
    const { rows } = await pool.query(sql, [...values]);
    if (rows.length !== 1) throw new Error(`${rows.length} rows for ${sql}`);
    return rows[0] as Record<string, unknown>;
  }
  return {
    balance: async (codePrefix) => {
      const row = await only(
        `SELECT coalesce(sum(entry.amount_minor), 0)::text AS minor FROM ledger_entry entry
         JOIN ledger_account account ON account.id = entry.account_id WHERE account.code LIKE $1 || '%'`,
        [codePrefix],
      );
      return BigInt(String(row.minor));
    },
    unbalanced: async () => {
      const { rows } = await pool.query(
        "SELECT transaction_id FROM ledger_entry GROUP BY transaction_id, currency HAVING sum(amount_minor) <> 0",
      );
      return rows.map((row) => String(row.transaction_id));
    },
    stockOf: async (variantId) => {
      const row = await only("SELECT on_hand, reserved FROM stock WHERE variant_id = $1", [variantId]);
      return { onHand: Number(row.on_hand), reserved: Number(row.reserved) };
    },
    setStock: async (variantId, onHand) => {
      await pool.query("UPDATE stock SET on_hand = $2 + reserved WHERE variant_id = $1", [variantId, onHand]);
    },
    count: async (sql, values = []) => Number((await only(sql, values)).count),
    close: () => pool.end(),
  };
}
