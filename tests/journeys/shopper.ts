import { randomUUID } from "node:crypto";
import {
  BrowseAndBuyDocument,
  type BrowseAndBuyMutation,
  BrowseDocument,
  OrderStatusDocument,
  type OrderStatusQuery,
} from "../../schema/generated/operations.ts";
import type { Answer, GraphqlClient } from "../support/graphql-client.ts";
import type { Supergraph } from "../support/supergraph.ts";

/** Something in the feed that can be bought. */
export interface Offer {
  readonly videoId: string;
  readonly creatorId: string;
  readonly productId: string;
  readonly variantId: string;
  readonly attributionToken: string;
  readonly availableStock: number;
}

/** What a purchase may do differently. */
export interface PurchaseOptions {
  readonly paymentMethodId?: string;
  readonly expectedCartVersion?: number;
  readonly addKey?: string;
  readonly checkoutKey?: string;
}

/** A successful checkout. */
export type Purchase = Extract<NonNullable<BrowseAndBuyMutation["checkout"]>, { __typename: "CheckoutSuccess" }>;

/** A buyer with an app: everything goes through the gateway, with the buyer's own token. */
export interface Shopper {
  readonly client: GraphqlClient;
  readonly offers: () => Promise<Offer[]>;
  readonly cartVersion: () => Promise<number>;
  readonly addressId: () => Promise<string>;
  /** The whole of BrowseAndBuy, whatever becomes of it. */
  readonly browseAndBuy: (offer: Offer, options?: PurchaseOptions) => Promise<Answer<BrowseAndBuyMutation>>;
  /** BrowseAndBuy that must succeed. */
  readonly buy: (offer: Offer, options?: PurchaseOptions) => Promise<Purchase>;
  readonly orderStatus: (orderId: string) => Promise<NonNullable<OrderStatusQuery["order"]>>;
}

const cartQuery = "{ cart { version } }";

const addAddress = `mutation ($input: AddAddressInput!) {
  addAddress(input: $input) { ... on AddAddressSuccess { address { id } } ... on UserError { code message } }
}`;

const districtQuery = '{ districts(search: "Menteng", first: 1) { code } }';

function need<Value>(value: Value | null | undefined, what: string, answer: unknown): Value {
  if (value === null || value === undefined) throw new Error(`${what} is missing in ${JSON.stringify(answer)}`);
  return value;
}

async function findOffers(client: GraphqlClient): Promise<Offer[]> {
  const answer = await client.send(BrowseDocument, { first: 20 });
  return need(answer.data?.feed, "feed", answer).edges.flatMap(({ node }) =>
    node.showcase.flatMap((item) =>
      (item.product?.variants ?? []).map((variant) => ({
        videoId: node.id,
        creatorId: node.creator.id,
        productId: need(item.product, "product", item).id,
        variantId: variant.id,
        attributionToken: item.attributionToken,
        availableStock: variant.availableStock,
      })),
    ),
  );
}

/** Signs a buyer in at the identity provider and hands over the phone. */
export async function createShopper(supergraph: Supergraph, username: string): Promise<Shopper> {
  const client = await supergraph.client(username);
  let knownAddress: string | undefined;

  async function cartVersion(): Promise<number> {
    const answer = await client.send<{ cart: { version: number } | null }>(cartQuery);
    return need(answer.data?.cart, "cart", answer).version;
  }

  async function addressId(): Promise<string> {
    if (knownAddress !== undefined) return knownAddress;
    const found = await client.send<{ districts: { code: string }[] }>(districtQuery);
    const input = {
      recipientName: "Sri Wahyuni",
      phone: "+6281234567890",
      street: "Jl. Cikini Raya No. 7",
      districtCode: need(found.data?.districts[0], "district", found).code,
      postalCode: "10330",
      idempotencyKey: randomUUID(),
    };
    type Added = { addAddress: { address?: { id: string } } | null };
    const added = await client.send<Added>(addAddress, { input });
    knownAddress = need(added.data?.addAddress?.address, "address", added).id;
    return knownAddress;
  }

  async function browseAndBuy(offer: Offer, options: PurchaseOptions = {}): Promise<Answer<BrowseAndBuyMutation>> {
    return client.send(BrowseAndBuyDocument, {
      videoId: offer.videoId,
      variantId: offer.variantId,
      attributionToken: offer.attributionToken,
      expectedCartVersion: options.expectedCartVersion ?? (await cartVersion()) + 1,
      addressId: await addressId(),
      paymentMethodId: options.paymentMethodId ?? "bank-cendana.virtual-account",
      addKey: options.addKey ?? randomUUID(),
      checkoutKey: options.checkoutKey ?? randomUUID(),
    });
  }

  async function buy(offer: Offer, options: PurchaseOptions = {}): Promise<Purchase> {
    const answer = await browseAndBuy(offer, options);
    const checkout = answer.data?.checkout;
    if (checkout?.__typename !== "CheckoutSuccess")
      throw new Error(`not bought: ${JSON.stringify([answer.data?.addToCart?.__typename, checkout, answer.errors])}`);
    return checkout;
  }

  async function orderStatus(orderId: string): Promise<NonNullable<OrderStatusQuery["order"]>> {
    const answer = await client.send(OrderStatusDocument, { orderId });
    return need(answer.data?.order, "order", answer);
  }

  return {
    client,
    offers: () => findOffers(client),
    cartVersion,
    addressId,
    browseAndBuy,
    buy,
    orderStatus,
  };
}

/** The only order of a purchase of one product. */
export function onlyOrder(purchase: Purchase): Purchase["orders"][number] {
  const [order, ...others] = purchase.orders;
  if (order === undefined || others.length > 0)
    throw new Error(`one order was expected, not ${purchase.orders.length}`);
  return order;
}
