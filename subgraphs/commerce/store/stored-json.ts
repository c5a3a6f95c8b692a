import { z } from "zod";
import type { Attribution } from "../domain/attribution.ts";
import type { ProductOption, SelectedOption } from "../domain/catalogue.ts";
import type { ShippingAddress } from "../domain/order.ts";
import type { PaymentInstructions } from "../domain/payment.ts";

// Columns of JSON are checked when they are read: a row that an older release wrote otherwise is a fault, not a guess.

const options = z.array(z.object({ name: z.string(), values: z.array(z.string()) }));
const selectedOptions = z.array(z.object({ name: z.string(), value: z.string() }));
const attribution = z.object({
  creatorId: z.string(),
  videoId: z.string().nullable(),
  liveSessionId: z.string().nullable(),
  productId: z.string(),
  clickedAt: z.iso.datetime().transform((text) => new Date(text)),
});
const shippingAddress = z.object({
  recipientName: z.string(),
  phone: z.string(),
  street: z.string(),
  districtCode: z.string(),
  postalCode: z.string(),
});
const instructions = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("VIRTUAL_ACCOUNT"), bankName: z.string(), virtualAccountNo: z.string() }),
  z.object({
    kind: z.literal("E_WALLET"),
    walletName: z.string(),
    webRedirectUrl: z.string(),
    appRedirectUrl: z.string().nullable(),
  }),
  z.object({ kind: z.literal("QRIS"), qrContent: z.string() }),
  z.object({ kind: z.literal("WALLET_CODE"), walletName: z.string(), paymentCode: z.string() }),
  z.object({ kind: z.literal("HOSTED_PAGE"), processorName: z.string(), pageUrl: z.string() }),
]);

/** Reads `product.options`. */
export function readOptions(json: unknown): readonly ProductOption[] {
  return options.parse(json);
}

/** Reads `variant.selected_options`. */
export function readSelectedOptions(json: unknown): readonly SelectedOption[] {
  return selectedOptions.parse(json);
}

/** Reads an `attribution` column. */
export function readAttribution(json: unknown): Attribution | null {
  return json === null ? null : attribution.parse(json);
}

/** Writes an `attribution` column. */
export function writeAttribution(value: Attribution | null) {
  return value === null ? null : { ...value, clickedAt: value.clickedAt.toISOString() };
}

/** Reads `order.shipping_address`. */
export function readShippingAddress(json: unknown): ShippingAddress {
  return shippingAddress.parse(json);
}

/** Reads `payment.instructions`. */
export function readInstructions(json: unknown): PaymentInstructions | null {
  return json === null ? null : instructions.parse(json);
}
