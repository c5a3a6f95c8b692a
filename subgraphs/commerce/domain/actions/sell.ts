import { isUuid } from "../../../../platform/values/ids.ts";
import { type Result, refused, success } from "../../../../platform/values/result.ts";
import { tradingCurrency } from "../cart-pricing.ts";
import type { Seller, StockMovementReason } from "../listing.ts";
import { checkMovement, checkPrice } from "../listing-checks.ts";
import type { Transaction } from "../ports.ts";
import {
  checkIdempotencyKey,
  type IdempotencyConflict,
  type InvalidInput,
  invalidInput,
  type StockReserved,
  type VariantNotFound,
} from "../refusals.ts";
import { adjustStock, changePrice, type OfferRefusal } from "./change-offer.ts";
import { doOnce } from "./once.ts";
import { claimOf, type Selling } from "./selling.ts";

/** Why a price was not changed. */
export type PriceRefusal = VariantNotFound | InvalidInput | IdempotencyConflict;

/** Why stock was not adjusted. */
export type AdjustmentRefusal = VariantNotFound | StockReserved | InvalidInput | IdempotencyConflict;

/** Pieces that a seller moves. */
export interface SellerAdjustment {
  readonly variantId: string;
  readonly pieces: number;
  readonly reason: StockMovementReason;
  readonly note: string | null;
  readonly idempotencyKey: string;
}

/** Whether a variant is of the seller's shop. That of another shop does not exist for them. */
async function isOwn({ listings }: Selling, tx: Transaction, { shopId }: Seller, variantId: string): Promise<boolean> {
  return isUuid(variantId) && (await listings.isOfShop(tx, shopId, variantId));
}

const sentences: Readonly<Record<OfferRefusal, string>> = {
  VARIANT_NOT_FOUND: "a variant that exists",
  CURRENCY_DIFFERS: "in the currency that the variant is sold in",
  PRICE_NOT_POSITIVE: "above 0.00",
  NOT_ABOVE_FLASH_SALE: "above the price of the variant's flash sale, which is not over",
  FEWER_THAN_RESERVED: "at least as many as are reserved",
  TOO_MANY_PIECES: "so many that at most 100,000,000 are on hand",
};

function invalidOffer(field: string, refusal: OfferRefusal): InvalidInput {
  return invalidInput(field, sentences[refusal]);
}

/** Changes the regular price of one of the shop's variants, once for each key. Answers the variant's id. */
export async function changeOwnPrice(
  selling: Selling,
  seller: Seller,
  request: { readonly variantId: string; readonly priceMinor: bigint; readonly idempotencyKey: string },
): Promise<Result<string, PriceRefusal>> {
  const { variantId, priceMinor, idempotencyKey } = request;
  const wrong = checkIdempotencyKey(idempotencyKey) ?? checkPrice(priceMinor, "input.price");
  if (wrong !== null) return refused(wrong);
  const hashed = { variantId, priceMinor: priceMinor.toString() };
  const claim = claimOf(selling, seller, "changePrice", idempotencyKey, hashed, { variantId });
  const price = { amountMinor: priceMinor, currency: tradingCurrency };
  return doOnce(
    selling.transactions,
    claim,
    () => variantId,
    async (tx): Promise<Result<string, PriceRefusal>> => {
      if (!(await isOwn(selling, tx, seller, variantId))) return refused({ kind: "VariantNotFound" });
      const result = await changePrice(selling, tx, { variantId, price, by: seller.subject }, claim.at);
      return result.ok ? success(variantId) : refused(invalidOffer("input.price", result.refusal));
    },
  );
}

async function adjust(
  selling: Selling,
  tx: Transaction,
  seller: Seller,
  adjustment: Omit<SellerAdjustment, "idempotencyKey">,
  at: Date,
): Promise<Result<string, AdjustmentRefusal>> {
  const { variantId } = adjustment;
  if (!(await isOwn(selling, tx, seller, variantId))) return refused({ kind: "VariantNotFound" });
  const result = await adjustStock(selling, tx, { ...adjustment, by: seller.subject }, at);
  if (result.ok) return success(variantId);
  if (result.refusal !== "FEWER_THAN_RESERVED") return refused(invalidOffer("input.pieces", result.refusal));
  // Locked already: the row that was too low.
  const [level] = await tx.stock.lock([variantId]);
  return refused({ kind: "StockReserved", onHand: level?.onHand ?? 0, reserved: level?.reserved ?? 0 });
}

/** Moves pieces of one of the shop's variants, once for each key. Answers the variant's id. */
export async function adjustOwnStock(
  selling: Selling,
  seller: Seller,
  request: SellerAdjustment,
): Promise<Result<string, AdjustmentRefusal>> {
  const { idempotencyKey, ...adjustment } = request;
  const { variantId, pieces, reason, note } = adjustment;
  const wrong = checkIdempotencyKey(idempotencyKey) ?? checkMovement(pieces, reason, note);
  if (wrong !== null) return refused(wrong);
  const hashed = { variantId, pieces, reason, note };
  const claim = claimOf(selling, seller, "adjustStock", idempotencyKey, hashed, { variantId });
  return doOnce(
    selling.transactions,
    claim,
    () => variantId,
    (tx) => adjust(selling, tx, seller, adjustment, claim.at),
  );
}
