import { pino } from "pino";
import { Registry } from "prom-client";
import { createCallbackListener } from "../../../../subgraphs/commerce/callbacks/listener.ts";
import { composeFulfilment } from "../../../../subgraphs/commerce/composition/fulfilment.ts";
import { composeCouriers } from "../../../../subgraphs/commerce/composition/shipping.ts";
import type { Workflow } from "../../../../subgraphs/commerce/domain/durable-run.ts";
import type { WorkflowName } from "../../../../subgraphs/commerce/domain/ports.ts";
import type { Courier } from "../../../../subgraphs/commerce/domain/shipping/courier.ts";
import { startDurableEngine } from "../../../../subgraphs/commerce/store/durable/engine.ts";
import { createRefundBook } from "../../../../subgraphs/commerce/store/refund-book.ts";
import { eventually } from "../../../support/eventually.ts";
import { addAddress, checkOut, putIntoCart, seededVariant, setStock } from "../support/buyer-journey.ts";
import { payFor } from "../support/paid-order.ts";
import { newKey, type TestCommerce } from "../support/test-commerce.ts";
import { type CourierProcesses, startCouriers } from "./courier-processes.ts";

/** An order that is paid and that its shop can send. */
export interface SendableOrder {
  readonly buyer: string;
  readonly orderId: string;
  readonly shopId: string;
  readonly courier: "lintas-kurir" | "rantau-ekspres";
}

/** Where an order and its parcel are, as its buyer sees it. */
export interface ShownOrder {
  readonly status: string;
  readonly dispute: string;
  readonly total: { readonly amount: string };
  readonly timeline: readonly { readonly kind: string; readonly by: string; readonly reason: string | null }[];
  readonly shipment: {
    readonly status: string;
    readonly waybillNo: string | null;
    readonly fee: { readonly amount: string };
    readonly history: readonly { readonly status: string | null; readonly code: string; readonly place: string }[];
  };
}

/** The sandbox's couriers, a worker and the call-back listener around commerce under test. */
export interface ShippingRig {
  readonly processes: CourierProcesses;
  readonly buy: (courier: SendableOrder["courier"]) => Promise<SendableOrder>;
  readonly act: (order: SendableOrder, field: string, input?: object) => Promise<Record<string, unknown>>;
  readonly show: (order: SendableOrder) => Promise<ShownOrder>;
  /** Waits until the order is as `wanted` says. */
  readonly until: (order: SendableOrder, wanted: (shown: ShownOrder) => boolean) => Promise<ShownOrder>;
  readonly start: (workflow: WorkflowName, id: string, input: Record<string, string>) => Promise<void>;
  readonly stop: () => Promise<void>;
}

const logger = pino({ level: process.env.LOG_LEVEL ?? "fatal" });
const others: readonly WorkflowName[] = [
  "settle-payment-request",
  "expire-payment",
  "apply-notification",
  "refund-late-money",
  "send-refund",
  "void-payment",
  "reconcile-settlement",
  "pay-out-batch",
  "pay-out",
  "close-ledger-day",
];
const names = { "lintas-kurir": "Lintas Kurir", "rantau-ekspres": "Rantau Ekspres" };
const asSeller = ["markOrderShipped"];
const asOperator = ["resolveDispute", "refundOrder"];

/** Starts couriers, listener and worker; the couriers are put into `couriers`, which commerce was opened with. */
export async function openShippingRig(commerce: TestCommerce, couriers: Courier[]): Promise<ShippingRig> {
  const { parts, database } = commerce;
  const { store, work, newId, clock } = parts;
  const processes = await startCouriers();
  const composed = composeCouriers({ couriersFile: processes.couriersFile, logger });
  couriers.push(...composed.couriers);
  const fulfilment = composeFulfilment({
    transactions: store.transactions,
    clock,
    newId,
    refundRequests: { refunds: createRefundBook(), work, newId },
    autoCompleteSeconds: 1,
    couriers: composed.couriers,
  });
  const routes = composed.callbackRoutes({ transactions: store.transactions, work, clock });
  const listener = createCallbackListener(routes, logger, new Registry());
  await listener.listen(processes.callbackPort);
  const idle = Object.fromEntries(others.map((name) => [name, async () => undefined]));
  const engine = await startDurableEngine({
    databaseUrl: database.urls.runtime,
    database: parts.database,
    transactions: store.transactions,
    workflows: { ...idle, ...fulfilment.workflows } as Record<WorkflowName, Workflow>,
    concurrency: 4,
    logger,
  });

  const buy: ShippingRig["buy"] = async (courier) => {
    const buyer = `buyer-${newKey()}`;
    const variantId = seededVariant(0);
    await setStock(commerce, variantId, 1_000);
    await putIntoCart(commerce, buyer, variantId);
    const client = await commerce.client(buyer);
    const { quoteShipping } = await client.data<{
      quoteShipping: { shops: { quotes: { id: string; courier: string }[] }[] };
    }>(
      `mutation ($input: QuoteShippingInput!) { quoteShipping(input: $input) {
         ... on QuoteShippingSuccess { shops { quotes { id courier } } } } }`,
      { input: { addressId: await addAddress(commerce, buyer) } },
    );
    const chosen = quoteShipping.shops[0]?.quotes.find((quote) => quote.courier === names[courier]);
    const { orders, payment } = await checkOut(commerce, buyer, { shippingQuoteIds: [chosen?.id ?? ""] });
    const [order] = orders;
    if (order === undefined) throw new Error("nothing was bought");
    await payFor(commerce, payment.id);
    return { buyer, orderId: order.id, shopId: order.shop.id, courier };
  };

  const act: ShippingRig["act"] = async (order, field, changes = {}) => {
    const scope = asSeller.includes(field)
      ? `commerce:sell commerce:shop:${order.shopId}`
      : asOperator.includes(field)
        ? "commerce:operate"
        : "commerce:buy";
    const client = await commerce.client(scope === "commerce:buy" ? order.buyer : "somebody", scope);
    const type = `${field[0]?.toUpperCase()}${field.slice(1)}`;
    const told = field === "markOrderShipped" ? "waybillNo progress { status }" : "__typename";
    const input = { orderId: order.orderId, idempotencyKey: newKey(), ...changes };
    const data = await client.data<Record<string, Record<string, unknown>>>(
      `mutation ($input: ${type}Input!) { ${field}(input: $input) { __typename ... on UserError { code }
         ... on ${type}Success { ${told} } } }`,
      { input },
    );
    return data[field] ?? {};
  };

  const show: ShippingRig["show"] = async ({ buyer, orderId }) => {
    const client = await commerce.client(buyer);
    const data = await client.data<{ order: ShownOrder }>(
      `query ($id: ID!) { order(id: $id) { status dispute total { amount } timeline { kind by reason }
         shipment { status waybillNo fee { amount } history { status code place } } } }`,
      { id: orderId },
    );
    return data.order;
  };

  return {
    processes,
    buy,
    act,
    show,
    until: (order, wanted) =>
      eventually(async () => {
        const shown = await show(order);
        return wanted(shown) ? shown : undefined;
      }),
    start: (workflow, id, input) =>
      store.transactions.runInTransaction((tx) => work.startInTx(tx, workflow, id, input)),
    stop: async () => {
      await listener.close();
      await engine.stop();
      await composed.close();
      await processes.stop();
    },
  };
}
