import { addSeconds, isPast } from "../../../platform/values/instants.ts";

/** Until when, and how often, the same orders may be paid in another way: in force from a day on, until the next rule. */
interface RetryRule {
  readonly validFrom: Date;
  /** How long after the first payment ran out orders whose stock was given back may be paid after all. */
  readonly withinSeconds: number;
  /** Most payments that the same orders may have, the first one included. */
  readonly mostPayments: number;
}

/** Oldest first. Another rule is added below, never changed: what is in force counts from the first payment's day. */
const rules: readonly [RetryRule, ...RetryRule[]] = [
  { validFrom: new Date("2020-01-01T00:00:00+07:00"), withinSeconds: 86_400, mostPayments: 5 },
];

/** A payment and those before it that it took the place of. */
export interface PaymentChain {
  /** How many payments the orders have had, this one included. */
  readonly payments: number;
  /** When the first one was placed, and when it runs or ran out. */
  readonly firstCreatedAt: Date;
  readonly firstExpiresAt: Date;
}

/** Why the same orders cannot be paid in yet another way. */
export type RetryEndReason = "TOO_LATE" | "TOO_MANY_ATTEMPTS";

/** Whether the orders can have one more payment: null when they can. `isHeld`: their stock was not given back. */
export function retryEnd(chain: PaymentChain, isHeld: boolean, at: Date): RetryEndReason | null {
  const created = chain.firstCreatedAt.getTime();
  const { withinSeconds, mostPayments } = rules.findLast(({ validFrom }) => validFrom.getTime() <= created) ?? rules[0];
  if (!isHeld && isPast(addSeconds(chain.firstExpiresAt, withinSeconds), at)) return "TOO_LATE";
  return chain.payments >= mostPayments ? "TOO_MANY_ATTEMPTS" : null;
}
