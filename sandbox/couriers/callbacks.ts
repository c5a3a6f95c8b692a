import type { Logger } from "../../platform/runtime/logger.ts";
import type { Clock } from "../../platform/values/instants.ts";
import type { NotificationConfig } from "../config.ts";
import type { ParcelBook } from "./book.ts";
import type { Callback } from "./parcel.ts";

/** Whose signature a message bears. `missing`: none at all. */
export type Signing = "valid" | "wrong" | "missing";

/** How a courier signs what it sends: headers for the exact bytes, at an instant. */
export type SignCallback = (body: string, signing: Signing, now: Date) => Readonly<Record<string, string>>;

/** Delivers what the book owes the merchant. */
export interface CallbackDelivery {
  /** Sends any bytes once; nothing is written down. Answers the HTTP status, null when no answer came. */
  readonly send: (body: string, signing: Signing, signedAt?: Date) => Promise<number | null>;
  /** One attempt now; the rest by the schedule, when it did not settle it. */
  readonly attempt: (callbackId: string) => Promise<number | null>;
  /** Sends a message once more, whatever its state. */
  readonly repeat: (callbackId: string) => Promise<number | null>;
  /** Leaves a new message to the schedule: its first attempt is made when it is due. */
  readonly schedule: (callbackId: string) => void;
  /** Takes up everything the book still owes; called once, at the start. */
  readonly resume: () => void;
  readonly close: () => Promise<void>;
}

/** What delivering needs. */
export interface CallbackParts {
  readonly book: ParcelBook;
  readonly callbackUrl: string;
  readonly config: NotificationConfig;
  readonly sign: SignCallback;
  readonly clock: Clock;
  readonly logger: Logger;
}

type PostCallback = CallbackDelivery["send"];

function createPost({ callbackUrl, config, sign, clock }: CallbackParts, stop: AbortSignal): PostCallback {
  return async (body, signing, signedAt) => {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(config.timeoutMs)]);
    const headers = sign(body, signing, signedAt ?? clock());
    try {
      const response = await fetch(callbackUrl, { method: "POST", body, headers, signal });
      await response.arrayBuffer();
      return response.status;
    } catch {
      // Whatever went wrong on the way, the courier only knows that nobody answered.
      return null;
    }
  };
}

/** Makes a delivery. What is owed and the time of the next attempt stand in the book: timers only wake. */
export function createCallbackDelivery(parts: CallbackParts): CallbackDelivery {
  const { book, clock, config, logger } = parts;
  const stop = new AbortController();
  const send = createPost(parts, stop.signal);
  const timers = new Map<string, NodeJS.Timeout>();
  const underWay = new Set<Promise<unknown>>();

  function owed(callbackId: string): Callback {
    const callback = book.callback(callbackId);
    if (callback === undefined) throw new Error(`no call-back ${callbackId} in the book`);
    return callback;
  }

  function settle(callback: Callback, httpStatus: number | null): void {
    const { callbackId, signature, answers } = callback;
    const isDelivered = httpStatus === 200;
    const delayMs = isDelivered || signature === "wrong" ? undefined : config.retryDelaysMs[answers.length];
    const now = clock();
    book.record({
      entry: "callback-sent",
      at: now.toISOString(),
      callbackId,
      httpStatus,
      outcome: isDelivered ? "delivered" : delayMs === undefined ? "gave-up" : "unsettled",
      nextAttemptAt: delayMs === undefined ? null : new Date(now.getTime() + delayMs).toISOString(),
    });
  }

  async function attempt(callbackId: string): Promise<number | null> {
    const callback = owed(callbackId);
    clearTimeout(timers.get(callbackId));
    timers.delete(callbackId);
    const httpStatus = await send(callback.body, callback.signature);
    if (stop.signal.aborted) return httpStatus;
    // Another attempt may have settled it meanwhile; what is settled stays so.
    if (callback.state === "owed") settle(callback, httpStatus);
    await book.flush();
    schedule(callback);
    return httpStatus;
  }

  async function repeat(callbackId: string): Promise<number | null> {
    const { body, signature } = owed(callbackId);
    const httpStatus = await send(body, signature);
    const at = clock().toISOString();
    book.record({ entry: "callback-sent", at, callbackId, httpStatus, outcome: "repeated", nextAttemptAt: null });
    await book.flush();
    return httpStatus;
  }

  function track<Value>(work: Promise<Value>): Promise<Value> {
    underWay.add(work);
    const forget = () => void underWay.delete(work);
    work.then(forget, forget);
    return work;
  }

  function schedule({ callbackId, state, nextAttemptAt }: Callback): void {
    if (stop.signal.aborted || state !== "owed" || timers.has(callbackId)) return;
    const wake = () => {
      timers.delete(callbackId);
      track(attempt(callbackId)).catch((error: unknown) => logger.error({ err: error }, "a call-back failed"));
    };
    timers.set(callbackId, setTimeout(wake, Math.max(0, nextAttemptAt.getTime() - clock().getTime())));
  }

  return {
    send: (body, signing, signedAt) => track(send(body, signing, signedAt)),
    attempt: (callbackId) => track(attempt(callbackId)),
    repeat: (callbackId) => track(repeat(callbackId)),
    schedule: (callbackId) => schedule(owed(callbackId)),
    resume() {
      for (const callback of book.callbacks()) schedule(callback);
    },
    async close() {
      stop.abort(new Error("the courier is closing"));
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
      await Promise.allSettled(underWay);
    },
  };
}
