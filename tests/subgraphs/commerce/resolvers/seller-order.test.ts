import { beforeAll, describe, expect, test } from "@jest/globals";
import { actOnOrder } from "../../../../subgraphs/commerce/domain/actions/act-on-order.ts";
import type { OrderCommand } from "../../../../subgraphs/commerce/domain/order-life.ts";
import { labelAddressOf } from "../../../../subgraphs/commerce/domain/seller-order.ts";
import { buy, goodAddress, seededVariant } from "../support/buyer-journey.ts";
import { fulfillingOf, type PaidOrder, paidOrder } from "../support/paid-order.ts";
import { otherShop, sellerOf } from "../support/seller.ts";
import { newKey, useCommerce } from "../support/test-commerce.ts";

const commerce = useCommerce();
let order: PaidOrder;

beforeAll(async () => {
  order = await paidOrder(commerce(), { product: 0, quantity: 2 });
}, 30_000);

const fields = `id status dispute total { amount } subtotal { amount } discount { amount } shippingFee { amount }
  refunded { amount } shop { id } lines { title quantity unitPrice { amount } total { amount } variant { id sku } }
  labelAddress { recipientName phone street postalCode district { code } } timeline { kind by }`;

interface Shown {
  readonly id: string;
  readonly status: string;
  readonly total: { readonly amount: string };
  readonly labelAddress: { readonly phone: string | null } | null;
  readonly lines: readonly { readonly quantity: number; readonly variant: { readonly id: string } | null }[];
}

async function shown(id: string, shopId = order.shopId): Promise<Shown | null> {
  const document = `query ($id: ID!) { sellerOrder(id: $id) { ${fields} } }`;
  return (await (await sellerOf(commerce(), shopId)).data<{ sellerOrder: Shown | null }>(document, { id })).sellerOrder;
}

