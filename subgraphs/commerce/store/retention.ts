import type { Pool } from "pg";
import type { Logger } from "../../../platform/runtime/logger.ts";
import { forgetDelivered } from "../../../platform/runtime/outbox.ts";
import type { Clock } from "../../../platform/values/instants.ts";
import { forgetOldAttempts } from "./attempt-store.ts";
import { forgetOldRuns } from "./durable/run-retention.ts";
import { forgetOldGuestCarts } from "./guest-cart-store.ts";
import { forgetOldKeys } from "./idempotency-retention.ts";
import { forgetOldNumbers } from "./number-retention.ts";
import { forgetOldQuotes } from "./quote-retention.ts";

const keptDeliveredDays = 7;
const everyMs = 10 * 60_000;

/** For how long things are kept, where it can be chosen. */
export interface RetentionSettings {
  /** Idempotency keys of buyers and sellers. */
  readonly idempotencyKeptHours: number;
}

/** Forgets what has served its time, again and again until it is stopped; answers how to stop it. */
export function keepForgetting(pool: Pool, settings: RetentionSettings, clock: Clock, logger: Logger): () => void {
  const timer = setInterval(() => {
    Promise.all([
      forgetOldRuns(pool, clock()),
      forgetOldNumbers(pool, clock()),
      forgetDelivered(pool, keptDeliveredDays),
      forgetOldGuestCarts(pool, clock()),
      forgetOldQuotes(pool, clock()),
      forgetOldKeys(pool, clock(), settings.idempotencyKeptHours),
      forgetOldAttempts(pool, clock()),
    ]).then(
      ([runs, numbers, events, guestCarts, quotes, keys, attempts]) =>
        logger.debug({ runs, numbers, events, guestCarts, quotes, keys, attempts }, "old records forgotten"),
      (error: unknown) => logger.warn({ err: error }, "old records could not be forgotten; trying again later"),
    );
  }, everyMs);
  return () => clearInterval(timer);
}
