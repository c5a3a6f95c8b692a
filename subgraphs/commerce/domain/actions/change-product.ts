import { isUuid } from "../../../../platform/values/ids.ts";
import { type Result, refused, success } from "../../../../platform/values/result.ts";
import type { ProductChanges, Seller } from "../listing.ts";
import { checkProductTexts } from "../listing-checks.ts";
import type { Transaction } from "../ports.ts";
import {
  checkIdempotencyKey,
  type IdempotencyConflict,
  type InvalidInput,
  invalidInput,
  type ProductNotFound,
  type VariantNotFound,
} from "../refusals.ts";
import { announceProducts } from "./announce.ts";
import { doOnce } from "./once.ts";
import { claimOf, type Selling } from "./selling.ts";

/** Which variants of a product are put on sale or taken off. */
export interface ListingChange {
  readonly productId: string;
  /** Null: all. */
  readonly variantIds: readonly string[] | null;
  /** Whether they are on sale from now on. */
  readonly isSold: boolean;
  readonly idempotencyKey: string;
}

const mostVariants = 100;

/** Changes title, description or picture of one of the shop's products. Answers its id. */
export async function changeProduct(
  selling: Selling,
  seller: Seller,
  productId: string,
  changes: ProductChanges,
  idempotencyKey: string,
): Promise<Result<string, ProductNotFound | InvalidInput | IdempotencyConflict>> {
  const wrong = checkIdempotencyKey(idempotencyKey) ?? checkProductTexts(changes);
  if (wrong !== null) return refused(wrong);
  const { title = null, description = null, imageUrl = null } = changes;
  const request = { productId, title, description, imageUrl };
  const claim = claimOf(selling, seller, "changeProduct", idempotencyKey, request, { productId });
  return doOnce(
    selling.transactions,
    claim,
    () => productId,
    async (tx) => {
      const product = isUuid(productId) ? await selling.listings.lockProduct(tx, seller.shopId, productId) : null;
      if (product === null) return refused({ kind: "ProductNotFound" as const });
      await selling.listings.changeProduct(tx, productId, {
        ...(changes.title === undefined ? {} : { title: changes.title.trim() }),
        ...(changes.description === undefined ? {} : { description: changes.description.trim() }),
        ...(changes.imageUrl === undefined ? {} : { imageUrl: changes.imageUrl }),
      });
      return success(productId);
    },
  );
}

async function setListing(
  { listings }: Selling,
  tx: Transaction,
  { shopId }: Seller,
  { productId, variantIds, isSold }: ListingChange,
  at: Date,
): Promise<Result<string, ProductNotFound | VariantNotFound>> {
  const product = isUuid(productId) ? await listings.lockProduct(tx, shopId, productId) : null;
  if (product === null) return refused({ kind: "ProductNotFound" });
  const all = await listings.variantIds(tx, productId);
  const chosen = variantIds ?? all;
  if (!chosen.every((id) => all.includes(id))) return refused({ kind: "VariantNotFound" });
  await listings.setSold(tx, chosen, isSold);
  await announceProducts(tx, [productId], at);
  return success(productId);
}

/** Puts variants of one of the shop's products on sale or takes them off, and tells what that changes. Answers its id. */
export async function changeListing(
  selling: Selling,
  seller: Seller,
  change: ListingChange,
): Promise<Result<string, ProductNotFound | VariantNotFound | InvalidInput | IdempotencyConflict>> {
  const { productId, variantIds, isSold, idempotencyKey } = change;
  const wrong = checkIdempotencyKey(idempotencyKey);
  if (wrong !== null) return refused(wrong);
  if (variantIds !== null && (variantIds.length === 0 || variantIds.length > mostVariants)) {
    return refused(invalidInput("input.variantIds", `1 to ${mostVariants}; leave them out for all`));
  }
  const operation = isSold ? "relistProduct" : "unlistProduct";
  const request = { productId, variantIds: variantIds === null ? null : [...variantIds].sort().join(" ") };
  const claim = claimOf(selling, seller, operation, idempotencyKey, request, { productId });
  return doOnce(
    selling.transactions,
    claim,
    () => productId,
    (tx) => setListing(selling, tx, seller, change, claim.at),
  );
}
