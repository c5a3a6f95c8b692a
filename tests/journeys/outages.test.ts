import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { BrowseDocument, OrderByKeyDocument } from "../../schema/generated/operations.ts";
import { useSupergraph } from "../support/supergraph.ts";
import { eventually } from "./eventually.ts";
import { sandboxProvider } from "./provider.ts";
import { createShopper, type Offer, onlyOrder, type Shopper } from "./shopper.ts";

const supergraph = useSupergraph();
let shopper: Shopper;
let chosen: Offer;

beforeAll(async () => {
  shopper = await createShopper(supergraph(), "buyer-1");
  const found = (await shopper.offers()).find((offer) => offer.availableStock > 5);
  if (found === undefined) throw new Error("the feed offers nothing with stock");
  chosen = found;
  await shopper.addressId();
});

describe("with the storefront killed", () => {
  test("an open cart is checked out and paid; the content's fields are null with a typed error", async () => {
    const add = `mutation ($input: AddToCartInput!) {
      addToCart(input: $input) { ... on AddToCartSuccess { cart { version } } } }`;
    type Added = { addToCart: { cart: { version: number } } };
    const { variantId, attributionToken } = chosen;
    const added = await shopper.client.send<Added>(add, {
      input: { variantId, attributionToken, idempotencyKey: "outage-add-1" },
    });
    const expectedCartVersion = added.data?.addToCart.cart.version;
    await supergraph().kill("storefront", "SIGKILL");

    const checkout = `mutation ($input: CheckoutInput!) { checkout(input: $input) { ... on CheckoutSuccess {
      payment { id } orders { id lines { attributedTo { creator { displayName } } } } } } }`;
    type Bought = {
      checkout: {
        payment: { id: string };
        orders: { id: string; lines: { attributedTo: { creator: unknown } | null }[] }[];
      };
    };
    const bought = await shopper.client.send<Bought>(checkout, {
      input: {
        expectedCartVersion,
        addressId: await shopper.addressId(),
        paymentMethodId: "bank-cendana.virtual-account",
        idempotencyKey: "outage-checkout-1",
      },
    });
    const order = bought.data?.checkout.orders[0];
    if (order === undefined) throw new Error(JSON.stringify(bought));
    expect(order.lines.map(({ attributedTo }) => attributedTo)).toEqual([{ creator: null }]);
    expect(bought.errors?.[0]?.extensions).toMatchObject({ code: "SUBGRAPH_UNAVAILABLE", service: "storefront" });

    await sandboxProvider(supergraph(), "bank-cendana").pay(bought.data?.checkout.payment.id ?? "");
    const paid = await eventually(
      () => shopper.orderStatus(order.id),
      ({ status, payment }) => payment.status === "PAID" && status !== "PLACED",
    );
    expect(paid.status).toBe("CONFIRMED");
    await supergraph().restart("storefront");
  }, 60_000);
});

describe("with commerce killed", () => {
  test("the feed still answers with products null and a typed error, and buying fails with a clear code", async () => {
    await supergraph().kill("commerce", "SIGKILL");
    const feed = await (await supergraph().client()).send(BrowseDocument, { first: 3 });
    expect(feed.data?.feed?.edges).toHaveLength(3);
    const shown = feed.data?.feed?.edges.flatMap(({ node }) => node.showcase) ?? [];
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.filter(({ product }) => product !== null)).toEqual([]);
    expect(feed.errors?.[0]?.extensions).toMatchObject({ code: "SUBGRAPH_UNAVAILABLE", service: "commerce" });

    const failed = await shopper.browseAndBuy(chosen, { expectedCartVersion: 1 });
    expect(failed.data?.likeVideo?.__typename).toBe("LikeVideoSuccess");
    expect(failed.data).toMatchObject({ addToCart: null, checkout: null });
    const codes = failed.errors
      ?.filter(({ path }) => path?.[0] === "checkout")
      .map(({ extensions }) => extensions?.code);
    expect(codes).toEqual(["SUBGRAPH_UNAVAILABLE"]);

    await supergraph().restart("commerce");
    const purchase = await shopper.buy(chosen);
    expect(onlyOrder(purchase).status).toBe("PLACED");
  }, 60_000);
});

describe("with commerce killed while it buys", () => {
  test("the outcome is unknown; asked by its key, it is the order that was placed, and nobody else's to see", async () => {
    const bank = sandboxProvider(supergraph(), "bank-cendana");
    await bank.post("/control/behaviours", { operation: "create-va", behaviour: "silent" });
    const checkoutKey = randomUUID();
    const buying = shopper.browseAndBuy(chosen, { checkoutKey });
    // Taken by the bank: the order stands, and commerce waits for an answer that does not come.
    await eventually(bank.behavioursToCome, (waiting) => waiting.length === 0);
    await supergraph().kill("commerce", "SIGKILL");
    const lost = await buying;
    expect(lost.data?.checkout).toBeNull();
    const codes = lost.errors?.filter(({ path }) => path?.[0] === "checkout").map(({ extensions }) => extensions?.code);
    expect(codes).toEqual(["OUTCOME_UNKNOWN"]);
    await supergraph().restart("commerce");
    const asked = await shopper.client.send(OrderByKeyDocument, { checkoutKey });
    const outcome = asked.data?.orderByKey;
    if (outcome?.__typename !== "CheckoutPlaced") throw new Error(JSON.stringify(asked));
    expect(outcome.orders.map(({ status }) => status)).toEqual(["PLACED"]);
    const stranger = await createShopper(supergraph(), "buyer-2");
    const theirs = await stranger.client.send(OrderByKeyDocument, { checkoutKey });
    expect(theirs.data?.orderByKey?.__typename).toBe("CheckoutNotKnown");
  }, 60_000);
});

describe("with the worker killed", () => {
  test("a payment that is notified meanwhile is confirmed when another worker comes", async () => {
    const purchase = await shopper.buy(chosen);
    await supergraph().kill("commerce-worker", "SIGKILL");
    const report = await sandboxProvider(supergraph(), "bank-cendana").pay(purchase.payment.id);
    expect(report).toMatchObject({ outcome: "paid" });
    expect((await shopper.orderStatus(onlyOrder(purchase).id)).payment.status).not.toBe("FAILED");
    await supergraph().restart("commerce-worker");
    const paid = await eventually(
      () => shopper.orderStatus(onlyOrder(purchase).id),
      ({ status, payment }) => payment.status === "PAID" && status !== "PLACED",
      30_000,
    );
    expect(paid.status).toBe("CONFIRMED");
  }, 90_000);
});
