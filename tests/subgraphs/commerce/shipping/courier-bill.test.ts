import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { newId } from "../../../../platform/runtime/ids.ts";
import { createBookShipment } from "../../../../subgraphs/commerce/domain/actions/book-shipment.ts";
import { courierAmong } from "../../../../subgraphs/commerce/domain/actions/intend-booking.ts";
import { createPayOut } from "../../../../subgraphs/commerce/domain/actions/pay-out.ts";
import { accounts } from "../../../../subgraphs/commerce/domain/ledger/movements.ts";
import type { Payout } from "../../../../subgraphs/commerce/domain/payout.ts";
import { actOn, directRun, paidOrder } from "../support/paid-order.ts";
import { addPayoutAccount } from "../support/payout-account.ts";
import { useCommerce } from "../support/test-commerce.ts";
import { rate, rates, scriptedCourier } from "./scripted-couriers.ts";

const kilat = scriptedCourier("kilat", "Kilat");
const commerce = useCommerce({ couriers: [kilat] });
const program = "dist/subgraphs/commerce/operate.js";

/** An order that arrived, whose courier charged so much for a parcel that it had quoted at Rp 12.000. */
async function carried(waybill: string, chargedMinor: bigint): Promise<void> {
  const order = await paidOrder(commerce());
  await actOn(commerce(), "markOrderShipped", order, "seller", `commerce:sell commerce:shop:${order.shopId}`);
  const charged = { amountMinor: chargedMinor, currency: "IDR" };
  const booking = { ...kilat, find: async () => ({ kind: "booked", waybill, charged }) as const };
  const { work, clock } = commerce().parts;
  const book = createBookShipment({ courierOf: courierAmong([booking]), work, clock });
  await book(directRun(commerce()), { orderId: order.orderId });
  await actOn(commerce(), "confirmReceipt", order, order.buyer);
}

async function bill(...lines: readonly string[]): Promise<unknown[]> {
  const file = join(tmpdir(), `courier-bill-${newId()}.csv`);
  writeFileSync(file, `${lines.join("\n")}\n`);
  const env = { ...process.env, COMMERCE_DATABASE_URL: commerce().database.urls.runtime };
  const { stdout } = await promisify(execFile)(process.execPath, [program, "courier-bill", kilat.id, file], { env });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

async function balances(): Promise<bigint[]> {
  const { courierPayable, courierReceivable, shippingExpense } = accounts;
  const codes = [courierPayable(kilat.id), courierReceivable(kilat.id), shippingExpense];
  const read = await commerce().parts.store.ledger.balances(codes);
  return codes.map((code) => read.get(code) ?? 0n);
}

test("a courier is paid its fees by transfer, with what its bill has more or less; what differs is posted nowhere", async () => {
  kilat.answer = rates(rate("BIASA", 12_000));
  await carried("KLT-1", 1_500_000n);
  await carried("KLT-2", 1_100_000n);
  await carried("KLT-3", 1_200_000n);
  expect(await balances()).toEqual([-3_600_000n, 0n, 0n]);
  const lines = ["KLT-1,15000.00", "KLT-2,11000.00", "KLT-3,12500.00", "KLT-9,9000.00"];
  const outcomes = (...told: string[]) => told.map((outcome, n) => ({ waybill: lines[n]?.split(",")[0], outcome }));
  expect(await bill(...lines)).toEqual(outcomes("MATCHED", "MATCHED", "EXCEPTION", "EXCEPTION"));
  expect(await bill(...lines)).toEqual(outcomes("REPEATED", "REPEATED", "EXCEPTION", "EXCEPTION"));
  expect(await balances()).toEqual([-3_900_000n, 100_000n, 200_000n]);
  const { pool } = commerce().parts.database;
  const exceptions = async () =>
    (
      await pool.query(
        `SELECT kind, reference, expected_minor::text AS expected, reported_minor::text AS reported, owner
         FROM money_exception WHERE provider = 'kilat' AND closed_at IS NULL ORDER BY reference`,
      )
    ).rows;
  const kind = "COURIER_BILL_DIFFERS";
  expect(await exceptions()).toEqual([
    { kind, reference: "KLT-3", expected: "1200000", reported: "1250000", owner: "finance" },
    { kind, reference: "KLT-9", expected: null, reported: "900000", owner: "finance" },
  ]);
  expect(await bill("KLT-3,12000.00")).toEqual([{ waybill: "KLT-3", outcome: "MATCHED" }]);
  expect((await exceptions()).map(({ reference }) => reference)).toEqual(["KLT-9"]);

  await addPayoutAccount(commerce().database, "courier:kilat");
  const sent: Payout[] = [];
  const provider = {
    id: "bank-uji",
    pay: async (payout: Payout) => {
      sent.push(payout);
      return { kind: "done", providerReference: "REF" } as const;
    },
    queryStatus: async () => ({ kind: "not-found" }) as const,
  };
  const { work, clock, store } = commerce().parts;
  const { transactions } = store;
  const payOut = createPayOut({ transactions, work, provider, clock, newId });
  for (let round = 0; round < 2; round += 1)
    await payOut(directRun(commerce()), { holder: "courier:kilat", batch: "d1" });
  expect(sent.map(({ holder, amount }) => [holder, amount.amountMinor])).toEqual([["courier:kilat", 3_800_000n]]);
  expect(await balances()).toEqual([0n, 0n, 200_000n]);
}, 60_000);
