import { isUuid } from "../../../../platform/values/ids.ts";
import { addSeconds } from "../../../../platform/values/instants.ts";
import { type Result, refused, success } from "../../../../platform/values/result.ts";
import { readText } from "../../../../platform/values/texts.ts";
import type { LockedOrder } from "../fulfilment.ts";
import { deadlineSecondsAt } from "../order-deadlines.ts";
import { type OrderReturn, type ReturnCommand, type ReturnedLine, returnedQuantities } from "../order-return.ts";
import type { IdempotencyClaim, Transaction } from "../ports.ts";
import {
  checkIdempotencyKey,
  type IdempotencyConflict,
  type InvalidInput,
  invalidInput,
  type OrderNotFound,
  type OrderStatusConflict,
  type ReturnNotFound,
  type ReturnStatusConflict,
  type ReturnWindowClosed,
} from "../refusals.ts";
import type { Fulfilling } from "./act-on-order.ts";
import { doOnce } from "./once.ts";
import { settleReturn } from "./settle-return.ts";
import { startDeadline } from "./start-deadline.ts";

/** Which pieces a buyer sends back, and why. */
export interface ReturnRequest {
  readonly orderId: string;
  readonly lines: readonly ReturnedLine[];
  readonly reason: string;
  readonly idempotencyKey: string;
}

/** Why no return was begun. */
export type ReturnRequestRefusal =
  | InvalidInput
  | IdempotencyConflict
  | OrderNotFound
  | OrderStatusConflict
  | ReturnWindowClosed;

/** What a shop says of a return. */
export interface ReturnAnswer {
  readonly operation: "approveReturn" | "rejectReturn" | "confirmReturnReceived";
  readonly returnId: string;
  /** Why it is rejected; null for the others. */
  readonly reason: string | null;
  readonly idempotencyKey: string;
}

/** Why a return was not moved. */
export type ReturnAnswerRefusal = InvalidInput | IdempotencyConflict | ReturnNotFound | ReturnStatusConflict;

const commands: Readonly<Record<ReturnAnswer["operation"], Exclude<ReturnCommand, "lapse">>> = {
  approveReturn: "approve",
  rejectReturn: "reject",
  confirmReturnReceived: "receive",
};
const reasonBounds = { least: 3, most: 500 };

function checkLines(lines: readonly ReturnedLine[]): InvalidInput | null {
  const ids = new Set(lines.map(({ lineId }) => lineId));
  const isSound = lines.every(({ lineId, quantity }) => isUuid(lineId) && Number.isInteger(quantity) && quantity >= 1);
  if (lines.length >= 1 && lines.length <= 100 && ids.size === lines.length && isSound) return null;
  return invalidInput("input.lines", "1 to 100 lines of the order, each once, each of at least one piece");
}

/** Everything is checked before anything is written. */
async function refusalOf(
  tx: Transaction,
  order: LockedOrder | null,
  buyerId: string,
  lines: readonly ReturnedLine[],
  at: Date,
): Promise<ReturnRequestRefusal | null> {
  if (order === null || order.buyerId !== buyerId) return { kind: "OrderNotFound" };
  const { status, dispute, isReturning } = order;
  const hasArrived = status === "DELIVERED" || status === "COMPLETED";
  if (!hasArrived || dispute !== "NONE" || isReturning) return { kind: "OrderStatusConflict", status, dispute };
  const deliveredAt = await tx.returns.deliveredAt(order.id);
  if (deliveredAt === null) return { kind: "OrderStatusConflict", status, dispute };
  const seconds = deadlineSecondsAt(await tx.fulfilment.deadlineRules(), "RETURN_WINDOW", deliveredAt);
  const closedAt = addSeconds(deliveredAt, seconds);
  if (closedAt.getTime() <= at.getTime()) return { kind: "ReturnWindowClosed", closedAt };
  const earlier = returnedQuantities(await tx.returns.ofOrder(order.id));
  for (const { lineId, quantity } of lines) {
    const line = order.lines.find(({ id }) => id === lineId);
    const left = line === undefined ? 0 : line.quantity - (earlier.get(lineId) ?? 0);
    if (quantity > left) return invalidInput("input.lines", `at most what is left of each line; of ${lineId}: ${left}`);
  }
  return null;
}

async function begin(fulfilling: Fulfilling, tx: Transaction, goods: OrderReturn): Promise<void> {
  const { id, orderId, reason, requestedAt: at } = goods;
  await tx.returns.insert(goods);
  await tx.fulfilment.appendEvents([{ orderId, kind: "RETURN_REQUESTED", by: goods.origin, reason, amount: null, at }]);
  const awaited = goods.status === "REQUESTED" ? "RETURN_ANSWER" : "RETURN_ARRIVAL";
  await startDeadline(fulfilling.work, tx, awaited, orderId, at, id);
}

