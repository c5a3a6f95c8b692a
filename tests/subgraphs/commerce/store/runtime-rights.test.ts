import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { newId } from "../../../../platform/runtime/ids.ts";
import type { PayoutAccount } from "../../../../subgraphs/commerce/domain/payout.ts";
import { paidOrder } from "../support/paid-order.ts";
import { useCommerce } from "../support/test-commerce.ts";

const commerce = useCommerce();

describe("the run-time login", () => {
  const pool = () => commerce().parts.database.pool;
  let owner: pg.Client;
  let orderId: string;

  beforeAll(async () => {
    owner = new pg.Client({ connectionString: commerce().database.urls.migrator });
    owner.on("error", () => undefined);
    await owner.connect();
    ({ orderId } = await paidOrder(commerce(), { product: 3 }));
  }, 60_000);
  afterAll(async () => {
    await owner?.end();
  });

  const accountOf = (holder: string): Promise<PayoutAccount | null> =>
    commerce().parts.store.transactions.runInTransaction((tx) => tx.payouts.accountOf(holder));
  const holdersAfter = (holder: string): Promise<string[]> =>
    commerce().parts.store.transactions.runInTransaction((tx) => tx.payouts.holdersAfter(holder, 1));
  const register = (client: pg.Client | pg.Pool, holder: string, accountNo: string) =>
    client.query(
      "INSERT INTO payout_account (holder, bank_code, account_no, account_name, usable_from, registered_by) VALUES ($1, '950', $2, 'Toko', now(), 'Sari')",
      [holder, accountNo],
    );

  test.each([
    "UPDATE payout_account SET account_no = '999999999'",
    "DELETE FROM payout_account",
    "INSERT INTO money_rule (id, kind, valid_from, basis_points) VALUES (gen_random_uuid(), 'PLATFORM_FEE', now(), 3000)",
    "UPDATE money_rule SET basis_points = 0",
    "DELETE FROM money_rule",
    "UPDATE district SET name = 'Elsewhere'",
    'UPDATE "order" SET total_minor = 1',
    "UPDATE \"order\" SET buyer_id = 'thief'",
    "UPDATE \"order\" SET shipping_address = '{}'",
    'DELETE FROM "order"',
    "UPDATE payment SET amount_minor = 1",
    "UPDATE payment SET buyer_id = 'thief'",
    "UPDATE payment SET method_id = 'kantong.wallet', provider = 'kantong'",
    "DELETE FROM payment",
    "INSERT INTO fee_rule SELECT * FROM fee_rule",
  ])("has no right to: %s", async (change) => {
    await expect(pool().query(change)).rejects.toMatchObject({ code: "42501" });
  });

  test("can still move an order and a payment along", async () => {
    const { rowCount } = await pool().query('UPDATE "order" SET status = status, dispute = dispute WHERE id = $1', [
      orderId,
    ]);
    expect(rowCount).toBe(1);
    await pool().query(
      'UPDATE payment SET status = status, paid_at = paid_at WHERE id = (SELECT payment_id FROM "order" WHERE id = $1)',
      [orderId],
    );
  });

  test("registers a bank account that is used a day later, whatever it says; until then the one before is paid", async () => {
    const holder = `seller:${newId()}`;
    await register(pool(), holder, "1111111111");
    expect(await accountOf(holder)).toBeNull();
    expect(await holdersAfter(holder.slice(0, -1))).not.toContain(holder);
    await register(owner, holder, "2222222222");
    await register(pool(), holder, "3333333333");
    expect(await accountOf(holder)).toEqual({ bankCode: "950", accountNo: "2222222222", accountName: "Toko" });
    expect(await holdersAfter(holder.slice(0, -1))).toEqual([holder]);
    const { rows } = await owner.query(
      `SELECT account_no, registered_by, extract(epoch FROM usable_from - registered_at)::int / 3600 AS hours FROM payout_account
       WHERE holder = $1 ORDER BY registered_at`,
      [holder],
    );
    expect(rows.map(({ account_no, registered_by, hours }) => [account_no.slice(0, 1), registered_by, hours])).toEqual([
      ["1", "commerce_runtime", 24],
      ["2", "commerce_migrator", 0],
      ["3", "commerce_runtime", 24],
    ]);
    await expect(owner.query("UPDATE payout_account SET account_no = '9999999999'")).rejects.toThrow(/append only/);
  });
});
