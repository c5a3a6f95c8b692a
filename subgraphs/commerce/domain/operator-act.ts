import type { Transaction } from "./ports.ts";

/** What a person can do by hand and is written down. */
export type OperatorActKind =
  | "RUN_RESUMED"
  | "RUN_RETRIED"
  | "RUN_ASSIGNED"
  | "REFUND_DONE"
  | "PAYOUT_SETTLED"
  | "CORRECTION_POSTED"
  | "EXCEPTION_ASSIGNED"
  | "EXCEPTION_CLOSED";

/** Who acts, and who agreed where two people must. */
export interface People {
  readonly actor: string;
  readonly secondPerson: string | null;
}

/** Something done by hand; appended, never changed. */
export interface OperatorAct extends People {
  readonly kind: OperatorActKind;
  /** What it was done to, by id. */
  readonly subject: string;
  /** What it led to: a new run's id, a new owner, a ledger transaction's id. */
  readonly outcome: string | null;
  readonly note: string | null;
}

/** An act as it was kept, with its time and the database login that did it. */
export interface KeptAct extends OperatorAct {
  readonly at: Date;
  readonly login: string;
}

/** Acts by hand, in the caller's transaction. */
export interface OperatorBook {
  readonly append: (tx: Transaction, act: OperatorAct) => Promise<void>;
  /** Whether an account of that code was ever posted to. */
  readonly hasAccount: (tx: Transaction, code: string) => Promise<boolean>;
  /** What was done to any of the subjects, oldest first. */
  readonly about: (tx: Transaction, subjects: readonly string[]) => Promise<KeptAct[]>;
}

/** What is asked for cannot be done by hand. Nothing is changed; the message says what to do instead. */
export class OperatorRefusal extends Error {
  override readonly name = "OperatorRefusal";
}

/** Names as they are kept. @throws OperatorRefusal when a name is missing, or both are one person. */
export function readPeople(actor: string | undefined, secondPerson: string | null | undefined): People {
  const [first, second] = [actor?.trim() ?? "", secondPerson?.trim() ?? ""];
  if (first === "") throw new OperatorRefusal("say who acts: --actor NAME");
  if (secondPerson !== null && second === "") throw new OperatorRefusal("two people must agree: --second-person NAME");
  if (secondPerson !== null && first.toLowerCase() === second.toLowerCase()) {
    throw new OperatorRefusal(`${first} cannot be both: the second person must be another one`);
  }
  return { actor: first, secondPerson: secondPerson === null ? null : second };
}
