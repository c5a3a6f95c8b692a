import type { Fee, FeeRule } from "./fee-rules.ts";
import type { Transaction } from "./ports.ts";
import type { SettlementRow } from "./settlement-file.ts";

/** What came of asking a provider for the file of a day. `absent`: it has none yet. */
export type FetchedFile =
  | { readonly kind: "file"; readonly text: string }
  | { readonly kind: "absent" }
  | { readonly kind: "unknown"; readonly reason: string };

/** Where a provider's daily files come from. */
export interface SettlementSource {
  /** The provider's id, as `bank-cendana`. */
  readonly provider: string;
  /** The file of a day in Jakarta, `2026-11-25`. Never throws for what the other side does. */
  readonly fetchFile: (day: string) => Promise<FetchedFile>;
}

/** A movement that our books have at a provider and that no file has settled. Minor units; below zero for money sent back. */
export interface UnsettledMovement {
  readonly type: SettlementRow["type"];
  /** The charge as the provider names it, or our refund. */
  readonly reference: string;
  readonly paymentId: string | null;
  readonly grossMinor: bigint;
}

/** What our books have for a row. Minor units; below zero for money sent back. */
export interface BookedMovement {
  readonly grossMinor: bigint;
  readonly paymentId: string | null;
  /** How the buyer paid; null when it is not known. */
  readonly methodId: string | null;
  /** When it was first posted. */
  readonly at: Date;
}

/** What became of a row. */
export type RowOutcome = "POSTED" | "REPEATED" | "EXCEPTION";

/** A file about to be kept. */
export interface KeptFile {
  readonly id: string;
  readonly provider: string;
  readonly day: string;
  readonly digest: string;
  /** Why it is not posted; null when it is. */
  readonly rejection: string | null;
  readonly text: string;
}

/** A row that was posted, with the file that it stands in. */
export interface PostedRow extends Fee, Pick<SettlementRow, "providerRef" | "grossMinor" | "settledOn"> {
  readonly fileId: string;
}

/** Files, rows, and what our books say of them. All of it lives in the caller's transaction. */
export interface SettlementBook {
  /** Lets one transaction at a time settle a provider's files; held until it ends. */
  readonly lockProvider: (tx: Transaction, provider: string) => Promise<void>;
  /** Keeps a file; answers false when the very same is kept already. */
  readonly insertFile: (tx: Transaction, file: KeptFile, at: Date) => Promise<boolean>;
  /** Whether a file of that day was posted. */
  readonly isPosted: (tx: Transaction, provider: string, day: string) => Promise<boolean>;
  /** The last day of which a file was posted, `2026-11-25`; null when there is none. */
  readonly lastPostedDay: (tx: Transaction, provider: string) => Promise<string | null>;
  readonly insertRow: (
    tx: Transaction,
    file: Pick<KeptFile, "id" | "provider">,
    row: SettlementRow,
    outcome: RowOutcome,
  ) => Promise<void>;
  /** The posted row of a movement; null when none was posted. */
  readonly postedRow: (
    tx: Transaction,
    provider: string,
    row: Pick<SettlementRow, "type" | "providerRef">,
  ) => Promise<PostedRow | null>;
  /** What earlier files of the same day had, and was posted, and this one has no more; its rows are kept already. */
  readonly withdrawnBy: (tx: Transaction, file: Pick<KeptFile, "id" | "provider" | "day">) => Promise<PostedRow[]>;
  /** What our books have in the provider's clearing account for a row's movement; null when they do not know it. */
  readonly bookedFor: (
    tx: Transaction,
    provider: string,
    row: Pick<SettlementRow, "type" | "providerRef" | "ourRef">,
  ) => Promise<BookedMovement | null>;
  /** What is agreed with a provider, of all days. */
  readonly feeRules: (tx: Transaction, provider: string) => Promise<readonly FeeRule[]>;
  /** What moved at the provider until the end of a day in Jakarta, and no file has settled. */
  readonly unsettledUntil: (tx: Transaction, provider: string, day: string) => Promise<UnsettledMovement[]>;
}
