import { expect } from "@jest/globals";
import { deterministicId } from "../../../../platform/runtime/ids.ts";
import { actOnOrder, type OrderActor } from "../../../../subgraphs/commerce/domain/actions/act-on-order.ts";
import type { OrderCommand } from "../../../../subgraphs/commerce/domain/order-life.ts";
import { checkOut, putIntoCart } from "../support/buyer-journey.ts";
import { directRun, payFor } from "../support/paid-order.ts";
import { newKey } from "../support/test-commerce.ts";
import type { Market } from "./market.ts";
import { noteCourierReturn } from "./returns.ts";
import { isReturning, type KnownOrder, type Model, OrderStep, poolOf, type Real, type Stage, Step } from "./step.ts";

const sen = (amount: string): bigint => BigInt(amount.replace(".", ""));

/** What a buyer wants. */
export interface Basket {
  readonly buyer: number;
  readonly goods: readonly { readonly variant: number; readonly quantity: number }[];
  readonly voucher: number;
  readonly isAttributed: boolean;
}

/** One or two buyers who check out at once: for the same pieces, the same voucher, the same sale. */
export class Buy extends Step {
  readonly baskets: readonly Basket[];
  constructor(baskets: readonly Basket[]) {
    super();
    this.baskets = baskets;
  }
  toString(): string {
    return `buy ${JSON.stringify(this.baskets)}`;
  }
  private async fill(real: Real, basket: Basket): Promise<string> {
    const buyer = `${real.buyers[basket.buyer]}`;
    const click = { cid: deterministicId("video", 1), ctp: "video", crt: deterministicId("creator", 1) } as const;
    for (const { variant, quantity } of basket.goods) {
      const token =
        basket.isAttributed && variant === 0
          ? await real.commerce.attributionToken({ ...click, prd: deterministicId("product", 5) })
          : undefined;
      await putIntoCart(real.commerce, buyer, real.market.variants[variant] ?? "", quantity, token).catch(() =>
        real.count("not put"),
      );
    }
    const code = real.market.vouchers[basket.voucher] ?? null;
    if (code !== null) {
      const client = await real.commerce.client(buyer);
      const document = "mutation ($input: ApplyVoucherInput!) { applyVoucher(input: $input) { __typename } }";
      await client.data(document, { input: { code } });
    }
    return buyer;
  }
  protected async act(model: Model, real: Real): Promise<void> {
    const baskets = this.baskets.filter(({ buyer }, at, all) => all.findIndex((one) => one.buyer === buyer) === at);
    const filled = await Promise.all(baskets.map(async (basket) => ({ basket, buyer: await this.fill(real, basket) })));
    const bought = await Promise.all(filled.map(({ buyer }) => checkOut(real.commerce, buyer)));
    for (const [index, payload] of bought.entries()) {
      real.count(payload.__typename);
      const { basket, buyer } = filled[index] as (typeof filled)[number];
      if (payload.__typename !== "CheckoutSuccess") {
        // A cart that cannot be bought would be in the way of everything that this buyer buys afterwards.
        real.buyers[basket.buyer] = `buyer-${newKey()}`;
        continue;
      }
      for (const { id, total, shop } of payload.orders) {
        const known = { id, paymentId: payload.payment.id, buyer, shopId: shop.id, totalMinor: sen(total.amount) };
        const fresh = { isDisputed: false, wasDisputed: false, backMinor: 0n, hasArrived: false, returns: [] };
        model.orders.push({ ...known, stage: "placed", ...fresh });
      }
      expect(sen(payload.payment.amount.amount)).toBe(
        payload.orders.reduce((sum, { total }) => sum + sen(total.amount), 0n),
      );
    }
  }
}

/** Somebody pays: told twice at once. */
export class Pay extends OrderStep {
  toString(): string {
    return `pay ${this.place}`;
  }
  protected async with({ paymentId }: KnownOrder, { orders }: Model, real: Real): Promise<void> {
    const own = orders.filter((order) => order.paymentId === paymentId);
    if (own.some(({ stage }) => stage !== "placed")) return;
    real.count("paid");
    await Promise.all([1, 2].map(() => payFor(real.commerce, paymentId)));
    for (const order of own) order.stage = "paid";
  }
}

