import { type Result, refused, success } from "../../../../platform/values/result.ts";
import { type Cart, type CartLine, mostPiecesPerLine } from "../cart.ts";
import { isGuest } from "../guest-cart.ts";
import type { Transaction } from "../ports.ts";
import {
  type CartLineNotFound,
  type GuestCartNotFound,
  type InvalidInput,
  invalidInput,
  type OutOfStock,
} from "../refusals.ts";
import type { Buying } from "./buying.ts";

/** Which line, how many. */
export interface UpdateCartLineInput {
  readonly cartLineId: string;
  readonly quantity: number;
}

/** Why nothing was changed. */
export type UpdateCartLineRefusal = CartLineNotFound | GuestCartNotFound | OutOfStock | InvalidInput;

async function shortageOf(tx: Transaction, line: CartLine, quantity: number): Promise<OutOfStock | null> {
  const [offer] = await tx.catalogue.offeredVariants([line.variantId]);
  const availableQuantity = offer?.isSold === true ? offer.availableQuantity : 0;
  // Fewer than before is always allowed: it never makes the shortage worse.
  if (quantity <= line.quantity || availableQuantity >= quantity) return null;
  const shortage = { variantId: line.variantId, requestedQuantity: quantity, availableQuantity };
  return { kind: "OutOfStock", field: "input.quantity", shortages: [shortage] };
}

/** Sets the quantity of a line of the buyer's cart; 0 takes it out. The price that was shown stays. Answers the cart. */
export async function updateCartLine(
  buying: Buying,
  buyerId: string,
  input: UpdateCartLineInput,
): Promise<Result<Cart, UpdateCartLineRefusal>> {
  const { cartLineId, quantity } = input;
  if (quantity < 0 || quantity > mostPiecesPerLine) {
    return refused(invalidInput("input.quantity", `0 to ${mostPiecesPerLine}; 0 takes the line out`));
  }
  return buying.transactions.runInTransaction(async (tx) => {
    if (isGuest(buyerId) && !(await tx.guestCarts.holdOpen(buyerId))) return refused({ kind: "GuestCartNotFound" });
    const cart = await tx.carts.lock(buyerId);
    const line = cart.lines.find((candidate) => candidate.id === cartLineId);
    if (line === undefined) return refused({ kind: "CartLineNotFound" });
    if (quantity === 0) return success(await tx.carts.removeLines(buyerId, [line.id]));
    const shortage = await shortageOf(tx, line, quantity);
    if (shortage !== null) return refused(shortage);
    return success(await tx.carts.putLines(buyerId, [{ ...line, quantity }]));
  });
}
