import { describe, expect, test } from "@jest/globals";
import pg from "pg";
import { newId } from "../../../../platform/runtime/ids.ts";
import { accounts, capture } from "../../../../subgraphs/commerce/domain/ledger/movements.ts";
import { LedgerConflictError } from "../../../../subgraphs/commerce/domain/ledger/transaction.ts";
import { useCommerce } from "../support/test-commerce.ts";

const commerce = useCommerce();
const at = new Date("2026-11-24T03:00:00Z");

function idr(amountMinor: bigint) {
  return { amountMinor, currency: "IDR" };
}

function post(orderId: string, amountMinor: bigint): Promise<string> {
  return commerce().parts.store.transactions.runInTransaction((tx) =>
    tx.ledger.post(capture("bank-uji", { orderId, amount: idr(amountMinor) }), at),
  );
}

async function entriesOf(orderId: string): Promise<number> {
  const { rows } = await commerce().parts.database.pool.query(
    "SELECT count(*)::int AS n FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id WHERE t.reference = $1",
    [orderId],
  );
  return rows[0].n;
}

describe("posting a transaction", () => {
  test("moves the balances of both accounts", async () => {
    const orderId = newId();
    await post(orderId, 149_000_00n);
    const escrow = accounts.buyerEscrow(orderId);
    expect((await commerce().parts.store.ledger.balances([escrow])).get(escrow)).toBe(-149_000_00n);
  });

  test("twice, or twenty times at once, posts it once and answers the same id", async () => {
    const orderId = newId();
    const ids = await Promise.all(Array.from({ length: 20 }, () => post(orderId, 5_000_00n)));
    expect(new Set(ids).size).toBe(1);
    expect(await entriesOf(orderId)).toBe(2);
  });

  test("of a cause that was posted with another amount, is refused and posts nothing", async () => {
    const orderId = newId();
    await post(orderId, 5_000_00n);
    await expect(post(orderId, 6_000_00n)).rejects.toThrow(LedgerConflictError);
    expect(await entriesOf(orderId)).toBe(2);
  });

  test("in a transaction that fails, posts nothing", async () => {
    const orderId = newId();
    const failing = commerce().parts.store.transactions.runInTransaction(async (tx) => {
      await tx.ledger.post(capture("bank-uji", { orderId, amount: idr(100n) }), at);
      throw new Error("the state it belongs to could not be written");
    });
    await expect(failing).rejects.toThrow("could not be written");
    expect(await entriesOf(orderId)).toBe(0);
  });
});