async function ask({ market }: Real, actor: OrderActor, order: KnownOrder, command: OrderCommand): Promise<string> {
  const operation = "refundOrder";
  const request = { operation, orderId: order.id, command, reason: null, idempotencyKey: newKey() } as const;
  const results = await Promise.all([1, 2].map(() => actOnOrder(market.fulfilment.fulfilling, actor, request)));
  const names = results.map((result) => (result.ok ? "done" : result.refusal.kind));
  expect(names[1]).toBe(names[0]);
  return names[0] ?? "";
}

const operator = { kind: "OPERATOR", subject: "operator" } as const;

/** Somebody who may asks something of an order: twice at once. */
export class Act extends OrderStep {
  readonly kind: "ship" | "deliver" | "confirm-receipt" | "cancel" | "open-dispute";
  constructor(place: number, kind: Act["kind"]) {
    super(place);
    this.kind = kind;
  }
  toString(): string {
    return `${this.kind} ${this.place}`;
  }
  private actor({ buyer, shopId }: KnownOrder): OrderActor {
    if (this.kind === "deliver") return operator;
    return this.kind === "ship" ? { kind: "SELLER", subject: "seller", shopId } : { kind: "BUYER", subject: buyer };
  }
  protected async with(order: KnownOrder, { orders }: Model, real: Real): Promise<void> {
    const { stage } = order;
    const isSent = stage === "sent" || stage === "arrived";
    const rules: Readonly<Record<Act["kind"], Stage | null>> = {
      ship: stage === "paid" ? "sent" : isSent || stage === "done" ? stage : null,
      deliver: stage === "sent" ? "arrived" : stage === "arrived" || stage === "done" ? stage : null,
      "confirm-receipt": stage === "done" || (isSent && !order.isDisputed && !isReturning(order)) ? "done" : null,
      cancel: ["placed", "paid", "cancelled"].includes(stage) ? "cancelled" : null,
      "open-dispute": isSent && (order.isDisputed || !isReturning(order)) ? stage : null,
    };
    const next = rules[this.kind];
    const outcome = await ask(real, this.actor(order), order, { kind: this.kind });
    expect(outcome).toBe(next === null ? "OrderStatusConflict" : "done");
    if (next === null) return;
    real.count(this.kind);
    if (next === "cancelled" && stage === "paid") order.backMinor = order.totalMinor;
    if (next === "cancelled" && stage === "placed") {
      // One payment pays for them all: none of its orders can be paid any more.
      for (const other of orders) if (other.paymentId === order.paymentId) other.stage = "cancelled";
    }
    if (this.kind === "open-dispute") [order.isDisputed, order.wasDisputed] = [true, true];
    order.stage = next;
    if (next === "arrived" || (this.kind === "confirm-receipt" && isSent)) order.hasArrived = true;
  }
}

/** An operator gives a part back, or ends a dispute with it. */
export class Refund extends OrderStep {
  readonly permille: bigint;
  readonly isResolution: boolean;
  constructor(place: number, permille: number, isResolution: boolean) {
    super(place);
    this.permille = BigInt(permille);
    this.isResolution = isResolution;
  }
  toString(): string {
    return `${this.isResolution ? "resolve" : "refund"} ${this.place} ${this.permille}/1000`;
  }
  protected async with(order: KnownOrder, _model: Model, real: Real): Promise<void> {
    const amountMinor = (order.totalMinor * this.permille) / 1_000n;
    const command: OrderCommand = this.isResolution
      ? { kind: "resolve-dispute", refundMinor: amountMinor }
      : { kind: "refund", amountMinor };
    const outcome = await ask(real, operator, order, command);
    if (this.isResolution && !order.isDisputed) {
      expect(outcome).toBe(order.wasDisputed ? "done" : "OrderStatusConflict");
      return;
    }
    if (!this.isResolution && (order.isDisputed || ["placed", "cancelled"].includes(order.stage))) {
      expect(outcome).toBe("OrderStatusConflict");
      return;
    }
    const isTooMuch = amountMinor > order.totalMinor - order.backMinor || (!this.isResolution && amountMinor === 0n);
    expect(outcome).toBe(isTooMuch ? "InvalidInput" : "done");
    if (isTooMuch) return;
    real.count(this.isResolution ? "resolve" : "refund");
    order.backMinor += amountMinor;
    if (!this.isResolution) return;
    order.stage = "done";
    order.isDisputed = false;
  }
}

