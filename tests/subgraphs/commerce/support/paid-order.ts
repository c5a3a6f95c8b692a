import { deterministicId } from "../../../../platform/runtime/ids.ts";
import type { Fulfilling } from "../../../../subgraphs/commerce/domain/actions/act-on-order.ts";
import { confirmPaidOrders } from "../../../../subgraphs/commerce/domain/actions/settle-payment.ts";
import { awaitShipping } from "../../../../subgraphs/commerce/domain/actions/take-charge.ts";
import type { DurableRun } from "../../../../subgraphs/commerce/domain/durable-run.ts";
import { accounts } from "../../../../subgraphs/commerce/domain/ledger/movements.ts";
import { createListingBook } from "../../../../subgraphs/commerce/store/listing-book.ts";
import { createNotificationInbox } from "../../../../subgraphs/commerce/store/notification-inbox.ts";
import { createRefundBook } from "../../../../subgraphs/commerce/store/refund-book.ts";
import { hashRequest } from "../../../../subgraphs/commerce/store/request-hash.ts";
import { checkOut, putIntoCart, seededVariant, setStock } from "./buyer-journey.ts";
import { noBookings } from "./no-couriers.ts";
import { newKey, type TestCommerce } from "./test-commerce.ts";

/** An order that was paid, with what tests act on it by. */
export interface PaidOrder {
  readonly buyer: string;
  readonly orderId: string;
  readonly paymentId: string;
  readonly shopId: string;
  readonly totalMinor: bigint;
  readonly variantId: string;
}

/** How an order is bought. */
export interface PaidOrderOptions {
  /** Number of the seeded product. */
  readonly product?: number;
  readonly quantity?: number;
  /** Whether it is bought after a click on content. */
  readonly isAttributed?: boolean;
}

/** Lets a payment have been paid, as a notification would. */
export async function payFor(commerce: TestCommerce, paymentId: string): Promise<void> {
  const at = new Date();
  await commerce.parts.store.transactions.runInTransaction(async (tx) => {
    const payment = await tx.payments.lock(paymentId);
    if (payment === null) throw new Error("no such payment");
    await confirmPaidOrders(tx, payment, { source: "notification", providerReference: paymentId, paidAt: at, at });
    await awaitShipping(commerce.parts.work, tx, payment, at);
  });
}

/** Buys one product and pays for it. */
export async function paidOrder(commerce: TestCommerce, options: PaidOrderOptions = {}): Promise<PaidOrder> {
  const { product = 0, quantity = 1, isAttributed = false } = options;
  const buyer = `buyer-${newKey()}`;
  const variantId = seededVariant(product);
  await setStock(commerce, variantId, 1_000);
  const click = { cid: deterministicId("video", 1), ctp: "video", crt: deterministicId("creator", 1) } as const;
  const token = isAttributed
    ? await commerce.attributionToken({ ...click, prd: deterministicId("product", product) })
    : undefined;
  await putIntoCart(commerce, buyer, variantId, quantity, token);
  const { orders, payment } = await checkOut(commerce, buyer);
  const [order] = orders;
  if (order === undefined) throw new Error("nothing was bought");
  await payFor(commerce, payment.id);
  return {
    buyer,
    orderId: order.id,
    paymentId: payment.id,
    shopId: order.shop.id,
    totalMinor: BigInt(order.total.amount.replace(".", "")),
    variantId,
  };
}

/** Balances of the accounts that an order's money goes through, debits positive. */
export async function balancesOf(commerce: TestCommerce, order: PaidOrder): Promise<Record<string, bigint>> {
  const codes = {
    escrow: accounts.buyerEscrow(order.orderId),
    payable: accounts.sellerPayable(order.shopId),
    receivable: accounts.sellerReceivable(order.shopId),
    fee: accounts.platformRevenue,
    ppn: accounts.ppnPayable,
    affiliate: accounts.affiliatePayable("storefront"),
    refund: accounts.refundPayable,
  };
  const balances = await commerce.parts.store.ledger.balances(Object.values(codes));
  return Object.fromEntries(Object.entries(codes).map(([name, code]) => [name, balances.get(code) ?? 0n]));
}

/** What moves orders on, without a server. */
export function fulfillingOf({ parts }: TestCommerce, autoCompleteSeconds = 60): Fulfilling {
  const { store, work, newId, clock } = parts;
  return {
    transactions: store.transactions,
    work,
    inbox: createNotificationInbox(),
    refundRequests: { refunds: createRefundBook(), work, newId },
    listings: createListingBook(newId),
    bookings: noBookings,
    newId,
    clock,
    hashRequest,
    autoCompleteSeconds,
  };
}

/** Runs a workflow's steps at once, each once, without an engine: for what a workflow does, not how it survives. */
export function directRun(commerce: TestCommerce): DurableRun {
  return {
    id: newKey(),
    step: (_name, work) => work(),
    tx: (_name, work) => commerce.parts.store.transactions.runInTransaction(work),
    all: (steps) => Promise.all(steps.map((step) => step())),
  };
}

/** Moves an order by a mutation of that name, which must succeed; the caller's subject, then the caller's scopes. */
export async function actOn(
  commerce: TestCommerce,
  name: string,
  { orderId }: PaidOrder,
  ...caller: [subject: string, scopes?: string]
): Promise<void> {
  const client = await commerce.client(...caller);
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const { done } = await client.data<{ done: { __typename: string } }>(
    `mutation ($input: ${type}Input!) { done: ${name}(input: $input) { __typename } }`,
    { input: { orderId, idempotencyKey: newKey() } },
  );
  if (done.__typename !== `${type}Success`) throw new Error(`${name}: ${done.__typename}`);
}
