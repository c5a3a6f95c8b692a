import type { FastifyRequest } from "fastify";
import { z } from "zod";

/** A control request cannot be understood. */
export class ControlRequestError extends Error {
  override readonly name = "ControlRequestError";
  /** Read by fastify. */
  readonly statusCode: number;
  constructor(message: string, statusCode = 400) {
    super(message);
    this.statusCode = statusCode;
  }
}

const chargeName = {
  /** The provider's own reference, partnerReferenceNo / trxId, or virtualAccountNo (spaces may be left out). */
  reference: z.string().min(1).optional(),
  partnerReferenceNo: z.string().min(1).optional(),
  virtualAccountNo: z.string().min(1).optional(),
};

/** What a charge is named by; one of the three. */
export type ChargeName = { [Key in keyof typeof chargeName]?: string | undefined };

const count = z.coerce.number().int();

/** `POST /control/pay`. */
export const payShape = z.object({
  ...chargeName,
  /** What is paid instead of what is owed, `10000.00`. */
  amount: z
    .string()
    .regex(/^\d{1,16}\.\d{2}$/)
    .optional(),
  /** What the notification claims instead of what was paid. */
  notifiedAmount: z
    .string()
    .regex(/^\d{1,16}\.\d{2}$/)
    .optional(),
  signature: z.enum(["valid", "wrong"]).default("valid"),
  /** How many times the notification is sent in all. */
  times: count.min(1).max(100).default(1),
  /** Send the repetitions at the same moment as the first. */
  concurrent: z.boolean().default(false),
  /** X-EXTERNAL-ID of repetitions; left out: as the provider does. */
  externalId: z.enum(["same", "fresh"]).optional(),
  /** Take the money and never tell. */
  silent: z.boolean().default(false),
  /** Take the money now and tell later; the answer does not wait for it. */
  delayMs: count.min(0).max(600_000).default(0),
  /** Pay although it is expired, cancelled or paid. */
  force: z.boolean().default(false),
  /** Virtual accounts: pay without asking the merchant first. */
  skipInquiry: z.boolean().default(false),
});

/** How a charge is to be paid. */
export type PayOptions = z.infer<typeof payShape>;

/** `POST /control/move`: a charge that does not become paid, or not yet. */
export const moveShape = z.object({
  ...chargeName,
  to: z.enum(["paying", "pending", "failed", "cancelled"]),
  /** Tell the merchant. */
  notify: z.boolean().default(false),
});

/** `POST /control/forge`: anything at all, sent to the merchant. Nothing is written in the book. */
export const forgeShape = z.object({
  ...chargeName,
  operation: z.enum(["va-inquiry", "va-payment", "qr-notify", "wallet-notify", "charge-webhook"]),
  /** Fields that replace those of an honest message about the charge. */
  fields: z.record(z.string(), z.unknown()).default({}),
  /** The exact bytes, instead of fields. */
  rawBody: z.string().optional(),
  signature: z.enum(["valid", "wrong", "garbage", "missing"]).default("wrong"),
  accessToken: z.string().optional(),
  timestamp: z.string().optional(),
  externalId: z.string().optional(),
  times: count.min(1).max(100).default(1),
  concurrent: z.boolean().default(false),
});

/** What is to be forged. */
export type ForgeOptions = z.infer<typeof forgeShape>;

function formValue(value: string): unknown {
  if (value === "true" || value === "on") return true;
  return value === "false" ? false : value;
}

/** Reads a control request: JSON, or the fields of an HTML form. @throws ControlRequestError naming the field. */
export function readControl<Shape extends z.ZodType>(shape: Shape, request: FastifyRequest): z.infer<Shape> {
  const text = Buffer.isBuffer(request.body) ? request.body.toString("utf8") : "";
  let given: unknown = {};
  // `curl -d '{...}'` calls JSON a form; no form here begins so.
  const isForm =
    request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") && !/^\s*\{/.test(text);
  if (isForm)
    given = Object.fromEntries([...new URLSearchParams(text)].map(([name, value]) => [name, formValue(value)]));
  else if (text !== "") {
    try {
      given = JSON.parse(text);
    } catch {
      throw new ControlRequestError("the body is not JSON");
    }
  }
  const parsed = shape.safeParse(given);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "(body)"}: ${message}`);
  throw new ControlRequestError(issues.join("; "));
}
