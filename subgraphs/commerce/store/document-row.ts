import { z } from "zod";
import type { Document as Row } from "../../../prisma/commerce/client/client.ts";
import type { DocumentSnapshot, IssuedDocument } from "../domain/document.ts";

const minor = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt);
const instant = z.iso.datetime().transform((text) => new Date(text));
const charges = ["SHIPPING", "SHOP_VOUCHER", "PLATFORM_VOUCHER", "OTHER"] as const;

const shape = z.object({
  kind: z.enum(["INVOICE", "RECEIPT", "CREDIT_NOTE"]),
  number: z.string(),
  invoiceNumber: z.string().nullable(),
  issuedAt: instant,
  order: z.object({
    id: z.string(),
    shopId: z.string(),
    shopName: z.string(),
    shopPlace: z.string(),
    buyer: z.object({ recipientName: z.string(), street: z.string(), postalCode: z.string() }),
    buyerPlace: z.string(),
    currency: z.string(),
    totalMinor: minor,
    lines: z.array(z.object({ title: z.string(), quantity: z.int(), unitPriceMinor: minor, totalMinor: minor })),
    charges: z.array(z.object({ kind: z.enum(charges), amountMinor: minor })),
    paymentMethodId: z.string(),
  }),
  paidAt: instant,
  paidBy: z.string(),
  amountMinor: minor,
  tax: z
    .object({
      basisPoints: z.int(),
      baseNumerator: z.int(),
      baseDenominator: z.int(),
      baseMinor: minor,
      ratedMinor: minor,
      taxMinor: minor,
    })
    .nullable(),
});

/** Writes a snapshot as JSON: amounts as decimal strings of minor units, instants in UTC. */
export function writeSnapshot(snapshot: DocumentSnapshot): string {
  return JSON.stringify(snapshot, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
}

/** Reads a row of `document`. */
export function toDocument({ id, orderId, cause, year, number, snapshot }: Row): IssuedDocument {
  return { id, orderId, cause, year, sequence: number, snapshot: shape.parse(snapshot) };
}