/** The courier tells where the parcel is; what it tells comes twice at once. */
export class Carry extends OrderStep {
  readonly end: "DELIVERED" | "LOST" | "IN_TRANSIT" | "RETURNED";
  constructor(place: number, end: Carry["end"]) {
    super(place);
    this.end = end;
  }
  toString(): string {
    return `courier: ${this.end} ${this.place}`;
  }
  protected async with(order: KnownOrder, _model: Model, real: Real): Promise<void> {
    const { rows } = await poolOf(real).query("SELECT status, waybill FROM shipment WHERE order_id = $1", [order.id]);
    const [shipment] = rows;
    if (shipment === undefined || shipment.waybill === null) return;
    real.market.tell(order.id, "PICKED_UP", this.end);
    const track = real.market.fulfilment.workflows["track-shipment"];
    const run = () => track(directRun(real.commerce), { orderId: order.id, wake: newKey() });
    await Promise.all([run(), run()]);
    real.count(`courier: ${this.end}`);
    const after = await poolOf(real).query("SELECT status FROM shipment WHERE order_id = $1", [order.id]);
    const status = after.rows[0]?.status;
    if (status === shipment.status) return;
    if (status === "DELIVERED" && order.stage === "sent") [order.stage, order.hasArrived] = ["arrived", true];
    const isObjected = (status === "LOST" || status === "RETURNED") && ["sent", "arrived"].includes(order.stage);
    if (isObjected && !isReturning(order)) [order.isDisputed, order.wasDisputed] = [true, true];
    if (status === "RETURNED") await noteCourierReturn(order, real);
  }
}

/** The timer completes an order that the buyer did not. */
export class AutoComplete extends OrderStep {
  toString(): string {
    return `auto-complete ${this.place}`;
  }
  protected async with(order: KnownOrder, _model: Model, real: Real): Promise<void> {
    const complete = real.market.fulfilment.workflows["complete-order"];
    const run = () => complete(directRun(real.commerce), { orderId: order.id });
    await Promise.all([run(), run()]);
    if (order.stage === "arrived" && !order.isDisputed && !isReturning(order)) order.stage = "done";
  }
}

/** The moods of everybody outside, for what comes next. */
export class Weather extends Step {
  readonly mood: Market["mood"];
  constructor(mood: Market["mood"]) {
    super();
    this.mood = mood;
  }
  toString(): string {
    return JSON.stringify(this.mood);
  }
  protected async act(_model: Model, real: Real): Promise<void> {
    Object.assign(real.market.mood, this.mood);
  }
}

/** All refunds that are owed are sent, each twice at once. */
export class SendRefunds extends Step {
  toString(): string {
    return "send refunds";
  }
  protected async act({ orders }: Model, real: Real): Promise<void> {
    const { rows } = await poolOf(real).query(
      "SELECT id FROM refund WHERE state = 'REQUESTED' AND order_id = ANY($1::uuid[])",
      [orders.map(({ id }) => id)],
    );
    for (const { id } of rows) {
      real.count("refund sent");
      const run = () => real.market.workflows.sendRefund(directRun(real.commerce), { refundId: id });
      await Promise.all([run(), run()]);
    }
  }
}

/** Shops are paid what they are owed, each twice at once; what the bank was silent about is looked up, or not yet. */
export class PayOut extends Step {
  readonly isAskedAfter: boolean;
  constructor(isAskedAfter: boolean) {
    super();
    this.isAskedAfter = isAskedAfter;
  }
  toString(): string {
    return `pay out${this.isAskedAfter ? " and ask" : ""}`;
  }
  protected async act(model: Model, real: Real): Promise<void> {
    model.batch += 1;
    const batch = `${real.market.vouchers[2]}-${model.batch}`;
    for (const shop of real.market.shops) {
      const input = { batch, holder: `seller:${shop}` };
      const run = (attempt: string) => real.market.workflows.payOut(directRun(real.commerce), { ...input, attempt });
      await Promise.all([run("1"), run("1")]);
      if (this.isAskedAfter) await Promise.all([run("2"), run("2")]);
    }
    const { rows } = await poolOf(real).query("SELECT status FROM payout WHERE batch = $1", [batch]);
    for (const { status } of rows) real.count(`payout ${status}`);
  }
}
