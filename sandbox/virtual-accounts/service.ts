import type { FastifyInstance } from "fastify";
import type { Book } from "../book/book.ts";
import type { Charge } from "../book/charge.ts";
import type { MerchantAnswer } from "../book/entries.ts";
import { ControlRequestError, type ForgeOptions } from "../control/requests.ts";
import { type DeliveryDialect, judgeByCode, type Verdict } from "../notifications/attempts.ts";
import type { SnapProvider } from "../provider.ts";
import { serveOperation } from "../snap/operations.ts";
import { type AccountDialect, virtualAccountOperations } from "./operations.ts";
import { adviseBody, inquiryBody, inquiryUrl, paymentBody, paymentUrl } from "./payment.ts";

/** How a bank tells of paid accounts: `judge` reads the merchant's answer to 25; rejected money goes back to the payer. */
export function accountDelivery(
  judge: (answer: MerchantAnswer) => Verdict,
): (book: Book, clock: () => Date) => DeliveryDialect {
  return (book, clock) => ({
    scheme: () => "symmetric",
    bodyOf: (notification, attempt) =>
      notification.operation === "va-payment" ? adviseBody(notification, attempt) : notification.body,
    judge: (notification, answer) =>
      notification.operation === "va-payment" ? judge(answer) : judgeByCode(notification, answer),
    onRejected(notification, answer) {
      const { paymentRequestId } = notification.body;
      book.record({
        entry: "payment-returned",
        at: clock().toISOString(),
        reference: notification.reference,
        paymentRequestId: String(paymentRequestId),
        reason: answer.responseCode ?? "no answer",
      });
    },
  });
}

/** An honest call about an account, to be falsified. @throws ControlRequestError for an operation of other kinds. */
export function honestAccountMessage(
  provider: SnapProvider,
  charge: Charge | undefined,
  operation: ForgeOptions["operation"],
) {
  const isAccount = charge?.details.kind === "virtual-account";
  const scheme = "symmetric" as const;
  const requestId = provider.newReference();
  if (operation === "va-inquiry")
    return { url: inquiryUrl(provider), scheme, body: isAccount ? inquiryBody(provider, charge, requestId) : {} };
  if (operation !== "va-payment") throw new ControlRequestError(`the bank sends no ${operation}`);
  const body = isAccount ? paymentBody(provider, charge, requestId, charge.amountMinor) : {};
  return { url: paymentUrl(provider), scheme, body };
}

/** Serves what the merchant calls about accounts: 27, 26, 30, 31. */
export function serveAccounts(app: FastifyInstance, provider: SnapProvider, dialect: AccountDialect): void {
  const { createVa, vaStatus, inquiryVa, deleteVa } = virtualAccountOperations(provider, dialect);
  serveOperation(app, provider, createVa);
  serveOperation(app, provider, vaStatus);
  serveOperation(app, provider, inquiryVa);
  serveOperation(app, provider, deleteVa);
}
