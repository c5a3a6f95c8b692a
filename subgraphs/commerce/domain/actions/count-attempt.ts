import { attemptWindow, type LimitedAction } from "../attempts.ts";
import type { Transactions } from "../ports.ts";
import type { TooManyAttempts } from "../refusals.ts";

// No subject is the empty string.
const nobody = "";

/** Counts an attempt, whatever becomes of it, in a transaction of its own; answers why it may not be made, null when it may. */
export async function countAttempt(
  transactions: Transactions,
  subject: string | null,
  action: LimitedAction,
  at: Date,
): Promise<TooManyAttempts | null> {
  const { most, startsAt, endsAt } = attemptWindow(subject, action, at);
  const attempts = await transactions.runInTransaction((tx) => tx.attempts.count(subject ?? nobody, action, startsAt));
  if (attempts <= most) return null;
  return { kind: "TooManyAttempts", retryAfterSeconds: Math.ceil((endsAt.getTime() - at.getTime()) / 1_000) };
}
