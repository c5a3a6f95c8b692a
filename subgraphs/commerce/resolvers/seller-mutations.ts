import { fromDecimal } from "../../../platform/values/money.ts";
import type { RequestContext } from "../context.ts";
import { addProduct } from "../domain/actions/add-product.ts";
import { changeListing, changeProduct } from "../domain/actions/change-product.ts";
import { type AdjustmentRefusal, adjustOwnStock, changeOwnPrice } from "../domain/actions/sell.ts";
import type { Seller } from "../domain/listing.ts";
import type { IdempotencyConflict, InvalidInput, ProductNotFound, VariantNotFound } from "../domain/refusals.ts";
import type { ListedVariantInput, MutationResolvers } from "../generated/resolver-types.ts";
import { loadExisting } from "../loaders/batch.ts";
import { sellerActor } from "./callers.ts";
import {
  toIdempotencyConflict,
  toInvalidInput,
  toProductNotFound,
  toStockReserved,
  toVariantNotFound,
} from "./refusals.ts";

type CommonRefusal = InvalidInput | IdempotencyConflict;

function toCommon(refusal: CommonRefusal) {
  return refusal.kind === "InvalidInput" ? toInvalidInput(refusal) : toIdempotencyConflict();
}

function toListing(refusal: ProductNotFound | VariantNotFound | CommonRefusal) {
  if (refusal.kind === "ProductNotFound") return toProductNotFound();
  return refusal.kind === "VariantNotFound" ? toVariantNotFound() : toCommon(refusal);
}

function draftOf({ sku, optionValues, price, weightGrams, pieces }: ListedVariantInput) {
  return { sku, optionValues: optionValues ?? [], priceMinor: fromDecimal(price), weightGrams, pieces };
}

function productOf({ loaders }: RequestContext, productId: string) {
  return loadExisting(loaders.productById, productId, "product");
}

async function variantOf({ commerce }: RequestContext, { shopId }: Seller, variantId: string) {
  const variant = await commerce.seller.variant(shopId, variantId);
  if (variant === null) throw new Error(`the variant ${variantId} is gone`);
  return variant;
}

const addProductField: MutationResolvers["addProduct"] = async (_parent, { input }, context) => {
  const { idempotencyKey, options, variants, ...texts } = input;
  const draft = { ...texts, options: options ?? [], variants: variants.map(draftOf) };
  const result = await addProduct(context.commerce.selling, sellerActor(context), draft, idempotencyKey);
  if (!result.ok) return toCommon(result.refusal);
  return { __typename: "AddProductSuccess", product: await productOf(context, result.value) };
};

const changeProductField: MutationResolvers["changeProduct"] = async (_parent, { input }, context) => {
  const { productId, idempotencyKey, title, description, imageUrl } = input;
  // Null says nothing more than leaving it out does: none of them can be taken away.
  const changes = {
    ...(typeof title === "string" ? { title } : {}),
    ...(typeof description === "string" ? { description } : {}),
    ...(typeof imageUrl === "string" ? { imageUrl } : {}),
  };
  const { selling } = context.commerce;
  const result = await changeProduct(selling, sellerActor(context), productId, changes, idempotencyKey);
  if (!result.ok) return result.refusal.kind === "ProductNotFound" ? toProductNotFound() : toCommon(result.refusal);
  return { __typename: "ChangeProductSuccess", product: await productOf(context, result.value) };
};

const unlistProduct: MutationResolvers["unlistProduct"] = async (_parent, { input }, context) => {
  const change = { ...input, variantIds: input.variantIds ?? null, isSold: false };
  const result = await changeListing(context.commerce.selling, sellerActor(context), change);
  if (!result.ok) return toListing(result.refusal);
  return { __typename: "UnlistProductSuccess", product: await productOf(context, result.value) };
};

const relistProduct: MutationResolvers["relistProduct"] = async (_parent, { input }, context) => {
  const change = { ...input, variantIds: input.variantIds ?? null, isSold: true };
  const result = await changeListing(context.commerce.selling, sellerActor(context), change);
  if (!result.ok) return toListing(result.refusal);
  return { __typename: "RelistProductSuccess", product: await productOf(context, result.value) };
};

const changePriceField: MutationResolvers["changePrice"] = async (_parent, { input }, context) => {
  const seller = sellerActor(context);
  const { variantId, price, idempotencyKey } = input;
  const request = { variantId, priceMinor: fromDecimal(price), idempotencyKey };
  const result = await changeOwnPrice(context.commerce.selling, seller, request);
  if (!result.ok) return result.refusal.kind === "VariantNotFound" ? toVariantNotFound() : toCommon(result.refusal);
  return { __typename: "ChangePriceSuccess", variant: await variantOf(context, seller, result.value) };
};

function toAdjustment(refusal: AdjustmentRefusal) {
  if (refusal.kind === "StockReserved") return toStockReserved(refusal);
  return refusal.kind === "VariantNotFound" ? toVariantNotFound() : toCommon(refusal);
}

const adjustStockField: MutationResolvers["adjustStock"] = async (_parent, { input }, context) => {
  const seller = sellerActor(context);
  const result = await adjustOwnStock(context.commerce.selling, seller, { ...input, note: input.note ?? null });
  if (!result.ok) return toAdjustment(result.refusal);
  return { __typename: "AdjustStockSuccess", variant: await variantOf(context, seller, result.value) };
};

/** Entry points for sellers. */
export const sellerMutations: MutationResolvers = {
  addProduct: addProductField,
  changeProduct: changeProductField,
  unlistProduct,
  relistProduct,
  changePrice: changePriceField,
  adjustStock: adjustStockField,
};
