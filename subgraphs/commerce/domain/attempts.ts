import type { Transactions } from "./ports.ts";
import type { TooManyAttempts } from "./refusals.ts";

/** What may be tried only so often. */
export type LimitedAction = "applyVoucher" | "startGuestCart";

/** Most attempts within a window of fixed length; windows begin at multiples of it. */
interface AttemptLimit {
  readonly most: number;
  readonly seconds: number;
}

const limits: Readonly<Record<LimitedAction, AttemptLimit>> = {
  // Enough for somebody who types codes; far too few for somebody who looks for them.
  applyVoucher: { most: 20, seconds: 600 },
  startGuestCart: { most: 20, seconds: 600 },
};

// Commerce is not told from where a request comes: all who are not signed in are one, and this only bounds what they write.
const nobody = "";
const ofNobody: AttemptLimit = { most: 3_000, seconds: 60 };

/** Counts attempts, in the caller's transaction. */
export interface AttemptStore {
  /** Counts one more attempt of a window; answers how many there are with it. Concurrent ones wait for each other. */
  readonly count: (subject: string, action: LimitedAction, startsAt: Date) => Promise<number>;
}

/** Counts an attempt, whatever becomes of it, in a transaction of its own; answers why it may not be made, null when it may. */
export async function countAttempt(
  transactions: Transactions,
  subject: string | null,
  action: LimitedAction,
  at: Date,
): Promise<TooManyAttempts | null> {
  const { most, seconds } = subject === null ? ofNobody : limits[action];
  const lengthMs = seconds * 1_000;
  const startsAtMs = Math.floor(at.getTime() / lengthMs) * lengthMs;
  const attempts = await transactions.runInTransaction((tx) =>
    tx.attempts.count(subject ?? nobody, action, new Date(startsAtMs)),
  );
  if (attempts <= most) return null;
  return { kind: "TooManyAttempts", retryAfterSeconds: Math.ceil((startsAtMs + lengthMs - at.getTime()) / 1_000) };
}
