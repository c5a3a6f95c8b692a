import { beforeEach, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { actOnOrder, type OrderRequest } from "../../../subgraphs/commerce/domain/actions/act-on-order.ts";
import { checkOut, putIntoCart, seededVariant, setStock } from "./support/buyer-journey.ts";
import { fulfillingOf, payFor } from "./support/paid-order.ts";
import { newKey, useCommerce } from "./support/test-commerce.ts";
import { makeVoucher, minor } from "./support/vouchers.ts";

const commerce = useCommerce();
const batik = seededVariant(0);
let buyer: string;
let shopId: string;

async function sql(text: string, values: unknown[] = []) {
  return (await commerce().parts.database.pool.query(text, values)).rows;
}

async function operate(orderId: string, command: OrderRequest["command"]): Promise<void> {
  const request = { operation: "refundOrder", orderId, command, reason: null, idempotencyKey: newKey() } as const;
  const result = await actOnOrder(fulfillingOf(commerce()), { kind: "OPERATOR", subject: "operator" }, request);
  expect(result.ok).toBe(true);
}

/** Balances of these accounts; credits are negative. */
async function balances(...codes: string[]): Promise<bigint[]> {
  const known = await commerce().parts.store.ledger.balances(codes);
  return codes.map((code) => known.get(code) ?? 0n);
}

beforeEach(async () => {
  buyer = `buyer-${newKey()}`;
  await setStock(commerce(), batik, 200);
  [{ shop_id: shopId }] = await sql(
    "SELECT p.shop_id FROM variant v JOIN product p ON p.id = v.product_id WHERE v.id = $1",
    [batik],
  );
});

describe("the money of an order with vouchers", () => {
  const funder = "promo_subsidy:platform";

  /** As if a courier had quoted the fee, and carried the parcel. */
  async function carry(orderId: string, paymentId: string, fee: bigint): Promise<void> {
    await sql(
      `INSERT INTO shipment (order_id, courier, service, fee_minor, currency, min_days, max_days, weight_grams, origin_district,
         destination_district, status, waybill)
       VALUES ($1::uuid, 'kurir-uji', 'REG', $2, 'IDR', 1, 2, 500, '340407', '340407', 'DELIVERED', $1::uuid::text)`,
      [orderId, fee.toString()],
    );
    // The programs cannot change what is owed; their owner can.
    const owner = new pg.Client({ connectionString: commerce().database.urls.migrator });
    await owner.connect();
    await owner.query('UPDATE "order" SET total_minor = total_minor + $2 WHERE id = $1', [orderId, fee.toString()]);
    await owner.query("UPDATE payment SET amount_minor = amount_minor + $2 WHERE id = $1", [paymentId, fee.toString()]);
    await owner.end();
  }

  async function completed(vouchers: readonly Readonly<Record<string, unknown>>[], fee = 0n) {
    await putIntoCart(commerce(), buyer, batik, 4);
    const client = await commerce().client(buyer);
    const document = "mutation ($input: ApplyVoucherInput!) { applyVoucher(input: $input) { __typename } }";
    for (const voucher of vouchers) {
      const code = await makeVoucher(commerce(), voucher);
      expect(await client.data(document, { input: { code } })).toEqual({
        applyVoucher: { __typename: "ApplyVoucherSuccess" },
      });
    }
    const { orders, payment } = await checkOut(commerce(), buyer);
    const id = orders[0]?.id ?? "";
    if (fee > 0n) await carry(id, payment.id, fee);
    await payFor(commerce(), payment.id);
    const accounts = [
      funder,
      `seller_payable:${shopId}`,
      `seller_receivable:${shopId}`,
      "platform_revenue",
      "ppn_payable",
      "refund_payable",
    ];
    const before = await balances(...accounts);
    const moved = async () => (await balances(...accounts)).map((balance, n) => balance - (before[n] ?? 0n));
    return { id, totalMinor: minor(orders[0]?.total ?? { amount: "0" }) + fee, moved };
  }
  const finish = async (id: string) => {
    await operate(id, { kind: "ship" });
    await operate(id, { kind: "confirm-receipt" });
  };

  test("of the platform: it adds its part at the release, so that the shop is paid for the full price; refunds undo it in proportion", async () => {
    const { id, totalMinor, moved } = await completed([{ amount_minor: 20_000_00 }]);
    expect((await moved())[0]).toBe(0n);
    await finish(id);
    const [subsidy = 0n, payable = 0n, , revenue = 0n, ppn = 0n] = await moved();
    expect(subsidy).toBe(2_000_000n);
    expect(payable + revenue + ppn).toBe(-(totalMinor + 2_000_000n));
    await operate(id, { kind: "refund", amountMinor: totalMinor / 2n });
    const half = await moved();
    expect(half[0]).toBe(2_000_000n - (2_000_000n * (totalMinor / 2n)) / totalMinor);
    await operate(id, { kind: "refund", amountMinor: totalMinor - totalMinor / 2n });
    const [backToFunder, , , , , owed] = await moved();
    expect([backToFunder, owed]).toEqual([0n, -totalMinor]);
    const all = await moved();
    expect([all[3], all[4], (all[1] ?? 0n) + (all[2] ?? 0n)]).toEqual([0n, 0n, 0n]);
  });

  test("refunded in part before it is complete, is added to for the rest alone", async () => {
    const { id, totalMinor, moved } = await completed([{ amount_minor: 20_000_00 }]);
    const backMinor = totalMinor / 4n;
    await operate(id, { kind: "refund", amountMinor: backMinor });
    await finish(id);
    const [subsidy = 0n, payable = 0n, , revenue = 0n, ppn = 0n] = await moved();
    expect(subsidy).toBe((2_000_000n * (totalMinor - backMinor)) / totalMinor);
    expect(payable + revenue + ppn).toBe(-(totalMinor - backMinor + subsidy));
  });

  test("of the seller: the shop has a lower price, and nobody adds anything", async () => {
    const { id, totalMinor, moved } = await completed([{ funder: "SELLER", shop_id: shopId, amount_minor: 20_000_00 }]);
    await finish(id);
    const [subsidy, payable = 0n, , revenue = 0n, ppn = 0n] = await moved();
    expect([subsidy, payable + revenue + ppn]).toEqual([0n, -totalMinor]);
  });

  test("that a courier carried: the fee is the courier's whole, and the platform adds to the goods alone; refunds undo that", async () => {
    const fee = 12_000_00n;
    const { id, totalMinor, moved } = await completed([{ amount_minor: 20_000_00 }], fee);
    const [courierBefore = 0n, expenseBefore = 0n] = await balances("courier_payable:kurir-uji", "shipping_expense");
    await finish(id);
    const [subsidy = 0n, payable = 0n, , revenue = 0n, ppn = 0n] = await moved();
    const [courier = 0n] = await balances("courier_payable:kurir-uji");
    expect([subsidy, courier - courierBefore]).toEqual([2_000_000n, -fee]);
    expect(payable + revenue + ppn).toBe(-(totalMinor - fee + 2_000_000n));
    await operate(id, { kind: "refund", amountMinor: totalMinor / 3n });
    await operate(id, { kind: "refund", amountMinor: totalMinor - totalMinor / 3n });
    const all = await moved();
    expect([all[0], (all[1] ?? 0n) + (all[2] ?? 0n), all[3], all[4], all[5]]).toEqual([0n, 0n, 0n, 0n, -totalMinor]);
    const [expense = 0n] = await balances("shipping_expense");
    expect(expense - expenseBefore).toBe(fee);
  });

  test("that a courier carried, with all of its goods refunded before it is complete, is not added to: the fee is no goods", async () => {
    const fee = 12_000_00n;
    const { id, totalMinor, moved } = await completed([{ amount_minor: 20_000_00 }], fee);
    await operate(id, { kind: "refund", amountMinor: totalMinor - fee });
    await finish(id);
    const [subsidy = 0n, payable = 0n] = await moved();
    expect([subsidy, payable]).toEqual([0n, 0n]);
  });

  test("keeps the books sound over all of it", async () => {
    expect(await commerce().parts.store.ledger.audit()).toMatchObject({
      unbalancedTransactions: [],
      isSumZero: true,
      escrowMismatches: [],
      overRefundedOrders: [],
      commissionMismatches: [],
      overdrawnAccounts: [],
      strayAccounts: [],
    });
  });
});
