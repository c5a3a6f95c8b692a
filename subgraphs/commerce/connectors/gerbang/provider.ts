import { z } from "zod";
import type { PaymentMethod } from "../../domain/payment.ts";
import type { PaymentProvider, StatusAnswer } from "../../domain/ports.ts";
import { unknown } from "../snap/meanings.ts";
import { type ProcessorClient, understandProcessor } from "./client.ts";
import { cancelCodes, chargeStatusMeanings, refundCodes, requestCodes, statusCodes } from "./codes.ts";

const id = "gerbang";
const providerName = "Gerbang";

/** The processor's way to pay. */
export const gerbangMethod = {
  id: `${id}.card`,
  kind: "CARD",
  provider: id,
  providerName,
} as const satisfies PaymentMethod;

/** The processor's amount: whole minor units. */
export const minorField = z
  .int()
  .positive()
  .transform((minor) => BigInt(minor));

const currencyField = z.string().regex(/^[A-Z]{3}$/);

const chargeShape = z.object({
  id: z.string().min(1).max(64),
  status: z.string(),
  checkout_url: z.url({ protocol: /^https?$/ }),
  paid_amount_minor: z.unknown().optional(),
  currency: z.unknown().optional(),
  paid_at: z.unknown().optional(),
});

const paidShape = z.object({
  paid_amount_minor: minorField,
  currency: currencyField,
  paid_at: z.iso.datetime({ offset: true }),
});

const refundShape = z.object({ id: z.string().min(1) });

function readCharge(body: unknown): StatusAnswer {
  const read = chargeShape.safeParse(body);
  if (!read.success) return unknown("the charge lacks fields");
  const { status, id: providerReference } = read.data;
  const meaning = chargeStatusMeanings[status];
  if (meaning === undefined) return unknown(`status ${status}`);
  if (meaning === "failed") return { kind: "failed", reason: `status ${status}` };
  if (meaning === "pending" || meaning === "moving") return { kind: "pending", isMoving: meaning === "moving" };
  if (meaning === "refunded") return { kind: "refunded" };
  const paid = paidShape.safeParse(read.data);
  if (!paid.success) return unknown("paid, but without amount or time");
  const { paid_amount_minor: amountMinor, currency, paid_at: paidAt } = paid.data;
  return { kind: "paid", amount: { amountMinor, currency }, providerReference, paidAt: new Date(paidAt) };
}

/** Whole minor units as JSON can write them. @throws RangeError beyond what a number holds exactly. */
function toJsonNumber(amountMinor: bigint): number {
  const number = Number(amountMinor);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${amountMinor} is more than JSON's numbers hold`);
  return number;
}

/** The processor that does not speak SNAP: cards on its own page, behind the port. */
export function createGerbang(client: ProcessorClient, returnUrl: string): PaymentProvider {
  return {
    id,
    methods: [gerbangMethod],
    canRefund: () => true,
    requestPayment: async ({ id: reference, amount, expiresAt }) => {
      const body = {
        reference_id: reference,
        amount_minor: toJsonNumber(amount.amountMinor),
        currency: amount.currency,
        expires_at: expiresAt.toISOString(),
        return_url: returnUrl,
      };
      const outcome = await client.send({ method: "POST", path: "/v2/charges", body, idempotencyKey: reference });
      const { meaning, reason, body: answer } = understandProcessor(requestCodes, outcome);
      if (meaning === "refused") return { kind: "refused", reason };
      if (meaning !== "requested") return unknown(reason);
      const charge = chargeShape.safeParse(answer);
      if (!charge.success) return unknown("created, but without id or page");
      const instructions = {
        kind: "HOSTED_PAGE",
        processorName: providerName,
        pageUrl: charge.data.checkout_url,
      } as const;
      return { kind: "requested", instructions, providerReference: charge.data.id, virtualAccountNo: null };
    },
    queryStatus: async ({ id: reference }) => {
      const path = `/v2/charges?reference_id=${encodeURIComponent(reference)}`;
      const { meaning, reason, body } = understandProcessor(statusCodes, await client.send({ method: "GET", path }));
      if (meaning === "not-found") return { kind: "not-found" };
      return meaning === "known" ? readCharge(body) : unknown(reason);
    },
    cancel: async ({ id: reference }) => {
      const body = { reference_id: reference };
      const outcome = await client.send({ method: "POST", path: "/v2/charge-cancellations", body });
      const { meaning, reason } = understandProcessor(cancelCodes, outcome);
      if (meaning === "done") return { kind: "done", providerReference: null };
      return meaning === "unknown" ? unknown(reason) : { kind: meaning, reason };
    },
    refund: async ({ id: charge }, reference, { amountMinor, currency }) => {
      const body = {
        reference_id: reference,
        charge_reference_id: charge,
        amount_minor: toJsonNumber(amountMinor),
        currency,
      };
      const outcome = await client.send({ method: "POST", path: "/v2/refunds", body, idempotencyKey: reference });
      const { meaning, reason, body: answer } = understandProcessor(refundCodes, outcome);
      if (meaning === "refused") return { kind: "refused", reason };
      if (meaning !== "done") return unknown(reason);
      return { kind: "done", providerReference: refundShape.safeParse(answer).data?.id ?? null };
    },
  };
}
