import { type Result, refused, success } from "../../../../platform/values/result.ts";
import type { Cart } from "../cart.ts";
import { type DroppedLine, mergeLines } from "../guest-cart.ts";
import type { Transaction } from "../ports.ts";
import type {
  GuestCartNotFound,
  IdempotencyConflict,
  InvalidInput,
  OutOfStock,
  TooManyAttempts,
  VariantNotFound,
} from "../refusals.ts";
import { type AddedToCart, addToCart } from "./add-to-cart.ts";
import type { Buying } from "./buying.ts";
import { countAttempt } from "./count-attempt.ts";

/** What a guest's cart begins with. */
export interface FirstLine {
  readonly variantId: string;
  readonly quantity: number;
  readonly attributionToken: string | null;
}

/** Why no guest cart was begun. */
export type StartGuestCartRefusal = VariantNotFound | OutOfStock | InvalidInput | TooManyAttempts;

/**
 * Begins a cart for somebody who has not signed in (`subject` when they have), with its first line; nothing is kept when that cannot be added. Answers
 * the token that the cart is known by from then on.
 */
export async function startGuestCart(
  buying: Buying,
  subject: string | null,
  first: FirstLine,
): Promise<Result<AddedToCart & { readonly guestToken: string }, StartGuestCartRefusal>> {
  const tooMany = await countAttempt(buying.transactions, subject, "startGuestCart", buying.clock());
  if (tooMany !== null) return refused(tooMany);
  const guestToken = buying.guestTokens.issue();
  const owner = buying.guestTokens.ownerOf(guestToken);
  // A row without a line is forgotten in time, as is one whose answer was lost.
  await buying.transactions.runInTransaction((tx) => tx.guestCarts.insert(owner, buying.clock()));
  const result = await addToCart(buying, owner, { ...first, idempotencyKey: buying.newId() });
  if (result.ok) return success({ ...result.value, guestToken });
  return refused(withoutImpossible(result.refusal));
}

function withoutImpossible(
  refusal: StartGuestCartRefusal | IdempotencyConflict | GuestCartNotFound,
): StartGuestCartRefusal {
  if (refusal.kind !== "IdempotencyConflict" && refusal.kind !== "GuestCartNotFound") return refusal;
  throw new Error(`a new guest cart was refused as ${refusal.kind}`);
}

/** The buyer's cart with the guest's lines in it. */
export interface MergedCart {
  readonly cart: Cart;
  readonly dropped: readonly DroppedLine[];
  /** Whether it was merged before. */
  readonly isReplay: boolean;
}

async function merge(tx: Transaction, owner: string, buyerId: string, at: Date): Promise<Omit<MergedCart, "isReplay">> {
  const guest = await tx.carts.lock(owner);
  const cart = await tx.carts.lock(buyerId);
  const offers = await tx.catalogue.offeredVariants(guest.lines.map(({ variantId }) => variantId));
  const sales = offers.flatMap(({ sale }) => sale?.id ?? []);
  const claimed = sales.length === 0 ? new Map<string, number>() : await tx.flashSales.claimedBy(buyerId, sales);
  const { lines, dropped } = mergeLines(cart, guest, new Map(offers.map((offer) => [offer.id, offer])), claimed);
  await tx.guestCarts.settleMerge(owner, buyerId, dropped, at);
  return { cart: lines.length === 0 ? cart : await tx.carts.putLines(buyerId, lines), dropped };
}

/**
 * Merges a guest's cart into the buyer's who signed in: once, however often it is asked for. Somebody else's merged cart, and
 * a token that stands for none, do not exist.
 */
export async function mergeGuestCart(
  { transactions, guestTokens, clock }: Buying,
  buyerId: string,
  guestToken: string,
): Promise<Result<MergedCart, GuestCartNotFound>> {
  const owner = guestTokens.ownerOf(guestToken);
  return transactions.runInTransaction(async (tx): Promise<Result<MergedCart, GuestCartNotFound>> => {
    const guest = await tx.guestCarts.lock(owner);
    if (guest === null || (guest.mergedInto !== null && guest.mergedInto !== buyerId)) {
      return refused({ kind: "GuestCartNotFound" });
    }
    if (guest.mergedInto !== null) {
      return success({ cart: await tx.carts.lock(buyerId), dropped: guest.dropped, isReplay: true });
    }
    return success({ ...(await merge(tx, owner, buyerId, clock())), isReplay: false });
  });
}
