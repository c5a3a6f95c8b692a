import { z } from "zod";
import { fromDecimal, type Money, toDecimal } from "../../../../platform/values/money.ts";
import { fromSnapTimestamp } from "./timestamps.ts";

/** An amount as SNAP writes it: at most 16 digits and exactly two decimals, more than zero. Read as minor units. */
export const amountField = z
  .object({ value: z.string().regex(/^(?=.*[1-9])\d{1,14}\.\d{2}$/), currency: z.string().regex(/^[A-Z]{3}$/) })
  .transform(({ value, currency }): Money => ({ amountMinor: fromDecimal(value), currency }));

/** A timestamp of any zone. */
export const timestampField = z.string().transform((text, context) => {
  const instant = fromSnapTimestamp(text);
  if (instant !== null) return instant;
  context.addIssue({ code: "custom", message: "is not an ISO 8601 timestamp with a zone" });
  return z.NEVER;
});

/** Text of at most `longest` characters, not empty. */
export function textField(longest: number): z.ZodString {
  return z.string().min(1).max(longest);
}

/** Writes an amount for SNAP. */
export function toSnapAmount(money: Money): { value: string; currency: string } {
  return { value: toDecimal(money.amountMinor), currency: money.currency };
}
