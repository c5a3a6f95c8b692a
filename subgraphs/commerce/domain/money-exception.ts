/**
 * What two books do not agree about, or what only a person can move on; each is explained in docs/operator.md. Of providers' files:
 * the first six and `FEE_DIFFERS`. `UNCONFIRMED_NOTIFICATION`: a signed notification of money that the provider's book does not
 * have. `REFUND_BY_HAND`, `LATE_MONEY_BY_HAND`: money that is owed back and that no call sends back. `PAYOUT_UNKNOWN`: a payout of
 * which the bank does not say what became of it; `PAYOUT_SENT_AFTER_ALL`: one that was given up and was sent. `UNCLAIMED_MONEY`:
 * money told of under a reference that is none of ours. `WITHDRAWN_ROW`: a newer
 * file of the same day lacks a row that is posted. `RETURN_UNSETTLED`: a return of an order whose
 * money is released ended without any for its buyer. `COURIER_BILL_DIFFERS`, `DISPUTE_OVERDUE`: as they say.
 */
export type MoneyExceptionKind =
  | "MISSING_ROW"
  | "UNKNOWN_ROW"
  | "AMOUNT_DIFFERS"
  | "DUPLICATE_ROW"
  | "WITHDRAWN_ROW"
  | "FILE_MISSING"
  | "FILE_UNREADABLE"
  | "UNCONFIRMED_NOTIFICATION"
  | "FEE_DIFFERS"
  | "REFUND_BY_HAND"
  | "PAYOUT_UNKNOWN"
  | "PAYOUT_SENT_AFTER_ALL"
  | "UNCLAIMED_MONEY"
  | "LATE_MONEY_BY_HAND"
  | "COURIER_BILL_DIFFERS"
  | "DISPUTE_OVERDUE"
  | "RETURN_UNSETTLED";

/** A difference about to be kept. Amounts are minor units, null where that side has nothing. */
export interface MoneyException {
  readonly provider: string;
  readonly kind: MoneyExceptionKind;
  /** With provider and kind, the same for the same difference. */
  readonly reference: string;
  readonly paymentId: string | null;
  readonly expectedMinor: bigint | null;
  readonly reportedMinor: bigint | null;
  readonly currency: string | null;
  /** A sentence for who looks after it, without personal data. */
  readonly detail: string;
}

/** The desk that looks after a kind at first. */
export const firstOwners: Readonly<Record<MoneyExceptionKind, string>> = {
  MISSING_ROW: "finance",
  UNKNOWN_ROW: "finance",
  AMOUNT_DIFFERS: "finance",
  DUPLICATE_ROW: "finance",
  WITHDRAWN_ROW: "finance",
  FILE_MISSING: "payment operations",
  FILE_UNREADABLE: "payment operations",
  UNCONFIRMED_NOTIFICATION: "payment operations",
  FEE_DIFFERS: "finance",
  REFUND_BY_HAND: "finance",
  PAYOUT_UNKNOWN: "finance",
  PAYOUT_SENT_AFTER_ALL: "finance",
  UNCLAIMED_MONEY: "payment operations",
  LATE_MONEY_BY_HAND: "finance",
  COURIER_BILL_DIFFERS: "finance",
  DISPUTE_OVERDUE: "disputes",
  RETURN_UNSETTLED: "disputes",
};

/** A difference as it was kept. */
export interface KeptException extends MoneyException {
  readonly id: string;
  readonly owner: string;
  readonly openedAt: Date;
  readonly closedAt: Date | null;
}

/** What is open and what a fact has closed, in one transaction. */
export interface ExceptionStore {
  /** Keeps a difference; one that is open already stays as it is. */
  readonly open: (exception: MoneyException, at: Date) => Promise<void>;
  /** Closes what is open of that name because a fact has settled it; `resolution` says which. */
  readonly close: (name: Pick<MoneyException, "provider" | "kind" | "reference">, resolution: string) => Promise<void>;
}