/** Asks for goods of a delivered order to go back, once for each key; nothing of it is released meanwhile. Answers the return's id. */
export async function requestReturn(
  fulfilling: Fulfilling,
  buyerId: string,
  request: ReturnRequest,
): Promise<Result<string, ReturnRequestRefusal>> {
  const { orderId, lines, idempotencyKey } = request;
  const invalid = checkIdempotencyKey(idempotencyKey) ?? checkLines(lines);
  if (invalid !== null) return refused(invalid);
  const reason = readText(request.reason, reasonBounds);
  if (!reason.ok) return refused(invalidInput("input.reason", reason.refusal));
  if (!isUuid(orderId)) return refused({ kind: "OrderNotFound" });
  const at = fulfilling.clock();
  const returnId = fulfilling.newId();
  const pieces = [...lines].map(({ lineId, quantity }) => `${lineId} ${quantity}`).sort();
  const claim: IdempotencyClaim = {
    buyerId,
    operation: "requestReturn",
    key: idempotencyKey,
    requestHash: fulfilling.hashRequest({ orderId, lines: pieces.join(" "), reason: reason.value }),
    result: { returnId },
    at,
  };
  return doOnce(
    fulfilling.transactions,
    claim,
    (earlier) => earlier.returnId ?? "",
    async (tx): Promise<Result<string, ReturnRequestRefusal>> => {
      const order = await tx.fulfilment.lock(orderId);
      const refusal = await refusalOf(tx, order, buyerId, lines, at);
      if (refusal !== null) return refused(refusal);
      await begin(fulfilling, tx, {
        id: returnId,
        orderId,
        origin: "BUYER",
        status: "REQUESTED",
        reason: reason.value,
        answer: null,
        lines,
        refundedMinor: 0n,
        requestedAt: at,
      });
      return success(returnId);
    },
  );
}

/** A courier brought the parcel back: its shop says when it has the goods, in time. Nothing when that is known. */
export async function noteCourierReturn(fulfilling: Fulfilling, tx: Transaction, order: LockedOrder): Promise<void> {
  if (order.isReturning || (await tx.returns.ofOrder(order.id)).some(({ origin }) => origin === "COURIER")) return;
  await begin(fulfilling, tx, {
    id: fulfilling.newId(),
    orderId: order.id,
    origin: "COURIER",
    status: "APPROVED",
    reason: "the courier has brought the parcel back to the shop",
    answer: null,
    lines: order.lines.map(({ id, quantity }) => ({ lineId: id, quantity })),
    refundedMinor: 0n,
    requestedAt: fulfilling.clock(),
  });
}

async function answer(
  fulfilling: Fulfilling,
  tx: Transaction,
  shopId: string,
  { operation, returnId, reason }: ReturnAnswer,
): Promise<Result<string, ReturnAnswerRefusal>> {
  const orderId = await tx.returns.orderOf(returnId);
  const order = orderId === null ? null : await tx.fulfilment.lock(orderId);
  if (order === null || order.shopId !== shopId) return refused({ kind: "ReturnNotFound" });
  const goods = (await tx.returns.ofOrder(order.id)).find(({ id }) => id === returnId);
  if (goods === undefined) return refused({ kind: "ReturnNotFound" });
  const cause = { by: "SELLER", reason } as const;
  const moved = await settleReturn(fulfilling, tx, order, goods, commands[operation], cause);
  return moved === null ? refused({ kind: "ReturnStatusConflict", status: goods.status }) : success(returnId);
}

/** Does what a shop says of a return of its orders, once for each key. What is done already is a success. Answers the return's id. */
export async function answerReturn(
  fulfilling: Fulfilling,
  seller: { readonly subject: string; readonly shopId: string },
  request: ReturnAnswer,
): Promise<Result<string, ReturnAnswerRefusal>> {
  const { operation, returnId, idempotencyKey } = request;
  const invalid = checkIdempotencyKey(idempotencyKey);
  if (invalid !== null) return refused(invalid);
  const why = readText(request.reason ?? "", { ...reasonBounds, least: operation === "rejectReturn" ? 3 : 0 });
  if (!why.ok) return refused(invalidInput("input.reason", why.refusal));
  if (!isUuid(returnId)) return refused({ kind: "ReturnNotFound" });
  const reason = why.value === "" ? null : why.value;
  const claim: IdempotencyClaim = {
    buyerId: seller.subject,
    operation,
    key: idempotencyKey,
    requestHash: fulfilling.hashRequest({ returnId, reason, shopId: seller.shopId }),
    result: { returnId },
    at: fulfilling.clock(),
  };
  return doOnce(
    fulfilling.transactions,
    claim,
    () => returnId,
    (tx) => answer(fulfilling, tx, seller.shopId, { ...request, reason }),
  );
}
