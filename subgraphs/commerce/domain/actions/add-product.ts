import { type Result, refused, success } from "../../../../platform/values/result.ts";
import { tradingCurrency } from "../cart-pricing.ts";
import type { NewProduct, Seller } from "../listing.ts";
import { checkDraft, type ProductDraft, selectionOf } from "../listing-checks.ts";
import { checkIdempotencyKey, type IdempotencyConflict, type InvalidInput } from "../refusals.ts";
import { announceProducts } from "./announce.ts";
import { doOnce } from "./once.ts";
import { claimOf, type Selling } from "./selling.ts";

function productOf({ newId }: Selling, shopId: string, draft: ProductDraft): NewProduct {
  const options = draft.options.map(({ name, values }) => ({
    name: name.trim(),
    values: values.map((value) => value.trim()),
  }));
  return {
    id: newId(),
    shopId,
    title: draft.title.trim(),
    description: draft.description.trim(),
    imageUrl: draft.imageUrl,
    options,
    variants: draft.variants.map((variant) => ({
      id: newId(),
      sku: variant.sku.trim(),
      selectedOptions: selectionOf(options, {
        ...variant,
        optionValues: variant.optionValues.map((value) => value.trim()),
      }),
      price: { amountMinor: variant.priceMinor, currency: tradingCurrency },
      weightGrams: variant.weightGrams,
      pieces: variant.pieces,
    })),
  };
}

function textOf({ variants, options, ...texts }: ProductDraft): Readonly<Record<string, string>> {
  const rows = variants.map(({ sku, optionValues, priceMinor, weightGrams, pieces }) => [
    sku,
    optionValues,
    priceMinor.toString(),
    weightGrams,
    pieces,
  ]);
  return {
    ...texts,
    options: JSON.stringify(options.map(({ name, values }) => [name, values])),
    variants: JSON.stringify(rows),
  };
}

/** Puts a product of the seller's shop on sale and tells that it can be bought; the same key lists it once. Answers its id. */
export async function addProduct(
  selling: Selling,
  seller: Seller,
  draft: ProductDraft,
  idempotencyKey: string,
): Promise<Result<string, InvalidInput | IdempotencyConflict>> {
  const wrong = checkIdempotencyKey(idempotencyKey) ?? checkDraft(draft);
  if (wrong !== null) return refused(wrong);
  const product = productOf(selling, seller.shopId, draft);
  const claim = claimOf(selling, seller, "addProduct", idempotencyKey, textOf(draft), { productId: product.id });
  return doOnce(
    selling.transactions,
    claim,
    ({ productId = "" }) => productId,
    async (tx) => {
      await selling.listings.insert(tx, product, seller.subject, claim.at);
      await announceProducts(tx, [product.id], claim.at);
      return success(product.id);
    },
  );
}