interface Page {
  readonly nodes: readonly { readonly id: string; readonly status: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
}

const pageDocument = `query ($shopId: ID!, $status: OrderStatus, $first: Int!, $after: String) {
  sellerOrders(shopId: $shopId, status: $status, first: $first, after: $after) {
    nodes { id status } pageInfo { hasNextPage endCursor } } }`;

async function page(variables: object): Promise<Page> {
  const client = await sellerOf(commerce(), order.shopId);
  const all = { shopId: order.shopId, first: 50, ...variables };
  return (await client.data<{ sellerOrders: Page }>(pageDocument, all)).sellerOrders;
}

async function act({ orderId }: PaidOrder, command: OrderCommand): Promise<void> {
  const result = await actOnOrder(
    fulfillingOf(commerce()),
    { kind: "OPERATOR", subject: "operator" },
    { operation: "refundOrder", orderId, command, reason: null, idempotencyKey: newKey() },
  );
  expect(result.ok).toBe(true);
}

describe("sellerOrder", () => {
  test("shows the shop what to send, to where and for how much, until it has arrived", async () => {
    const sent = await paidOrder(commerce(), { product: 0, quantity: 2 });
    const before = await shown(sent.orderId);
    expect(before).toMatchObject({
      status: "CONFIRMED",
      shop: { id: sent.shopId },
      subtotal: { amount: before?.total.amount },
      shippingFee: { amount: "0.00" },
      refunded: { amount: "0.00" },
      lines: [{ quantity: 2, variant: { id: sent.variantId } }],
      labelAddress: {
        recipientName: goodAddress.recipientName,
        phone: goodAddress.phone,
        street: goodAddress.street,
        postalCode: goodAddress.postalCode,
      },
      timeline: [{ kind: "PLACED" }, { kind: "CONFIRMED" }],
    });
    await act(sent, { kind: "ship" });
    expect((await shown(sent.orderId))?.labelAddress).not.toBeNull();
    await act(sent, { kind: "deliver" });
    expect(await shown(sent.orderId)).toMatchObject({ status: "DELIVERED", labelAddress: null });
  });

  test("shows nothing to another shop's seller, and nothing of an order that nobody paid", async () => {
    expect(await shown(order.orderId, otherShop)).toBeNull();
    const unpaid = await buy(commerce(), `buyer-${newKey()}`, seededVariant(0));
    expect(await shown(unpaid.orders[0]?.id ?? "")).toBeNull();
    expect(await shown("no-id")).toBeNull();
  });

  test.each([
    ["a buyer", "commerce:buy"],
    ["a seller of no shop", "commerce:sell"],
    ["an operator", "commerce:operate"],
  ])("is forbidden to %s, as the list is", async (_, scope) => {
    const client = await commerce().client(order.buyer, scope);
    for (const [document, variables] of [
      [`query ($id: ID!) { sellerOrder(id: $id) { id } }`, { id: order.orderId }],
      [pageDocument, { shopId: order.shopId, first: 5 }],
    ] as const) {
      const answer = await client.send(document, variables);
      expect(answer.errors?.[0]?.extensions?.code).toBe("FORBIDDEN");
    }
  });

  test("names no buyer: the type has no field for one", async () => {
    const client = await sellerOf(commerce(), order.shopId);
    for (const field of ["buyerId", "buyer { id }", "payment { id }", "shippingAddress { phone }"]) {
      const answer = await client.send(`query ($id: ID!) { sellerOrder(id: $id) { ${field} } }`, { id: order.orderId });
      expect(answer.errors?.[0]?.extensions?.code).toBe("GRAPHQL_VALIDATION_FAILED");
    }
    const text = JSON.stringify(await shown(order.orderId));
    expect(text).not.toContain(order.buyer);
  });
});

describe("sellerOrders", () => {
  test("pages through the shop's paid orders, newest first, by status", async () => {
    const bought = [];
    for (let n = 0; n < 3; n += 1) bought.push(await paidOrder(commerce(), { product: 0 }));
    await act(bought[1] as PaidOrder, { kind: "ship" });
    const wanted = bought.map(({ orderId }) => orderId).reverse();
    expect((await page({})).nodes.map(({ id }) => id).slice(0, 3)).toEqual(wanted);
    const first = await page({ first: 2 });
    expect(first.pageInfo.hasNextPage).toBe(true);
    const second = await page({ first: 1, after: first.pageInfo.endCursor });
    expect(second.nodes.map(({ id }) => id)).toEqual([wanted[2]]);
    const toSend = (await page({ status: "CONFIRMED" })).nodes;
    expect(toSend.every(({ status }) => status === "CONFIRMED")).toBe(true);
    expect(toSend.map(({ id }) => id)).not.toContain(bought[1]?.orderId);
    expect((await page({ status: "SHIPPED" })).nodes.map(({ id }) => id)).toContain(bought[1]?.orderId);
    expect((await page({ status: "PLACED" })).nodes).toEqual([]);
  });

  test("of another shop, is forbidden", async () => {
    const answer = await (await sellerOf(commerce(), otherShop)).send(pageDocument, {
      shopId: order.shopId,
      first: 5,
    });
    expect(answer.errors?.[0]?.extensions?.code).toBe("FORBIDDEN");
  });
});

describe("operatorOrder", () => {
  const document = `query ($id: ID!, $reason: String!) {
    operatorOrder(id: $id, reason: $reason) { paymentStatus paidAt order { ${fields} } } }`;

  async function read(scope: string, reason = "dispute 17") {
    return (await commerce().client("operator-7", scope)).send<{ operatorOrder: unknown }>(document, {
      id: order.orderId,
      reason,
    });
  }
  async function readings(): Promise<object[]> {
    const { pool } = commerce().parts.database;
    return (await pool.query("SELECT by, reason FROM order_read WHERE order_id = $1", [order.orderId])).rows;
  }

  test("shows the order to an operator and writes down who read it and why; not without a reason, and not to others", async () => {
    expect((await read("commerce:buy")).errors?.[0]?.extensions?.code).toBe("FORBIDDEN");
    expect((await read("commerce:operate", " ")).errors?.[0]?.extensions?.code).toBe("BAD_USER_INPUT");
    expect(await readings()).toEqual([]);
    expect((await read("commerce:operate")).data?.operatorOrder).toMatchObject({
      paymentStatus: "PAID",
      order: { id: order.orderId, status: "CONFIRMED" },
    });
    expect(await readings()).toEqual([{ by: "operator-7", reason: "dispute 17" }]);
    const change = commerce().parts.database.pool.query("UPDATE order_read SET reason = ''");
    await expect(change).rejects.toThrow(/permission denied/);
  });
});

describe("a label's address", () => {
  const shippingAddress = { ...goodAddress };

  test.each([
    ["CONFIRMED", null, goodAddress.phone],
    ["SHIPPED", "REFUSED", goodAddress.phone],
    ["CONFIRMED", "QUOTED", null],
    ["SHIPPED", "IN_TRANSIT", null],
  ] as const)("of an order that is %s, carried as %s, has the phone %s", (status, carried, phone) => {
    const shipment = carried === null ? null : { status: carried };
    expect(labelAddressOf({ status, shippingAddress }, shipment)).toEqual({ ...shippingAddress, phone });
  });

  test.each(["PLACED", "DELIVERED", "COMPLETED", "CANCELLED"] as const)("of one that is %s, is not shown", (status) => {
    expect(labelAddressOf({ status, shippingAddress }, null)).toBeNull();
  });
});