describe("the database", () => {
  async function asRole(url: string, statements: readonly string[]): Promise<string> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
      return "accepted";
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    } finally {
      await client.end();
    }
  }

  for (const table of ["ledger_account", "ledger_transaction", "ledger_entry", "payment_event"]) {
    const changes = [`UPDATE ${table} SET id = id`, `DELETE FROM ${table}`, `TRUNCATE ${table} CASCADE`];
    test(`refuses the run-time role any change or deletion in ${table}: it has not the right`, async () => {
      await post(newId(), 100n);
      for (const change of changes) expect(await asRole(commerce().database.urls.runtime, [change])).toBe("42501");
    });

    test(`refuses even the owner any change or deletion in ${table}: a trigger forbids it`, async () => {
      await post(newId(), 100n);
      // A row-level trigger needs a row: payment_event has one after this.
      await commerce().parts.database.pool.query(
        `INSERT INTO payment (id, buyer_id, status, method_id, provider, amount_minor, currency, expires_at, created_at)
         VALUES ($1, 'somebody', 'REQUESTED', 'bank-uji.virtual-account', 'bank-uji', 1, 'IDR', now(), now())`,
        [newIdFor(table)],
      );
      await commerce().parts.database.pool.query(
        "INSERT INTO payment_event (id, payment_id, kind, source, detail, at) VALUES ($1, $2, 'requested', 'buyer', '{}', now())",
        [newId(), newIdFor(table)],
      );
      for (const change of changes) expect(await asRole(commerce().database.urls.migrator, [change])).toBe("23001");
    });
  }

  const ids = new Map<string, string>();
  function newIdFor(table: string): string {
    const id = ids.get(table) ?? newId();
    ids.set(table, id);
    return id;
  }

  test("refuses a transaction whose entries do not sum to zero, at commit", async () => {
    const orderId = newId();
    await post(orderId, 100n);
    const [transactionId, entryId] = [newId(), newId()];
    const insert = [
      "BEGIN",
      `INSERT INTO ledger_transaction (id, kind, reference, posted_at) VALUES ('${transactionId}', 'capture', 'odd', now())`,
      `INSERT INTO ledger_entry (id, transaction_id, account_id, amount_minor, currency)
         SELECT '${entryId}', '${transactionId}', id, 100, 'IDR' FROM ledger_account WHERE code = 'provider_clearing:bank-uji'`,
      `INSERT INTO ledger_entry (id, transaction_id, account_id, amount_minor, currency)
         SELECT '${newId()}', '${transactionId}', id, -99, 'IDR' FROM ledger_account WHERE code = 'buyer_escrow:${orderId}'`,
      "COMMIT",
    ];
    expect(await asRole(commerce().database.urls.runtime, insert)).toBe("23514");
    expect((await commerce().parts.store.ledger.audit()).unbalancedTransactions).toEqual([]);
  });

  function balancedPair(transactionId: string, orderId: string): string[] {
    return ["provider_clearing:bank-uji", `buyer_escrow:${orderId}`].map(
      (code, index) => `INSERT INTO ledger_entry (id, transaction_id, account_id, amount_minor, currency)
         SELECT '${newId()}', '${transactionId}', id, ${index === 0 ? 7 : -7}, 'IDR' FROM ledger_account WHERE code = '${code}'`,
    );
  }

  test.each(["runtime", "migrator"] as const)(
    "refuses the %s a balanced pair of entries in a transaction that was posted before",
    async (role) => {
      const orderId = newId();
      const transactionId = await post(orderId, 100n);
      const insert = ["BEGIN", ...balancedPair(transactionId, orderId), "COMMIT"];
      expect(await asRole(commerce().database.urls[role], insert)).toBe("23001");
      expect(await entriesOf(orderId)).toBe(2);
    },
  );

  test("takes the entries of a transaction posted under a savepoint, and no word for when it was posted", async () => {
    const orderId = newId();
    await post(orderId, 100n);
    const transactionId = newId();
    const begun = [
      "BEGIN",
      "SAVEPOINT one",
      `INSERT INTO ledger_transaction (id, kind, reference, posted_at, posted_by_xact)
         VALUES ('${transactionId}', 'capture', '${newId()}', now(), (pg_current_xact_id()::text::bigint + 1)::text::xid8)`,
      "RELEASE SAVEPOINT one",
      "SAVEPOINT two",
    ];
    const insert = [...begun, ...balancedPair(transactionId, orderId), "COMMIT"];
    expect(await asRole(commerce().database.urls.runtime, insert)).toBe("accepted");
  });

  test("lets a provider's notification be marked as applied, and nothing else of it be changed or deleted", async () => {
    const { runtime, migrator } = commerce().database.urls;
    const insert = `INSERT INTO provider_notification
      (id, provider, reference, provider_status, verdict, amount_minor, currency, answer, raw_body, received_at)
      VALUES ('${newId()}', 'bank-uji', '${newId()}', '00', 'ACCEPTED', 1, 'IDR', '{}', 'x', now())`;
    expect(await asRole(runtime, [insert, "UPDATE provider_notification SET applied_at = now()"])).toBe("accepted");
    for (const change of [
      "UPDATE provider_notification SET amount_minor = 2",
      "UPDATE provider_notification SET verdict = 'EXPIRED', applied_at = now()",
      "DELETE FROM provider_notification",
      "TRUNCATE provider_notification",
    ]) {
      expect(await asRole(runtime, [change])).toBe("42501");
      expect(await asRole(migrator, [change])).toBe("23001");
    }
  });

  test("refuses a transaction without entries, at commit", async () => {
    const insert = [
      "BEGIN",
      `INSERT INTO ledger_transaction (id, kind, reference, posted_at) VALUES ('${newId()}', 'capture', 'empty', now())`,
      "COMMIT",
    ];
    expect(await asRole(commerce().database.urls.runtime, insert)).toBe("23514");
  });

  test("refuses an entry in another currency than its account's", async () => {
    const transactionId = newId();
    await post(newId(), 100n);
    const insert = [
      "BEGIN",
      `INSERT INTO ledger_transaction (id, kind, reference, posted_at) VALUES ('${transactionId}', 'capture', 'usd', now())`,
      `INSERT INTO ledger_entry (id, transaction_id, account_id, amount_minor, currency)
         SELECT '${newId()}', '${transactionId}', id, 100, 'USD' FROM ledger_account WHERE code = 'provider_clearing:bank-uji'`,
    ];
    expect(await asRole(commerce().database.urls.runtime, insert)).toBe("23503");
  });

  test("refuses stock of which more is reserved than is there", async () => {
    const update = ["UPDATE stock SET reserved = on_hand + 1"];
    expect(await asRole(commerce().database.urls.runtime, update)).toBe("23514");
  });

  test("gives the run-time role no DDL", async () => {
    for (const ddl of ["CREATE TABLE mine (id int)", "ALTER TABLE stock DROP COLUMN reserved", "DROP TABLE stock"]) {
      expect(await asRole(commerce().database.urls.runtime, [ddl])).toBe("42501");
    }
  });
});
