import type { Money } from "../../../platform/values/money.ts";
import type { Page, PageRequest } from "../../../platform/values/page.ts";

/** What a statement is about: from an instant on, until before another. */
export interface Period {
  readonly from: Date;
  readonly until: Date;
}

/** What was owed at the beginning of a period and at its end; below zero: the holder owes it. */
export interface Standing {
  readonly opening: Money;
  readonly closing: Money;
}

/** Why what is owed to a shop changed. */
export type SellerMovementKind = "RELEASE" | "REFUND" | "PAYOUT" | "CORRECTION" | "OTHER";

/** A change of what is owed to a shop; below zero it became less. */
export interface SellerMovement {
  readonly id: string;
  readonly kind: SellerMovementKind;
  /** Null for what is about no one order, as a payout. */
  readonly orderId: string | null;
  readonly amount: Money;
  readonly at: Date;
}

/** Why what is owed to a content organisation changed. */
export type AffiliateMovementKind = "COMMISSION" | "REVERSAL" | "PAYOUT" | "CORRECTION" | "OTHER";

/** A change of what is owed to a content organisation, with that organisation's own ids: no order, no buyer. */
export interface AffiliateMovement {
  readonly id: string;
  readonly kind: AffiliateMovementKind;
  readonly creatorId: string | null;
  readonly videoId: string | null;
  readonly liveSessionId: string | null;
  readonly productId: string | null;
  readonly amount: Money;
  readonly at: Date;
}

/** A statement asked for by its owner: the period, and where its page of movements begins is asked for apart. */
export interface SellerStatement extends Period, Standing {
  readonly shopId: string;
}

/** A content organisation's statement. */
export interface AffiliateStatement extends Period, Standing {
  readonly organisation: string;
}

/** Statements, derived from the ledger. Each call is one statement of SQL. Movements are in the order in which they were. */
export interface StatementReads {
  readonly sellerStanding: (shopId: string, period: Period) => Promise<Standing>;
  readonly sellerMovements: (shopId: string, period: Period, page: PageRequest) => Promise<Page<SellerMovement>>;
  readonly affiliateStanding: (organisation: string, period: Period) => Promise<Standing>;
  readonly affiliateMovements: (
    organisation: string,
    period: Period,
    page: PageRequest,
  ) => Promise<Page<AffiliateMovement>>;
}

const keyPattern = /^\d{4}-\d\d-\d\dT[\d:.]{12}Z [0-9a-f-]{36}$/;

/** The key of a movement in the order of movements: its instant and its id. */
export function movementKey({ at, id }: { readonly at: Date; readonly id: string }): string {
  return `${at.toISOString()} ${id}`;
}

/** Whether a text can be the key of a movement. */
export function isMovementKey(key: string): boolean {
  return keyPattern.test(key) && !Number.isNaN(Date.parse(key.slice(0, 24)));
}
