import { type Cart, type CartLine, mostLinesPerCart, mostPiecesPerLine } from "./cart.ts";
import type { OfferedVariant } from "./catalogue.ts";
import { claimableOf } from "./flash-sale.ts";

/** Tokens that let whoever holds one use a cart without signing in. */
export interface GuestTokens {
  /** A new one that nobody can guess. */
  readonly issue: () => string;
  /** Whose cart it stands for: the `buyerId` of that cart. The token cannot be told from it. */
  readonly ownerOf: (token: string) => string;
}

/** Why pieces of a guest's cart did not come into the buyer's. */
export type DropReason = "NOT_SOLD" | "OUT_OF_STOCK" | "LIMIT_REACHED" | "CART_FULL";

/** Pieces that did not come along. */
export interface DroppedLine {
  readonly variantId: string;
  readonly quantity: number;
  readonly reason: DropReason;
}

/** A guest's cart, and what became of it. */
export interface GuestCart {
  readonly owner: string;
  /** Whose cart it was merged into; null before. */
  readonly mergedInto: string | null;
  /** What did not come along then. */
  readonly dropped: readonly DroppedLine[];
}

/** Guest carts in one transaction; locked before carts. */
export interface GuestCartStore {
  readonly insert: (owner: string, at: Date) => Promise<void>;
  /** Locks a guest cart; null when there is none. */
  readonly lock: (owner: string) => Promise<GuestCart | null>;
  /** Whether there is such a cart that is not merged: it stays so until the transaction ends. */
  readonly holdOpen: (owner: string) => Promise<boolean>;
  /** Forgets the guest's cart with its lines, and remembers what became of it. Needs the lock. */
  readonly settleMerge: (owner: string, buyerId: string, dropped: readonly DroppedLine[], at: Date) => Promise<void>;
}

/** Whether a cart is a guest's. */
export function isGuest(owner: string): boolean {
  return owner.startsWith("guest:");
}

/** Lines to put into the buyer's cart, and what did not come along. */
export interface MergedLines {
  readonly lines: readonly CartLine[];
  readonly dropped: readonly DroppedLine[];
}

/**
 * Adds a guest's lines to the buyer's: pieces of a variant add up, to what is in stock, what a flash sale leaves the buyer
 * (`claimed` of it are theirs) and what a line may have. What the buyer has already stays. The later click counts.
 */
export function mergeLines(
  cart: Cart,
  guest: Cart,
  offers: ReadonlyMap<string, OfferedVariant>,
  claimed: ReadonlyMap<string, number>,
): MergedLines {
  const present = new Map(cart.lines.map((line) => [line.variantId, line]));
  const lines: CartLine[] = [];
  const dropped: DroppedLine[] = [];
  let added = 0;
  for (const line of guest.lines) {
    const { variantId } = line;
    const known = present.get(variantId);
    const drop = (quantity: number, reason: DropReason): void => void dropped.push({ variantId, quantity, reason });
    const offer = offers.get(variantId);
    if (offer?.isSold !== true) {
      drop(line.quantity, "NOT_SOLD");
      continue;
    }
    if (known === undefined && cart.lines.length + added >= mostLinesPerCart) {
      drop(line.quantity, "CART_FULL");
      continue;
    }
    const most = offer.sale === null ? mostPiecesPerLine : claimableOf(offer.sale, claimed.get(offer.sale.id) ?? 0);
    const limit = Math.min(mostPiecesPerLine, most, offer.availableQuantity);
    const before = known?.quantity ?? 0;
    const quantity = Math.max(before, Math.min(before + line.quantity, limit));
    const short = before + line.quantity - quantity;
    if (short > 0) drop(short, limit === offer.availableQuantity ? "OUT_OF_STOCK" : "LIMIT_REACHED");
    if (quantity === before) continue;
    if (known === undefined) added += 1;
    lines.push({ ...line, ...known, quantity, attribution: line.attribution ?? known?.attribution ?? null });
  }
  return { lines, dropped };
}
