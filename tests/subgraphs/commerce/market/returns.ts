import { expect } from "@jest/globals";
import { createOrderDeadline } from "../../../../subgraphs/commerce/domain/actions/order-deadline.ts";
import {
  answerReturn,
  type ReturnAnswer,
  requestReturn,
} from "../../../../subgraphs/commerce/domain/actions/return-goods.ts";
import { directRun } from "../support/paid-order.ts";
import { newKey } from "../support/test-commerce.ts";
import { isReturning, type KnownOrder, type KnownReturn, type Model, OrderStep, poolOf, type Real } from "./step.ts";

/** Notes what a courier that brought a parcel back begins: nothing while a return is open, and once at most. */
export async function noteCourierReturn(order: KnownOrder, real: Real): Promise<void> {
  if (isReturning(order) || order.returns.some(({ isCouriers }) => isCouriers)) return;
  const { rows } = await poolOf(real).query("SELECT id FROM order_return WHERE order_id = $1 AND origin = 'COURIER'", [
    order.id,
  ]);
  order.returns.push({ id: rows[0]?.id, isCouriers: true, lineId: "", quantity: 0, stage: "coming" });
}

interface Line {
  readonly id: string;
  readonly quantity: number;
  readonly paidMinor: bigint;
}

async function linesOf(order: KnownOrder, real: Real): Promise<Line[]> {
  const { rows } = await poolOf(real).query(
    `SELECT id, quantity, (unit_price_minor * quantity - discount_minor)::text AS paid FROM order_line
     WHERE order_id = $1 ORDER BY id`,
    [order.id],
  );
  return rows.map(({ id, quantity, paid }) => ({ id, quantity, paidMinor: BigInt(paid) }));
}

const piecesOf = ({ returns }: KnownOrder, lineId: string, isWanted: (goods: KnownReturn) => boolean): number =>
  returns
    .filter((goods) => goods.lineId === lineId && isWanted(goods))
    .reduce((sum, { quantity }) => sum + quantity, 0);

/** A buyer wants to send pieces of a line back: asks twice at once. */
export class AskToReturn extends OrderStep {
  readonly quantity: number;
  readonly line: number;
  constructor(place: number, quantity: number, line: number) {
    super(place);
    this.quantity = quantity;
    this.line = line;
  }
  toString(): string {
    return `ask to return ${this.place}, ${this.quantity} pieces of line ${this.line}`;
  }
  protected async with(order: KnownOrder, _model: Model, real: Real): Promise<void> {
    const lines = await linesOf(order, real);
    const line = lines[this.line % lines.length];
    if (line === undefined) throw new Error(`order ${order.id} has no lines`);
    const asked = {
      orderId: order.id,
      lines: [{ lineId: line.id, quantity: this.quantity }],
      reason: "too small",
      idempotencyKey: newKey(),
    };
    const ask = () => requestReturn(real.market.fulfilment.fulfilling, order.buyer, asked);
    const [result, again] = await Promise.all([ask(), ask()]);
    expect(again).toEqual(result);
    const canBe = order.hasArrived && !order.wasDisputed && !isReturning(order);
    const isLeft = this.quantity <= line.quantity - piecesOf(order, line.id, isStillBack);
    const expected = canBe ? (isLeft ? "done" : "InvalidInput") : "OrderStatusConflict";
    expect(result.ok ? "done" : result.refusal.kind).toBe(expected);
    if (!result.ok) return;
    real.count("return asked");
    const goods = { lineId: line.id, quantity: this.quantity, isCouriers: false };
    order.returns.push({ id: result.value, ...goods, stage: "asked" });
  }
}

const isStillBack = ({ stage }: KnownReturn): boolean => stage !== "rejected" && stage !== "lapsed";

/** What is given back for pieces that came: in proportion to what was paid, counted over all that came; at most what is left. */
async function refundFor(order: KnownOrder, goods: KnownReturn, real: Real): Promise<bigint> {
  if (goods.isCouriers) return 0n;
  const line = (await linesOf(order, real)).find(({ id }) => id === goods.lineId);
  if (line === undefined) throw new Error(`there is no line ${goods.lineId}`);
  const before = piecesOf(order, line.id, ({ stage }) => stage === "received");
  const upTo = (pieces: number) => (line.paidMinor * BigInt(pieces)) / BigInt(line.quantity);
  const minor = upTo(before + goods.quantity) - upTo(before);
  const leftMinor = order.totalMinor - order.backMinor;
  if (minor < leftMinor) return minor;
  return leftMinor;
}

/** What is done with a return by its shop, or by the time. */
export type ReturnMove = ReturnAnswer["operation"] | "RETURN_ANSWER" | "RETURN_ARRIVAL";

const rules: Readonly<Record<ReturnMove, { from: KnownReturn["stage"]; to: KnownReturn["stage"]; passed: string[] }>> =
  {
    approveReturn: { from: "asked", to: "coming", passed: ["coming", "received"] },
    rejectReturn: { from: "asked", to: "rejected", passed: ["rejected"] },
    confirmReturnReceived: { from: "coming", to: "received", passed: ["received"] },
    RETURN_ANSWER: { from: "asked", to: "coming", passed: [] },
    RETURN_ARRIVAL: { from: "coming", to: "lapsed", passed: [] },
  };

/** The shop answers the latest return of an order, or a timer does: twice at once. */
export class MoveReturn extends OrderStep {
  readonly move: ReturnMove;
  constructor(place: number, move: ReturnMove) {
    super(place);
    this.move = move;
  }
  toString(): string {
    return `${this.move} ${this.place}`;
  }
  /** Most of the time there is something to move. */
  protected override among(orders: readonly KnownOrder[]): readonly KnownOrder[] {
    const open = orders.filter(isReturning);
    return open.length > 0 ? open : orders.filter(({ returns }) => returns.length > 0);
  }
  private async ask({ id: orderId, shopId }: KnownOrder, returnId: string, real: Real): Promise<string> {
    const { move } = this;
    const { fulfilling } = real.market.fulfilment;
    if (move === "RETURN_ANSWER" || move === "RETURN_ARRIVAL") {
      const deadline = createOrderDeadline(fulfilling);
      const run = () => deadline(directRun(real.commerce), { orderId, deadline: move, round: returnId });
      await Promise.all([run(), run()]);
      return "";
    }
    const request = { operation: move, returnId, reason: "it was worn", idempotencyKey: newKey() };
    const say = () => answerReturn(fulfilling, { subject: "seller", shopId }, request);
    const [result, again] = await Promise.all([say(), say()]);
    expect(again.ok).toBe(result?.ok);
    return result?.ok === true ? "done" : `${result?.refusal.kind}`;
  }
  protected async with(order: KnownOrder, _model: Model, real: Real): Promise<void> {
    const goods = order.returns.at(-1);
    if (goods === undefined) return;
    const { from, to, passed } = rules[this.move];
    const isMoved = goods.stage === from;
    const refundMinor = isMoved && to === "received" ? await refundFor(order, goods, real) : 0n;
    const outcome = await this.ask(order, goods.id, real);
    if (outcome !== "") expect(outcome).toBe(isMoved || passed.includes(goods.stage) ? "done" : "ReturnStatusConflict");
    if (!isMoved) return;
    real.count(this.move);
    goods.stage = to;
    order.backMinor += refundMinor;
    // What did not come back in time is for a person to decide, unless the shop has its money already.
    if (to === "lapsed" && order.stage === "arrived" && !order.wasDisputed) {
      [order.isDisputed, order.wasDisputed] = [true, true];
    }
  }
}
