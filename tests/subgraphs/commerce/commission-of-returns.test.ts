import { beforeAll, describe, expect, test } from "@jest/globals";
import { deterministicId } from "../../../platform/runtime/ids.ts";
import { actOnOrder } from "../../../subgraphs/commerce/domain/actions/act-on-order.ts";
import { createCompleteOrder } from "../../../subgraphs/commerce/domain/actions/complete-order.ts";
import { answerReturn, requestReturn } from "../../../subgraphs/commerce/domain/actions/return-goods.ts";
import type { OrderCommand } from "../../../subgraphs/commerce/domain/order-life.ts";
import { checkOut, putIntoCart, seededVariant, setStock } from "./support/buyer-journey.ts";
import { directRun, fulfillingOf, payFor } from "./support/paid-order.ts";
import { newKey, useCommerce } from "./support/test-commerce.ts";

const commerce = useCommerce();
const attributed = seededVariant(0);
let other: string;

interface Line {
  readonly id: string;
  readonly isAttributed: boolean;
  readonly priceMinor: bigint;
}

interface Mixed {
  readonly buyer: string;
  readonly orderId: string;
  readonly shopId: string;
  readonly attributed: Line;
  readonly other: Line;
}

async function sql(text: string, values: unknown[] = []) {
  return (await commerce().parts.database.pool.query(text, values)).rows;
}

beforeAll(async () => {
  // Another product of the same shop, so that one order has both.
  const [row] = await sql(
    `SELECT v.id FROM variant v JOIN product p ON p.id = v.product_id
     WHERE p.shop_id = (SELECT q.shop_id FROM variant w JOIN product q ON q.id = w.product_id WHERE w.id = $1)
       AND p.id <> (SELECT product_id FROM variant WHERE id = $1) ORDER BY v.id LIMIT 1`,
    [attributed],
  );
  other = row.id;
  for (const variantId of [attributed, other]) await setStock(commerce(), variantId, 100);
});

async function act(orderId: string, command: OrderCommand): Promise<void> {
  const result = await actOnOrder(
    fulfillingOf(commerce()),
    { kind: "OPERATOR", subject: "operator" },
    { operation: "refundOrder", orderId, command, reason: null, idempotencyKey: newKey() },
  );
  expect(result.ok).toBe(true);
}

/** A delivered order of one piece that content brought and one that nothing brought. */
async function delivered(): Promise<Mixed> {
  const buyer = `buyer-${newKey()}`;
  const click = { cid: deterministicId("video", 1), ctp: "video", crt: deterministicId("creator", 1) } as const;
  const token = await commerce().attributionToken({ ...click, prd: deterministicId("product", 0) });
  await putIntoCart(commerce(), buyer, attributed, 1, token);
  await putIntoCart(commerce(), buyer, other, 1);
  const { orders, payment } = await checkOut(commerce(), buyer);
  const [order] = orders;
  if (order === undefined) throw new Error("nothing was bought");
  await payFor(commerce(), payment.id);
  for (const kind of ["ship", "deliver"] as const) await act(order.id, { kind });
  const rows = await sql(
    "SELECT id, unit_price_minor, attribution IS NOT NULL AS is_attributed FROM order_line WHERE order_id = $1",
    [order.id],
  );
  const lines = rows.map(
    (row): Line => ({ id: row.id, isAttributed: row.is_attributed, priceMinor: BigInt(row.unit_price_minor) }),
  );
  const line = (isAttributed: boolean): Line => {
    const found = lines.find((one) => one.isAttributed === isAttributed);
    if (found === undefined) throw new Error("a line is missing");
    return found;
  };
  return { buyer, orderId: order.id, shopId: order.shop.id, attributed: line(true), other: line(false) };
}

async function giveBack({ buyer, orderId, shopId }: Mixed, { id: lineId }: Line): Promise<void> {
  const fulfilling = fulfillingOf(commerce());
  const request = { orderId, lines: [{ lineId, quantity: 1 }], reason: "too small", idempotencyKey: newKey() };
  const asked = await requestReturn(fulfilling, buyer, request);
  if (!asked.ok) throw new Error(asked.refusal.kind);
  for (const operation of ["approveReturn", "confirmReturnReceived"] as const) {
    const answer = { operation, returnId: asked.value, reason: null, idempotencyKey: newKey() };
    expect((await answerReturn(fulfilling, { subject: "seller", shopId }, answer)).ok).toBe(true);
  }
}

const complete = ({ orderId }: Mixed) =>
  createCompleteOrder(fulfillingOf(commerce()))(directRun(commerce()), { orderId });

async function commissionOf({ orderId }: Mixed): Promise<bigint> {
  const [row] = await sql("SELECT coalesce(sum(amount_minor), 0) AS kept FROM commission_accrual WHERE order_id = $1", [
    orderId,
  ]);
  return BigInt(row.kept);
}

const threePercentOf = (minor: bigint): bigint => (minor * 3n) / 100n;

describe("the commission of an order of which something goes back", () => {
  test.each(["before it is complete", "afterwards"])("%s, is what the kept goods earn", async (when) => {
    const isBefore = when !== "afterwards";
    for (const isAttributedBack of [true, false]) {
      const order = await delivered();
      if (!isBefore) await complete(order);
      await giveBack(order, isAttributedBack ? order.attributed : order.other);
      if (isBefore) await complete(order);
      expect(await commissionOf(order)).toBe(isAttributedBack ? 0n : threePercentOf(order.attributed.priceMinor));
    }
  });

  test("as money without goods, is less in proportion to what is left, whether that is said before a return or after it", async () => {
    for (const isRefundedFirst of [true, false]) {
      const order = await delivered();
      await complete(order);
      const refund = { kind: "refund", amountMinor: order.attributed.priceMinor / 4n } as const;
      if (isRefundedFirst) await act(order.orderId, refund);
      await giveBack(order, order.other);
      if (!isRefundedFirst) await act(order.orderId, refund);
      expect(await commissionOf(order)).toBe(threePercentOf((order.attributed.priceMinor * 3n) / 4n));
      await giveBack(order, order.attributed);
      expect(await commissionOf(order)).toBe(0n);
    }
  });

  test("after all of that, is by line what was posted for it", async () => {
    expect(await commerce().parts.store.ledger.audit()).toMatchObject({
      unbalancedTransactions: [],
      isSumZero: true,
      escrowMismatches: [],
      commissionMismatches: [],
      overdrawnAccounts: [],
    });
  });
});
