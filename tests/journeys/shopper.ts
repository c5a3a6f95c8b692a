import { randomUUID } from "node:crypto";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { type DocumentNode, print } from "graphql";
import {
  BrowseAndBuyDocument,
  type BrowseAndBuyMutation,
  BrowseDocument,
  OrderStatusDocument,
  type OrderStatusQuery,
} from "../../schema/generated/operations.ts";
import type { Supergraph } from "../support/supergraph.ts";

/** A GraphQL answer over HTTP. */
export interface Answer<Data> {
  readonly status: number;
  readonly data?: Data | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions?: Record<string, unknown>;
  }[];
}

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
  readonly token: string;
  readonly ask: <Data, Variables>(
    document: TypedDocumentNode<Data, Variables> | string,
    variables: Variables,
  ) => Promise<Answer<Data>>;
  readonly offers: () => Promise<Offer[]>;
  readonly cartVersion: () => Promise<number>;
  readonly addressId: () => Promise<string>;
  /** The whole of BrowseAndBuy, whatever becomes of it. */
  readonly browseAndBuy: (offer: Offer, options?: PurchaseOptions) => Promise<Answer<BrowseAndBuyMutation>>;
  /** BrowseAndBuy that must succeed. */
  readonly buy: (offer: Offer, options?: PurchaseOptions) => Promise<Purchase>;
  readonly orderStatus: (orderId: string) => Promise<NonNullable<OrderStatusQuery["order"]>>;
}

/** Sends an operation to the gateway. */
export async function ask<Data, Variables>(
  url: string,
  document: TypedDocumentNode<Data, Variables> | string,
  variables: Variables,
  token?: string,
): Promise<Answer<Data>> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({
      query: typeof document === "string" ? document : print(document as DocumentNode),
      variables,
    }),
  });
  return { status: response.status, ...((await response.json()) as Omit<Answer<Data>, "status">) };
}

const cartQuery = "{ cart { version } addresses { id } }";

const addAddress = `mutation ($input: AddAddressInput!) {
  addAddress(input: $input) { ... on AddAddressSuccess { address { id } } ... on UserError { code message } }
}`;

const districtQuery = '{ districts(search: "Menteng", first: 1) { code } }';

function need<Value>(value: Value | null | undefined, what: string, answer: unknown): Value {
  if (value === null || value === undefined) throw new Error(`${what} is missing in ${JSON.stringify(answer)}`);
  return value;
}

async function findOffers(url: string, token: string): Promise<Offer[]> {
  const answer = await ask(url, BrowseDocument, { first: 20 }, token);
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
  const token = await supergraph.tokenOf(username);
  const url = supergraph.graphqlUrl;
  let knownAddress: string | undefined;

  const shopperAsk: Shopper["ask"] = (document, variables) => ask(url, document, variables, token);

  async function cartVersion(): Promise<number> {
    const answer = await ask<{ cart: { version: number } | null }, object>(url, cartQuery, {}, token);
    return need(answer.data?.cart, "cart", answer).version;
  }

  async function addressId(): Promise<string> {
    if (knownAddress !== undefined) return knownAddress;
    const found = await ask<{ districts: { code: string }[] }, object>(url, districtQuery, {}, token);
    const input = {
      recipientName: "Sri Wahyuni",
      phone: "+6281234567890",
      street: "Jl. Cikini Raya No. 7",
      districtCode: need(found.data?.districts[0], "district", found).code,
      postalCode: "10330",
      idempotencyKey: randomUUID(),
    };
    type Added = { addAddress: { address?: { id: string } } | null };
    const added = await ask<Added, object>(url, addAddress, { input }, token);
    knownAddress = need(added.data?.addAddress?.address, "address", added).id;
    return knownAddress;
  }

  async function browseAndBuy(offer: Offer, options: PurchaseOptions = {}): Promise<Answer<BrowseAndBuyMutation>> {
    return shopperAsk(BrowseAndBuyDocument, {
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
    if (checkout?.__typename !== "CheckoutSuccess") throw new Error(`not bought: ${JSON.stringify(answer)}`);
    return checkout;
  }

  async function orderStatus(orderId: string): Promise<NonNullable<OrderStatusQuery["order"]>> {
    const answer = await shopperAsk(OrderStatusDocument, { orderId });
    return need(answer.data?.order, "order", answer);
  }

  return {
    token,
    ask: shopperAsk,
    offers: () => findOffers(url, token),
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
