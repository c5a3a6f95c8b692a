import { z } from "zod";
import type { Book } from "../book/book.ts";
import type { Charge, ChargeStatus } from "../book/charge.ts";
import { textField } from "../snap/fields.ts";

/** How SNAP's later requests name the charge they are about; at least one of the two. */
export const originalFields = {
  originalPartnerReferenceNo: textField(64).optional(),
  originalReferenceNo: textField(64).optional(),
};

/** The charge that a later request is about; undefined when there is none, or the two names disagree. */
export function findOriginal(
  book: Book,
  kind: Charge["details"]["kind"],
  names: { originalPartnerReferenceNo?: string | undefined; originalReferenceNo?: string | undefined },
): Charge | undefined {
  const { originalPartnerReferenceNo: partnerReferenceNo, originalReferenceNo: reference } = names;
  const charge =
    partnerReferenceNo === undefined
      ? book.chargeByReference(reference ?? "")
      : book.chargeByPartnerReference(kind, partnerReferenceNo);
  if (charge === undefined || charge.details.kind !== kind) return undefined;
  return reference !== undefined && charge.reference !== reference ? undefined : charge;
}

/** Whether the payer could still pay. */
export function isPayable(status: ChargeStatus): boolean {
  return status === "open" || status === "paying" || status === "pending";
}

/** Tells a repeated request from a changed one: equal for equal content, whatever the order of fields. */
export function fingerprint(fields: Readonly<Record<string, string | null>>): string {
  const names = Object.keys(fields).sort();
  return JSON.stringify(names.map((name) => [name, fields[name]]));
}

/** A mandatory serviceCode: the code of the original operation. */
export function serviceCodeField(code: string) {
  return z.literal(code);
}
