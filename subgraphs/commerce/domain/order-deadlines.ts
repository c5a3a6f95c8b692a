/**
 * What ends a wait that nobody else ends. SHIP_BY: a paid order is sent until then, or cancelled. DELIVER_BY: a sent one has
 * arrived until then, or is disputed. DISPUTE_AGE: a dispute that is open for longer is shown to an operator. RETURN_WINDOW: a
 * return can be asked for until so long after delivery. RETURN_ANSWER, RETURN_ARRIVAL: the shop answers, the goods are back.
 */
export type OrderDeadlineKind =
  | "SHIP_BY"
  | "DELIVER_BY"
  | "DISPUTE_AGE"
  | "RETURN_WINDOW"
  | "RETURN_ANSWER"
  | "RETURN_ARRIVAL";

/** A length of time from a day on, until the next rule of its kind. */
export interface OrderDeadlineRule {
  readonly kind: OrderDeadlineKind;
  readonly validFrom: Date;
  readonly seconds: number;
}

/** How long a wait that begins at an instant may last. @throws when there was no rule yet, which the migrations rule out. */
export function deadlineSecondsAt(rules: readonly OrderDeadlineRule[], kind: OrderDeadlineKind, at: Date): number {
  const inForce = rules
    .filter((rule) => rule.kind === kind && rule.validFrom.getTime() <= at.getTime())
    .sort((one, other) => other.validFrom.getTime() - one.validFrom.getTime());
  const [latest] = inForce;
  if (latest === undefined) throw new Error(`order_deadline_rule has no ${kind} in force at ${at.toISOString()}`);
  return latest.seconds;
}
