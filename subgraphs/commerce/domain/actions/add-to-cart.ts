import { isUuid } from "../../../../platform/values/ids.ts";
import { type Result, refused, success } from "../../../../platform/values/result.ts";
import { type Attribution, attributionFor } from "../attribution.ts";
import { type Cart, type CartLine, mostLinesPerCart, mostPiecesPerLine } from "../cart.ts";
import type { OfferedVariant } from "../catalogue.ts";
import { isGuest } from "../guest-cart.ts";
import type { IdempotencyClaim, Transaction } from "../ports.ts";
import {
  checkIdempotencyKey,
  type GuestCartNotFound,
  type IdempotencyConflict,
  type InvalidInput,
  invalidInput,
  type OutOfStock,
  type VariantNotFound,
} from "../refusals.ts";
import type { Buying } from "./buying.ts";

/** What to add. */
export interface AddToCartInput {
  readonly variantId: string;
  readonly quantity: number;
  readonly attributionToken: string | null;
  readonly idempotencyKey: string;
}

/** The cart as it is now, and the line of the variant; null when a later request took it out. */
export interface AddedToCart {
  readonly cart: Cart;
  readonly line: CartLine | null;
}

/** Why nothing was added. */
export type AddToCartRefusal = VariantNotFound | GuestCartNotFound | OutOfStock | InvalidInput | IdempotencyConflict;

function checkInput(input: AddToCartInput): InvalidInput | null {
  if (input.quantity < 1 || input.quantity > mostPiecesPerLine) {
    return invalidInput("input.quantity", `1 to ${mostPiecesPerLine}`);
  }
  return checkIdempotencyKey(input.idempotencyKey);
}

function added(cart: Cart, variantId: string): Result<AddedToCart, never> {
  return success({ cart, line: cart.lines.find((line) => line.variantId === variantId) ?? null });
}

function refusalOf(cart: Cart, present: CartLine | undefined, quantity: number, offer: OfferedVariant) {
  if (quantity > mostPiecesPerLine) {
    return invalidInput(
      "input.quantity",
      `at most ${mostPiecesPerLine} of a variant; the cart has ${present?.quantity ?? 0}`,
    );
  }
  if (present === undefined && cart.lines.length >= mostLinesPerCart) {
    return invalidInput("input.variantId", `at most ${mostLinesPerCart} different variants in a cart`);
  }
  if (offer.availableQuantity >= quantity) return null;
  const shortage = { variantId: offer.id, requestedQuantity: quantity, availableQuantity: offer.availableQuantity };
  return { kind: "OutOfStock", field: "input.quantity", shortages: [shortage] } as const;
}

async function addLine(
  tx: Transaction,
  claim: IdempotencyClaim,
  input: AddToCartInput,
  attribution: Attribution | null,
  lineId: string,
): Promise<Result<AddedToCart, AddToCartRefusal>> {
  if (isGuest(claim.buyerId) && !(await tx.guestCarts.holdOpen(claim.buyerId))) {
    return refused({ kind: "GuestCartNotFound" });
  }
  const cart = await tx.carts.lock(claim.buyerId);
  const offer = (await tx.catalogue.offeredVariants([input.variantId]))[0];
  if (offer === undefined || !offer.isSold) return refused({ kind: "VariantNotFound" });
  const present = cart.lines.find((line) => line.variantId === offer.id);
  const quantity = (present?.quantity ?? 0) + input.quantity;
  const refusal = refusalOf(cart, present, quantity, offer);
  if (refusal !== null) return refused(refusal);
  const line: CartLine = {
    id: present?.id ?? lineId,
    variantId: offer.id,
    shopId: offer.shopId,
    quantity,
    unitPrice: offer.price,
    // The last click that brought the variant counts; adding without one leaves the earlier click.
    attribution: attributionFor(offer.productId, attribution) ?? present?.attribution ?? null,
  };
  return added(await tx.carts.putLines(claim.buyerId, [line]), offer.id);
}

/**
 * Puts pieces of a variant into the buyer's cart at the present price, with the click that brought them when its token
 * verifies. Nothing is reserved. The same key adds once; a refused request leaves its key free.
 */
export async function addToCart(
  buying: Buying,
  buyerId: string,
  input: AddToCartInput,
): Promise<Result<AddedToCart, AddToCartRefusal>> {
  const invalid = checkInput(input);
  if (invalid !== null) return refused(invalid);
  const { variantId, quantity, attributionToken, idempotencyKey } = input;
  // Before the claim, which would store it.
  if (!isUuid(variantId)) return refused({ kind: "VariantNotFound" });
  const attribution = attributionToken === null ? null : await buying.attributionTokens.verify(attributionToken);
  const claim: IdempotencyClaim = {
    buyerId,
    operation: "addToCart",
    key: idempotencyKey,
    requestHash: buying.hashRequest({ variantId, quantity, attributionToken }),
    result: { variantId },
    at: buying.clock(),
  };
  return buying.transactions.runInTransaction(async (tx) => {
    const earlier = await tx.idempotency.claim(claim);
    if (earlier !== null) {
      if (earlier.requestHash !== claim.requestHash) return refused({ kind: "IdempotencyConflict" });
      return added(await tx.carts.lock(buyerId), variantId);
    }
    const result = await addLine(tx, claim, input, attribution, buying.newId());
    if (!result.ok) await tx.idempotency.forget(claim);
    return result;
  });
}
