import type { RequestContext } from "../context.ts";
import {
  answerReturn,
  type ReturnAnswer,
  type ReturnAnswerRefusal,
  requestReturn,
} from "../domain/actions/return-goods.ts";
import { tradingCurrency } from "../domain/cart-pricing.ts";
import type { OrderReturn } from "../domain/order-return.ts";
import type { MutationResolvers, OrderReturnResolvers } from "../generated/resolver-types.ts";
import { buyerOf, sellerActor } from "./callers.ts";
import { toIdempotencyConflict, toInvalidInput, toOrderNotFound, toOrderStatusConflict } from "./refusals.ts";

async function returnOf({ commerce }: RequestContext, returnId: string): Promise<OrderReturn> {
  const found = await commerce.returns.find(returnId);
  if (found === null) throw new Error(`the return ${returnId} is gone`);
  return found;
}

const requestReturnField: MutationResolvers["requestReturn"] = async (_parent, { input }, context) => {
  const { lines, ...rest } = input;
  const request = { ...rest, lines: lines.map(({ orderLineId: lineId, quantity }) => ({ lineId, quantity })) };
  const result = await requestReturn(context.commerce.fulfilling, buyerOf(context), request);
  if (result.ok) return { __typename: "RequestReturnSuccess", return: await returnOf(context, result.value) };
  const { refusal } = result;
  switch (refusal.kind) {
    case "OrderNotFound":
      return toOrderNotFound();
    case "OrderStatusConflict":
      return toOrderStatusConflict(refusal);
    case "ReturnWindowClosed": {
      const message = "The time in which this order could be sent back is over.";
      const { closedAt } = refusal;
      const code = "RETURN_WINDOW_CLOSED";
      return { __typename: "ReturnWindowClosed", code, field: "input.orderId", message, closedAt };
    }
    case "InvalidInput":
      return toInvalidInput(refusal);
    case "IdempotencyConflict":
      return toIdempotencyConflict();
  }
};

function toRefusal(refusal: ReturnAnswerRefusal) {
  const field = "input.returnId";
  switch (refusal.kind) {
    case "ReturnNotFound": {
      const message = "There is no such return; reload the order.";
      return { __typename: "ReturnNotFound", code: "RETURN_NOT_FOUND", field, message } as const;
    }
    case "ReturnStatusConflict": {
      const { status } = refusal;
      const message = `The return is ${status}; this cannot be done now.`;
      return { __typename: "ReturnStatusConflict", code: "RETURN_STATUS_CONFLICT", field, message, status } as const;
    }
    case "InvalidInput":
      return toInvalidInput(refusal);
    case "IdempotencyConflict":
      return toIdempotencyConflict();
  }
}

function answer(context: RequestContext, request: ReturnAnswer) {
  return answerReturn(context.commerce.fulfilling, sellerActor(context), request);
}

const approveReturn: MutationResolvers["approveReturn"] = async (_parent, { input }, context) => {
  const result = await answer(context, { ...input, operation: "approveReturn", reason: null });
  if (!result.ok) return toRefusal(result.refusal);
  return { __typename: "ApproveReturnSuccess", return: await returnOf(context, result.value) };
};

const rejectReturn: MutationResolvers["rejectReturn"] = async (_parent, { input }, context) => {
  const result = await answer(context, { ...input, operation: "rejectReturn" });
  if (!result.ok) return toRefusal(result.refusal);
  return { __typename: "RejectReturnSuccess", return: await returnOf(context, result.value) };
};

const confirmReturnReceived: MutationResolvers["confirmReturnReceived"] = async (_parent, { input }, context) => {
  const result = await answer(context, { ...input, operation: "confirmReturnReceived", reason: null });
  if (!result.ok) return toRefusal(result.refusal);
  return { __typename: "ConfirmReturnReceivedSuccess", return: await returnOf(context, result.value) };
};

/** Entry points for returns. */
export const returnMutations: MutationResolvers = {
  requestReturn: requestReturnField,
  approveReturn,
  rejectReturn,
  confirmReturnReceived,
};

/** Fields of `OrderReturn`, which is read by who asked for it or for its shop. */
export const orderReturnResolvers: OrderReturnResolvers = {
  lines: ({ lines }) => lines.map(({ lineId: orderLineId, quantity }) => ({ orderLineId, quantity })),
  refunded: ({ refundedMinor }) => ({ amountMinor: refundedMinor, currency: tradingCurrency }),
};
