import { z } from "zod";
import { fromDecimal } from "../../platform/values/money.ts";
import { fromSnapTimestamp } from "./timestamps.ts";

/** `{"value":"10000.00","currency":"IDR"}` as minor units: more than zero, two decimals, rupiah only. */
export const amountField = z
  .object({ value: z.string().regex(/^\d{1,16}\.\d{2}$/), currency: z.literal("IDR") })
  .transform(({ value }) => fromDecimal(value))
  .refine((amountMinor) => amountMinor > 0n);

/** A date-time with zone, as an instant. */
export const dateTimeField = z.string().transform((text, context) => {
  const instant = fromSnapTimestamp(text);
  if (instant !== undefined) return instant;
  context.addIssue({ code: "custom", message: "not an ISO 8601 date-time with zone" });
  return z.NEVER;
});

/** A non-empty string of at most so many characters. */
export function textField(maxLength: number) {
  return z.string().min(1).max(maxLength);
}

/** Why a body was refused: which field, and whether it was missing or malformed. */
export interface FieldRefusal {
  readonly caseName: "badRequest" | "invalidFieldFormat" | "invalidMandatoryField";
  readonly field: string | undefined;
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    json,
  );
}

/** Reads a request's bytes as the shape demands; a missing or empty field is 400xx02, a malformed one 400xx01. */
export function readFields<Shape extends z.ZodType>(
  shape: Shape,
  rawBody: Buffer,
): { ok: true; value: z.infer<Shape> } | { ok: false; refusal: FieldRefusal } {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(rawBody));
  } catch {
    return { ok: false, refusal: { caseName: "badRequest", field: undefined } };
  }
  const parsed = shape.safeParse(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  const issue = parsed.error.issues[0];
  if (issue === undefined || issue.path.length === 0)
    return { ok: false, refusal: { caseName: "badRequest", field: undefined } };
  const value = valueAt(json, issue.path);
  const isMissing = value === undefined || value === null || value === "";
  const caseName = isMissing ? "invalidMandatoryField" : "invalidFieldFormat";
  return { ok: false, refusal: { caseName, field: issue.path.join(".") } };
}
