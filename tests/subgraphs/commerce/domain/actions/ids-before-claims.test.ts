import { expect, test } from "@jest/globals";
import { actOnOrder, type Fulfilling } from "../../../../../subgraphs/commerce/domain/actions/act-on-order.ts";
import { addToCart } from "../../../../../subgraphs/commerce/domain/actions/add-to-cart.ts";
import type { Buying } from "../../../../../subgraphs/commerce/domain/actions/buying.ts";

// A claim stores the id as JSON, which has no place for every text.
const outside = {
  clock: () => new Date(0),
  hashRequest: () => "hash",
  transactions: {
    runInTransaction: () => {
      throw new Error("something was to be stored");
    },
  },
};
const idempotencyKey = "a-key-of-a-test";

test.each(["\ud800", "", "nothing"])("an id that is %j, is refused before anything is stored", async (id) => {
  const input = { variantId: id, quantity: 1, attributionToken: null, idempotencyKey };
  const added = await addToCart(outside as unknown as Buying, "somebody", input);
  expect(added).toEqual({ ok: false, refusal: { kind: "VariantNotFound" } });
  const actor = { kind: "BUYER", subject: "somebody" } as const;
  const request = {
    operation: "confirmReceipt",
    orderId: id,
    command: { kind: "confirm-receipt" },
    reason: null,
  } as const;
  const acted = await actOnOrder(outside as unknown as Fulfilling, actor, { ...request, idempotencyKey });
  expect(acted).toEqual({ ok: false, refusal: { kind: "OrderNotFound" } });
});
