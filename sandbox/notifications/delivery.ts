import type { Notification } from "../book/charge.ts";
import type { MerchantAnswer } from "../book/entries.ts";
import { type AttemptParts, send, settle } from "./attempts.ts";

/** Delivers what the book owes the merchant. */
export interface Delivery {
  /** One attempt now; the rest by the schedule, when it did not settle it. */
  readonly attempt: (notificationId: string) => Promise<MerchantAnswer>;
  /** Sends a notification once more, whatever its state. `externalId` null: a new one. */
  readonly repeat: (notificationId: string, externalId: string | null) => Promise<MerchantAnswer>;
  /** Leaves a new notification to the schedule: its first attempt is made when it is due. */
  readonly schedule: (notificationId: string) => void;
  /** Takes up everything the book still owes; called once, at the start. */
  readonly resume: () => void;
  readonly close: () => Promise<void>;
}

/**
 * Makes a delivery. What is owed, each attempt and the time of the next one stand in the book: timers only wake, so a
 * provider that was killed goes on where it stopped.
 */
export function createDelivery(parts: AttemptParts): Delivery {
  const { book, clock, logger } = parts;
  const timers = new Map<string, NodeJS.Timeout>();
  const underWay = new Set<Promise<unknown>>();
  let isClosed = false;

  function owed(notificationId: string): Notification {
    const notification = book.notification(notificationId);
    if (notification === undefined) throw new Error(`no notification ${notificationId} in the book`);
    return notification;
  }

  async function attempt(notificationId: string): Promise<MerchantAnswer> {
    const notification = owed(notificationId);
    clearTimeout(timers.get(notificationId));
    timers.delete(notificationId);
    const answer = await send(parts, notification, notification.externalId, notification.attempts + 1);
    if (isClosed) return answer;
    // Another attempt may have settled it meanwhile; what is settled stays so.
    if (notification.state === "owed") settle(parts, notification, answer);
    await book.flush();
    schedule(notification);
    return answer;
  }

  async function repeat(notificationId: string, externalId: string | null): Promise<MerchantAnswer> {
    const notification = owed(notificationId);
    const answer = await send(parts, notification, externalId, Math.max(2, notification.attempts + 1));
    const at = clock().toISOString();
    book.record({ entry: "notification-sent", at, notificationId, answer, outcome: "repeated", nextAttemptAt: null });
    await book.flush();
    return answer;
  }

  function track<Value>(work: Promise<Value>): Promise<Value> {
    underWay.add(work);
    const forget = () => void underWay.delete(work);
    work.then(forget, forget);
    return work;
  }

  function schedule(notification: Notification): void {
    const { notificationId, reference, nextAttemptAt } = notification;
    if (isClosed || notification.state !== "owed" || timers.has(notificationId)) return;
    const wake = () => {
      timers.delete(notificationId);
      track(attempt(notificationId)).catch((error: unknown) =>
        logger.error({ err: error, reference }, "an attempt to notify failed"),
      );
    };
    timers.set(notificationId, setTimeout(wake, Math.max(0, nextAttemptAt.getTime() - clock().getTime())));
  }

  return {
    attempt: (notificationId) => track(attempt(notificationId)),
    repeat: (notificationId, externalId) => track(repeat(notificationId, externalId)),
    schedule: (notificationId) => schedule(owed(notificationId)),
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
