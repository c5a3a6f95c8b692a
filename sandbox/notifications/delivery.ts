import type { Logger } from "../../platform/runtime/logger.ts";
import type { Clock } from "../../platform/values/instants.ts";
import type { Book } from "../book/book.ts";
import type { Notification } from "../book/charge.ts";
import type { MerchantAnswer, OwedNotification } from "../book/entries.ts";
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

/** Delivers what the book owes the merchant. */
export interface Delivery {
  /** One attempt now; the rest by the schedule, when it did not settle it. */
  readonly attempt: (notificationId: string) => Promise<MerchantAnswer>;
  /** Sends a notification once more, whatever its state. `externalId` null: a new one. */
  readonly repeat: (notificationId: string, externalId: string | null) => Promise<MerchantAnswer>;
  /** Takes up everything the book still owes. */
  readonly resume: () => void;
  readonly close: () => Promise<void>;
}

/** Source: SNAP asks for 200xx00; anything else is sent again. */
export function judgeByCode(notification: Notification, answer: MerchantAnswer): Verdict {
  return answer.responseCode === responseCode(notification.operation, "successful") ? "delivered" : "unsettled";
}

interface Parts {
  readonly book: Book;
  readonly merchant: MerchantClient;
  readonly dialect: DeliveryDialect;
  readonly retryDelaysMs: readonly number[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Makes a delivery. What is owed, each attempt and the time of the next one stand in the book: timers only wake, so a
 * provider that was killed goes on where it stopped.
 */
export function createDelivery({ book, merchant, dialect, retryDelaysMs, clock, logger }: Parts): Delivery {
  const timers = new Map<string, NodeJS.Timeout>();
  const underWay = new Set<Promise<unknown>>();
  let isClosed = false;

  async function send(notification: Notification, externalId: string | null): Promise<MerchantAnswer> {
    const { operation, url, signature } = notification;
    const rawBody = JSON.stringify(dialect.bodyOf(notification, notification.attempts + 1));
    const scheme = dialect.scheme(operation);
    return merchant.call({ operation, url, rawBody }, { scheme, signature, externalId });
  }

  function settle(notification: Notification, answer: MerchantAnswer): void {
    const verdict = dialect.judge(notification, answer);
    const delayMs = notification.signature === "wrong" ? undefined : retryDelaysMs[notification.attempts];
    const isGivenUp = verdict === "unsettled" && delayMs === undefined;
    const nextAttemptAt =
      verdict === "unsettled" && delayMs !== undefined ? new Date(clock().getTime() + delayMs).toISOString() : null;
    book.record({
      entry: "notification-sent",
      at: clock().toISOString(),
      notificationId: notification.notificationId,
      answer,
      outcome: isGivenUp ? "gave-up" : verdict,
      nextAttemptAt,
    });
    if (verdict === "rejected") dialect.onRejected(notification, answer);
    if (isGivenUp) logger.warn({ reference: notification.reference, answer }, "the merchant did not take a notification");
  }

  async function attempt(notificationId: string): Promise<MerchantAnswer> {
    const notification = mustOwe(notificationId);
    clearTimeout(timers.get(notificationId));
    timers.delete(notificationId);
    const answer = await send(notification, notification.externalId);
    if (isClosed) return answer;
    // A second attempt may have settled it meanwhile; what is settled stays so.
    if (notification.state === "owed") settle(notification, answer);
    await book.flush();
    schedule(notification);
    return answer;
  }

  function mustOwe(notificationId: string): Notification {
    const notification = book.notification(notificationId);
    if (notification === undefined) throw new Error(`no notification ${notificationId} in the book`);
    return notification;
  }

  function track<Value>(work: Promise<Value>): Promise<Value> {
    underWay.add(work);
    const forget = () => void underWay.delete(work);
    work.then(forget, forget);
    return work;
  }

  function schedule(notification: Notification): void {
    if (isClosed || notification.state !== "owed" || timers.has(notification.notificationId)) return;
    const delayMs = Math.max(0, notification.nextAttemptAt.getTime() - clock().getTime());
    const wake = () => {
      timers.delete(notification.notificationId);
      track(attempt(notification.notificationId)).catch((error: unknown) =>
        logger.error({ err: error, reference: notification.reference }, "an attempt to notify failed"),
      );
    };
    timers.set(notification.notificationId, setTimeout(wake, delayMs));
  }

  return {
    attempt: (notificationId) => track(attempt(notificationId)),
    repeat: (notificationId, externalId) =>
      track(
        (async () => {
          const notification = mustOwe(notificationId);
          const answer = await send(notification, externalId);
          const at = clock().toISOString();
          book.record({ entry: "notification-sent", at, notificationId, answer, outcome: "repeated", nextAttemptAt: null });
          await book.flush();
          return answer;
        })(),
      ),
    resume() {
      for (const notification of book.notifications()) schedule(notification);
    },
    async close() {
      isClosed = true;
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
      await Promise.allSettled(underWay);
    },
  };
}
