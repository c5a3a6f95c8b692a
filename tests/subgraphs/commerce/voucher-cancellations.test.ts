import { beforeEach, describe, expect, test } from "@jest/globals";
import { actOnOrder } from "../../../subgraphs/commerce/domain/actions/act-on-order.ts";
import { createOrderDeadline } from "../../../subgraphs/commerce/domain/actions/order-deadline.ts";
import { checkOut, putIntoCart, seededVariant, setStock } from "./support/buyer-journey.ts";
import { directRun, fulfillingOf, payFor } from "./support/paid-order.ts";
import { newKey, useCommerce } from "./support/test-commerce.ts";
import { makeVoucher } from "./support/vouchers.ts";

const commerce = useCommerce();
// Products 0 and 1 are of different shops in the small seed.
const [batik, hijab] = [seededVariant(0), seededVariant(1)] as const;
let buyer: string;

/** How often a voucher is taken, by its own count and by its redemptions. */
async function taken(code: string): Promise<Record<string, number>> {
  const { rows } = await commerce().parts.database.pool.query(
    `SELECT v.redeemed, count(r.*) FILTER (WHERE r.state = 'RESERVED')::int AS reserved, count(r.*) FILTER (WHERE r.state = 'USED')::int AS used
     FROM voucher v LEFT JOIN voucher_redemption r ON r.voucher_id = v.id WHERE v.code = $1 GROUP BY v.id`,
    [code],
  );
  const [{ redeemed, reserved, used }] = rows;
  expect(redeemed).toBe(reserved + used);
  return { reserved, used };
}

beforeEach(async () => {
  buyer = `buyer-${newKey()}`;
  for (const variant of [batik, hijab]) await setStock(commerce(), variant, 200);
});

describe("a redemption that was paid for", () => {
  const place = async (code: string) => {
    await putIntoCart(commerce(), buyer, batik, 2);
    const client = await commerce().client(buyer);
    const document = "mutation ($input: ApplyVoucherInput!) { applyVoucher(input: $input) { __typename } }";
    expect(await client.data(document, { input: { code } })).toEqual({
      applyVoucher: { __typename: "ApplyVoucherSuccess" },
    });
    const payload = await checkOut(commerce(), buyer);
    expect(payload.__typename).toBe("CheckoutSuccess");
    return payload;
  };
  const cancelled = async (orderId: string, by: "BUYER" | "OPERATOR" | "TIMER"): Promise<void> => {
    const fulfilling = fulfillingOf(commerce());
    if (by === "TIMER") {
      await createOrderDeadline(fulfilling)(directRun(commerce()), { orderId, deadline: "SHIP_BY", round: "1" });
      return;
    }
    const request = { orderId, command: { kind: "cancel" }, reason: null, idempotencyKey: newKey() } as const;
    const actor = { kind: by, subject: by === "BUYER" ? buyer : "operator" };
    expect((await actOnOrder(fulfilling, actor, { ...request, operation: "cancelOrder" })).ok).toBe(true);
  };
  const paidForTwo = async () => {
    const code = await makeVoucher(commerce(), { quota: 1, max_per_buyer: 1 });
    await putIntoCart(commerce(), buyer, hijab, 1);
    const { orders, payment } = await place(code);
    await payFor(commerce(), payment.id);
    expect(await taken(code)).toEqual({ reserved: 0, used: 1 });
    return { code, ids: orders.map(({ id }) => id) };
  };

  test("of an order that its shop did not send, is its buyer's again, who can use it", async () => {
    const code = await makeVoucher(commerce(), { quota: 1, max_per_buyer: 1 });
    const { orders, payment } = await place(code);
    await payFor(commerce(), payment.id);
    const id = orders[0]?.id ?? "";
    await Promise.all([cancelled(id, "TIMER"), cancelled(id, "TIMER")]);
    expect(await taken(code)).toEqual({ reserved: 0, used: 0 });
    await place(code);
    expect(await taken(code)).toEqual({ reserved: 1, used: 0 });
  });

  test("of orders of two shops, is given back once, when both were cancelled by whoever is not the buyer", async () => {
    const one = await paidForTwo();
    expect(one.ids.length).toBe(2);
    await cancelled(one.ids[0] ?? "", "TIMER");
    expect(await taken(one.code)).toEqual({ reserved: 0, used: 1 });
    await cancelled(one.ids[1] ?? "", "OPERATOR");
    expect(await taken(one.code)).toEqual({ reserved: 0, used: 0 });
    const other = await paidForTwo();
    await Promise.all(other.ids.map((id) => cancelled(id, "TIMER")));
    expect(await taken(other.code)).toEqual({ reserved: 0, used: 0 });
  });

  test.each<[string, readonly ("BUYER" | "TIMER")[]]>([
    ["the first", ["BUYER", "TIMER"]],
    ["the last", ["TIMER", "BUYER"]],
    ["each", ["BUYER", "BUYER"]],
  ])("of orders of which the buyer cancelled %s, was a use", async (_, whoCancels) => {
    const { code, ids } = await paidForTwo();
    for (const [n, by] of whoCancels.entries()) await cancelled(ids[n] ?? "", by);
    expect(await taken(code)).toEqual({ reserved: 0, used: 1 });
  });
});
