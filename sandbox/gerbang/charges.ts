import { z } from "zod";
import { toDecimal } from "../../platform/values/money.ts";
import {
  amountPaid,
  amountRefunded,
  type Charge,
  type ChargeStatus,
  chargeStatus,
  latestPayment,
} from "../book/charge.ts";
import { fingerprint } from "../charges/original.ts";
import type { ProcessorConfig } from "../config.ts";
import type { Provider } from "../provider.ts";

/** What the processor answers: HTTP status and JSON. A refusal has `error_code` and `message`. */
export interface ProcessorAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const reference = z.string().min(1).max(64);
const minor = z
  .int()
  .positive()
  .transform((amount) => BigInt(amount));

/** `POST /v2/charges`. Amounts are whole minor units. */
export const createShape = z.object({
  reference_id: reference,
  amount_minor: minor,
  currency: z.literal("IDR"),
  expires_at: z.iso.datetime({ offset: true }).transform((instant) => new Date(instant)),
  return_url: z.url({ protocol: /^https?$/ }).optional(),
});

/** `POST /v2/charge-cancellations`. */
export const cancelShape = z.object({ reference_id: reference });

/** `POST /v2/refunds`. */
export const refundShape = z.object({
  reference_id: reference,
  charge_reference_id: reference,
  amount_minor: minor,
  currency: z.literal("IDR"),
});

/** Rp 50,000,000.00 a charge: the processor's own rule. */
const limitMinor = 5_000_000_000n;

/** The processor's word for where a charge stands. */
export const statusWords: Readonly<Record<ChargeStatus, string>> = {
  open: "PENDING",
  paying: "PROCESSING",
  pending: "PROCESSING",
  paid: "PAID",
  refunded: "REFUNDED",
  cancelled: "CANCELED",
  expired: "EXPIRED",
  failed: "FAILED",
};

/** A refusal. */
export function refusal(status: number, errorCode: string, message = errorCode): ProcessorAnswer {
  return { status, body: { error_code: errorCode, message } };
}

function find(provider: Provider, referenceId: string): Charge | undefined {
  return provider.book.chargeByPartnerReference("card", referenceId);
}

function chargeBody(provider: Provider, config: ProcessorConfig, charge: Charge): Record<string, unknown> {
  const payment = latestPayment(charge);
  return {
    id: charge.reference,
    reference_id: charge.partnerReferenceNo,
    status: statusWords[chargeStatus(charge, provider.clock())],
    amount_minor: Number(charge.amountMinor),
    currency: "IDR",
    expires_at: charge.expiresAt.toISOString(),
    checkout_url: `http://localhost:${config.port}/approve/${charge.reference}`,
    ...(payment === undefined
      ? {}
      : { paid_amount_minor: Number(amountPaid(charge)), paid_at: payment.takenAt.toISOString() }),
  };
}

/** Creates a charge; repeated unchanged, the first result; changed, 409; once paid, 409 CHARGE_ALREADY_PAID. */
export function createCharge(
  provider: Provider,
  config: ProcessorConfig,
  body: z.infer<typeof createShape>,
): ProcessorAnswer {
  const { book, clock } = provider;
  const returnUrl = body.return_url ?? null;
  const print = fingerprint({
    amount: toDecimal(body.amount_minor),
    until: body.expires_at.toISOString(),
    returnUrl,
  });
  const earlier = find(provider, body.reference_id);
  if (earlier !== undefined) {
    if (earlier.fingerprint !== print) return refusal(409, "DUPLICATE_REFERENCE");
    if (amountPaid(earlier) > 0n) return refusal(409, "CHARGE_ALREADY_PAID");
    return { status: 200, body: chargeBody(provider, config, earlier) };
  }
  if (body.amount_minor > limitMinor) return refusal(403, "AMOUNT_TOO_HIGH");
  const now = clock();
  if (body.expires_at.getTime() <= now.getTime()) return refusal(422, "EXPIRES_IN_THE_PAST");
  const chargeReference = `ch_${provider.newReference()}`;
  book.record({
    entry: "charge-created",
    at: now.toISOString(),
    reference: chargeReference,
    partnerReferenceNo: body.reference_id,
    amount: toDecimal(body.amount_minor),
    expiresAt: body.expires_at.toISOString(),
    fingerprint: print,
    details: { kind: "card", returnUrl },
  });
  const created = book.chargeByReference(chargeReference);
  if (created === undefined) throw new Error(`${chargeReference} was recorded and is not there`);
  return { status: 201, body: chargeBody(provider, config, created) };
}

/** Tells of a charge by the merchant's reference. */
export function showCharge(provider: Provider, config: ProcessorConfig, referenceId: string): ProcessorAnswer {
  const charge = find(provider, referenceId);
  if (charge === undefined) return refusal(404, "CHARGE_NOT_FOUND");
  return { status: 200, body: chargeBody(provider, config, charge) };
}

/** Ends a charge that nobody has paid; repeated, the same answer. */
export function cancelCharge(
  provider: Provider,
  config: ProcessorConfig,
  body: z.infer<typeof cancelShape>,
): ProcessorAnswer {
  const charge = find(provider, body.reference_id);
  if (charge === undefined) return refusal(404, "CHARGE_NOT_FOUND");
  if (amountPaid(charge) > 0n) return refusal(409, "CHARGE_ALREADY_PAID");
  if (charge.movedTo !== "cancelled") {
    const at = provider.clock().toISOString();
    provider.book.record({
      entry: "charge-moved",
      at,
      reference: charge.reference,
      to: "cancelled",
      notification: null,
    });
  }
  return { status: 200, body: chargeBody(provider, config, charge) };
}

function refundBody(charge: Charge, refund: { refundNo: string; partnerRefundNo: string; amountMinor: bigint }) {
  return {
    id: refund.refundNo,
    reference_id: refund.partnerRefundNo,
    charge_id: charge.reference,
    amount_minor: Number(refund.amountMinor),
    status: "SUCCEEDED",
  };
}

/** Gives money back, in whole or in part; repeated unchanged, the first result; changed, 409 REFUND_REFERENCE_USED. */
export function refundCharge(provider: Provider, body: z.infer<typeof refundShape>): ProcessorAnswer {
  const charge = find(provider, body.charge_reference_id);
  if (charge === undefined) return refusal(404, "CHARGE_NOT_FOUND");
  const earlier = charge.refunds.find(({ partnerRefundNo }) => partnerRefundNo === body.reference_id);
  if (earlier !== undefined) {
    const isSame = earlier.amountMinor === body.amount_minor;
    return isSame ? { status: 200, body: refundBody(charge, earlier) } : refusal(409, "REFUND_REFERENCE_USED");
  }
  if (chargeStatus(charge, provider.clock()) !== "paid") return refusal(409, "CHARGE_NOT_PAID");
  if (amountRefunded(charge) + body.amount_minor > amountPaid(charge)) return refusal(422, "AMOUNT_EXCEEDS_CHARGE");
  const refundNo = `rf_${provider.newReference()}`;
  provider.book.record({
    entry: "refund-made",
    at: provider.clock().toISOString(),
    reference: charge.reference,
    refundNo,
    partnerRefundNo: body.reference_id,
    amount: toDecimal(body.amount_minor),
    reason: null,
  });
  return {
    status: 201,
    body: refundBody(charge, { refundNo, partnerRefundNo: body.reference_id, amountMinor: body.amount_minor }),
  };
}
