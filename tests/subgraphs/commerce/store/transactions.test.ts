import { describe, expect, test } from "@jest/globals";
import { CommitLostError, isDatabaseFault } from "../../../../platform/runtime/database-fault.ts";
import { seededVariant, setStock, stockOf } from "../support/buyer-journey.ts";
import { useCommerce } from "../support/test-commerce.ts";

const commerce = useCommerce();
const [one, other] = [seededVariant(0), seededVariant(1)];

function latch(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe("a unit of work", () => {
  test("that the database fails because of a deadlock, is run again, and both succeed", async () => {
    await setStock(commerce(), one, 5);
    await setStock(commerce(), other, 5);
    const { transactions } = commerce().parts.store;
    const latches = [latch(), latch()];
    let attempts = 0;
    // Locks in opposite order, on purpose: each waits for the other's first lock, once.
    const work = (variants: readonly string[], mine: number) =>
      transactions.runInTransaction(async (tx) => {
        attempts += 1;
        await tx.stock.lock([variants[0] ?? ""]);
        latches[mine]?.open();
        await latches[1 - mine]?.opened;
        await tx.stock.lock([variants[1] ?? ""]);
      });
    await Promise.all([work([one, other], 0), work([other, one], 1)]);
    expect(attempts).toBe(3);
  });

  test("that throws, is rolled back, not repeated, and its error passed on", async () => {
    await setStock(commerce(), one, 5);
    let attempts = 0;
    const failing = commerce().parts.store.transactions.runInTransaction(async (tx) => {
      attempts += 1;
      await tx.addresses.insert({
        id: "0198c000-0000-7000-8000-000000000001",
        buyerId: "somebody",
        recipientName: "x",
        phone: "+6281234567890",
        street: "somewhere",
        districtCode: "340407",
        postalCode: "55281",
      });
      throw new RangeError("no");
    });
    await expect(failing).rejects.toThrow(RangeError);
    expect(attempts).toBe(1);
    const { rows } = await commerce().parts.database.pool.query("SELECT 1 FROM address WHERE buyer_id = 'somebody'");
    expect(rows).toEqual([]);
    expect(await stockOf(commerce(), one)).toEqual({ on_hand: 5, reserved: 0 });
  });

  test("whose connection is cut between its last statement and its COMMIT, says that the outcome is not known", async () => {
    const { pool } = commerce().parts.database;
    const failing = commerce().parts.store.transactions.runInTransaction(async (tx) => {
      await tx.stock.lock([one]);
      await pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND state = 'idle in transaction' AND pid <> pg_backend_pid()`,
      );
    });
    await expect(failing).rejects.toThrow(CommitLostError);
  });

  test("whose connection is cut before its last statement, says that the database is away", async () => {
    const { pool } = commerce().parts.database;
    const failing = commerce().parts.store.transactions.runInTransaction(async (tx) => {
      await tx.stock.lock([one]);
      await pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND state = 'idle in transaction' AND pid <> pg_backend_pid()`,
      );
      await tx.stock.lock([other]);
    });
    const error = await failing.catch((reason: unknown) => reason);
    expect(error).not.toBeInstanceOf(CommitLostError);
    expect(isDatabaseFault(error)).toBe(true);
  });
});
