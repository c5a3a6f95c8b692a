import type { KeptException, MoneyException } from "./money-exception.ts";
import type { People } from "./operator-act.ts";
import type { Transaction } from "./ports.ts";

/** What people do about differences. All of it lives in the caller's transaction. */
export interface ExceptionBook {
  /** What is open, the oldest first, at most `most`. */
  readonly openOnes: (tx: Transaction, most: number) => Promise<KeptException[]>;
  /** Locks a difference until the transaction ends. */
  readonly lock: (tx: Transaction, exceptionId: string) => Promise<KeptException | null>;
  /** One that is open under a name; of any provider when none is named. */
  readonly findOpen: (
    tx: Transaction,
    name: Pick<MoneyException, "kind" | "reference"> & Partial<Pick<MoneyException, "provider">>,
  ) => Promise<KeptException | null>;
  readonly assign: (tx: Transaction, exceptionId: string, owner: string) => Promise<void>;
  /** Closes it because people decided so, and writes their act down; answers whether it was open. */
  readonly closeByHand: (
    tx: Transaction,
    exceptionId: string,
    people: People,
    resolution: string,
    ledgerTransactionId: string | null,
  ) => Promise<boolean>;
}
