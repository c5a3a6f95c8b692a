import { fromDecimal } from "../../../platform/values/money.ts";
import type { RequestContext } from "../context.ts";
import {
  actOnOrder,
  type OrderActor,
  type OrderOutcome,
  type OrderRefusal,
  type OrderRequest,
} from "../domain/actions/act-on-order.ts";
import type { MutationResolvers } from "../generated/resolver-types.ts";
import { loadExisting } from "../loaders/batch.ts";
import { buyerActor, buyerOrOperatorActor, operatorActor, sellerActor } from "./callers.ts";
import {
  toIdempotencyConflict,
  toInvalidInput,
  toOrderNotFound,
  toOrderStatusConflict,
  toPaymentUnsettled,
} from "./refusals.ts";

interface OrderInput {
  readonly orderId: string;
  readonly idempotencyKey: string;
  readonly reason?: string;
}

function toRefusal(refusal: OrderRefusal) {
  switch (refusal.kind) {
    case "OrderNotFound":
      return toOrderNotFound();
    case "OrderStatusConflict":
      return toOrderStatusConflict(refusal);
    case "PaymentUnsettled":
      throw new Error("only cancelling asks for the payment");
    case "InvalidInput":
      return toInvalidInput(refusal);
    case "IdempotencyConflict":
      return toIdempotencyConflict();
  }
}

function act(
  { commerce }: RequestContext,
  actor: OrderActor,
  operation: OrderRequest["operation"],
  command: OrderRequest["command"],
  { orderId, idempotencyKey, reason }: OrderInput,
) {
  const request = { operation, orderId, command, reason: reason ?? null, idempotencyKey };
  return actOnOrder(commerce.fulfilling, actor, request);
}

function progressOf({ id, status, dispute }: OrderOutcome) {
  return { orderId: id, status, dispute };
}

const confirmReceipt: MutationResolvers["confirmReceipt"] = async (_parent, { input }, context) => {
  const result = await act(context, buyerActor(context), "confirmReceipt", { kind: "confirm-receipt" }, input);
  if (!result.ok) return toRefusal(result.refusal);
  const order = await loadExisting(context.loaders.orderById, result.value.id, "order");
  return { __typename: "ConfirmReceiptSuccess", order };
};

const cancelOrder: MutationResolvers["cancelOrder"] = async (_parent, { input }, context) => {
  const result = await act(context, buyerActor(context), "cancelOrder", { kind: "cancel" }, input);
  if (!result.ok) {
    return result.refusal.kind === "PaymentUnsettled" ? toPaymentUnsettled("input.orderId") : toRefusal(result.refusal);
  }
  const order = await loadExisting(context.loaders.orderById, result.value.id, "order");
  return { __typename: "CancelOrderSuccess", order };
};

const openDispute: MutationResolvers["openDispute"] = async (_parent, { input }, context) => {
  const result = await act(context, buyerOrOperatorActor(context), "openDispute", { kind: "open-dispute" }, input);
  if (!result.ok) return toRefusal(result.refusal);
  return { __typename: "OpenDisputeSuccess", progress: progressOf(result.value) };
};

const resolveDispute: MutationResolvers["resolveDispute"] = async (_parent, { input }, context) => {
  const actor = operatorActor(context);
  const refundMinor = fromDecimal(input.refundAmount);
  const result = await act(context, actor, "resolveDispute", { kind: "resolve-dispute", refundMinor }, input);
  if (!result.ok) return toRefusal(result.refusal);
  return { __typename: "ResolveDisputeSuccess", progress: progressOf(result.value) };
};

const refundOrder: MutationResolvers["refundOrder"] = async (_parent, { input }, context) => {
  const actor = operatorActor(context);
  const amountMinor = fromDecimal(input.amount);
  const result = await act(context, actor, "refundOrder", { kind: "refund", amountMinor }, input);
  if (!result.ok) return toRefusal(result.refusal);
  return { __typename: "RefundOrderSuccess", progress: progressOf(result.value) };
};

const markOrderShipped: MutationResolvers["markOrderShipped"] = async (_parent, { input }, context) => {
  const result = await act(context, sellerActor(context), "markOrderShipped", { kind: "ship" }, input);
  if (!result.ok) return toRefusal(result.refusal);
  const waybillNo = await context.commerce.fulfilling.bookings.waybillOf(result.value.id);
  return { __typename: "MarkOrderShippedSuccess", progress: progressOf(result.value), waybillNo };
};

const markOrderDelivered: MutationResolvers["markOrderDelivered"] = async (_parent, { input }, context) => {
  const result = await act(context, operatorActor(context), "markOrderDelivered", { kind: "deliver" }, input);
  if (!result.ok) return toRefusal(result.refusal);
  return { __typename: "MarkOrderDeliveredSuccess", progress: progressOf(result.value) };
};

/** Entry points for moving orders on. */
export const orderMutations: MutationResolvers = {
  confirmReceipt,
  cancelOrder,
  openDispute,
  resolveDispute,
  refundOrder,
  markOrderShipped,
  markOrderDelivered,
};
