import { z } from "zod";
import { isUuid } from "../../../../platform/values/ids.ts";
import type { Money } from "../../../../platform/values/money.ts";
import type { CallbackRequest } from "../../callbacks/route.ts";
import { type ReceiveDependencies, receiveNotification } from "../../domain/actions/receive-notification.ts";
import type { CallbackAnswer, Notification, Verdict } from "../../domain/notification.ts";
import type { Transaction } from "../../domain/ports.ts";
import { snapAnswer } from "./callback-route.ts";
import { amountField, textField } from "./fields.ts";
import { transactionStatusMeanings } from "./meanings.ts";
import { bodyDigest } from "./signatures.ts";

/** Body of qr-mpm-notify (52) and debit notify (56), as far as it is read. */
export const transactionNotificationShape = z.object({
  originalReferenceNo: textField(64),
  originalPartnerReferenceNo: textField(64),
  latestTransactionStatus: textField(2),
  amount: amountField,
});

/** A notification of services 52 and 56. */
export type TransactionNotification = z.infer<typeof transactionNotificationShape>;

/** Two such notifications under one X-EXTERNAL-ID are the same when their bodies are. */
export function transactionIdentity(_body: unknown, request: CallbackRequest): string {
  return bodyDigest(request.body);
}

// The money is with the provider whatever we say, so late money is taken note of with success.
const wording: Readonly<Record<Verdict, readonly [code: string, message: string]>> = {
  ACCEPTED: ["20000", "Successful"],
  NOTED: ["20000", "Successful"],
  EXPIRED: ["20000", "Successful"],
  AMOUNT_MISMATCH: ["40413", "Invalid Amount"],
  ALREADY_PAID: ["40414", "Paid Bill"],
  UNKNOWN_REFERENCE: ["40401", "Transaction Not Found"],
};

function toMeaning(status: string): Notification["meaning"] {
  const meaning = transactionStatusMeanings[status];
  return meaning === "paid" || meaning === "failed" ? meaning : "unclear";
}

/** What is told of a charge whose money has moved already. */
export function respondToTransaction(
  receive: ReceiveDependencies,
  provider: string,
  serviceCode: string,
): (tx: Transaction, body: TransactionNotification, request: CallbackRequest) => Promise<CallbackAnswer> {
  const answerOf = (verdict: Verdict): CallbackAnswer => snapAnswer(serviceCode, ...wording[verdict]);
  return (tx, body, request) => {
    const { originalPartnerReferenceNo: paymentId, originalReferenceNo, latestTransactionStatus } = body;
    const amount: Money = body.amount;
    const notification: Notification = {
      provider,
      reference: originalReferenceNo,
      providerStatus: latestTransactionStatus,
      meaning: toMeaning(latestTransactionStatus),
      amount,
      money: "moved",
      rawBody: request.body,
    };
    // What is no id of ours cannot be one of our payments.
    const name = isUuid(paymentId) ? ({ by: "id", paymentId } as const) : null;
    return receiveNotification(receive, tx, name, notification, answerOf);
  };
}
