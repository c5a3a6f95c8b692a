import type { Logger } from "../../platform/runtime/logger.ts";
import type { Clock } from "../../platform/values/instants.ts";
import type { Book } from "../book/book.ts";
import type { Notification } from "../book/charge.ts";
import type { MerchantAnswer, OwedNotification } from "../book/entries.ts";
import { isSnapOperation } from "../operation-names.ts";
import type { CallOptions, MerchantClient } from "../snap/merchant-client.ts";
import { responseCode } from "../snap/response-codes.ts";

/** What the merchant's answer means for a notification. `rejected`: the merchant refuses the money for good. */
export type Verdict = "delivered" | "rejected" | "unsettled";

/** What a provider does its own way. */
export interface DeliveryDialect {
  readonly scheme: (operation: OwedNotification["operation"]) => CallOptions["scheme"];
  /** The body of an attempt; attempts count from 1. */
  readonly bodyOf: (notification: Notification, attempt: number) => Readonly<Record<string, unknown>>;
  readonly judge: (notification: Notification, answer: MerchantAnswer) => Verdict;
  /** Called in the step in which the verdict is recorded. */
  readonly onRejected: (notification: Notification, answer: MerchantAnswer) => void;
}

/** What attempts need. */
export interface AttemptParts {
  readonly book: Book;
  readonly merchant: MerchantClient;
  readonly dialect: DeliveryDialect;
  readonly retryDelaysMs: readonly number[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Source: SNAP asks for 200xx00; anything else is sent again. */
export function judgeByCode(notification: Notification, answer: MerchantAnswer): Verdict {
  const { operation } = notification;
  if (!isSnapOperation(operation)) return "unsettled";
  return answer.responseCode === responseCode(operation, "successful") ? "delivered" : "unsettled";
}

/** Sends a notification once. `externalId` null: a new one. */
export async function send(
  { dialect, merchant }: AttemptParts,
  notification: Notification,
  externalId: string | null,
  attempt: number,
): Promise<MerchantAnswer> {
  const { operation, url, signature } = notification;
  const rawBody = JSON.stringify(dialect.bodyOf(notification, attempt));
  const scheme = dialect.scheme(operation);
  return merchant.call({ operation, url, rawBody }, { scheme, signature, externalId });
}

/** Records what an attempt came to, and when the next one is due. */
export function settle(parts: AttemptParts, notification: Notification, answer: MerchantAnswer): void {
  const { book, clock, dialect, logger, retryDelaysMs } = parts;
  const verdict = dialect.judge(notification, answer);
  const delayMs = notification.signature === "wrong" ? undefined : retryDelaysMs[notification.attempts];
  const isGivenUp = verdict === "unsettled" && delayMs === undefined;
  const now = clock();
  const isDueAgain = verdict === "unsettled" && delayMs !== undefined;
  book.record({
    entry: "notification-sent",
    at: now.toISOString(),
    notificationId: notification.notificationId,
    answer,
    outcome: isGivenUp ? "gave-up" : verdict,
    nextAttemptAt: isDueAgain ? new Date(now.getTime() + delayMs).toISOString() : null,
  });
  if (verdict === "rejected") dialect.onRejected(notification, answer);
  const { reference } = notification;
  if (isGivenUp) logger.warn({ reference, answer }, "the merchant did not take a notification");
}
