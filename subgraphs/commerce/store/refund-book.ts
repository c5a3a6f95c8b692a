import type { Refund as Row } from "../../../prisma/commerce/client/client.ts";
import type { Refund, RefundBook } from "../domain/refund.ts";
import { clientOf } from "./transactions.ts";

function toRefund({
  id,
  paymentId,
  orderId,
  key,
  amountMinor,
  currency,
  reason,
  state,
  providerReference,
}: Row): Refund {
  return { id, paymentId, orderId, key, amount: { amountMinor, currency }, reason, state, providerReference };
}

/** Refunds in `refund`, in the caller's transaction. */
export function createRefundBook(): RefundBook {
  return {
    insert: async (tx, { amount, ...refund }, at) => {
      await clientOf(tx).refund.create({ data: { ...refund, ...amount, requestedAt: at } });
    },
    load: async (tx, refundId) => {
      const row = await clientOf(tx).refund.findUnique({ where: { id: refundId } });
      return row === null ? null : toRefund(row);
    },
    ofPayment: async (tx, paymentId) => {
      const rows = await clientOf(tx).refund.findMany({ where: { paymentId }, orderBy: { id: "asc" } });
      return rows.map(toRefund);
    },
    settle: async (tx, refundId, state, providerReference, at) => {
      const { count } = await clientOf(tx).refund.updateMany({
        where: { id: refundId, state: "REQUESTED" },
        data: { state, providerReference, settledAt: at },
      });
      return count === 1;
    },
    finishByHand: async (tx, refundId, providerReference, at) => {
      const { count } = await clientOf(tx).refund.updateMany({
        where: { id: refundId, state: "BY_HAND" },
        data: { state: "DONE", providerReference, settledAt: at },
      });
      return count === 1;
    },
  };
}
