import type { MoneyException } from "../money-exception.ts";

/** The name of the exception that shows an order's dispute to an operator. */
export function disputeException(
  provider: string,
  orderId: string,
): Pick<MoneyException, "provider" | "kind" | "reference"> {
  return { provider, kind: "DISPUTE_OVERDUE", reference: orderId };
}

/** The name of the exception that shows a return of a complete order, which gave nothing back, to an operator. */
export function returnException(
  provider: string,
  orderId: string,
): Pick<MoneyException, "provider" | "kind" | "reference"> {
  return { provider, kind: "RETURN_UNSETTLED", reference: orderId };
}
