import type { Transactions } from "../ports.ts";
import type { CheckoutRefusal } from "./checkout.ts";

/** Why a checkout may have bought nothing. */
export type CheckoutRefusalKind = Exclude<CheckoutRefusal["kind"], "IdempotencyConflict" | "InvalidInput">;

/** What became of a checkout. `under-way`: it is being decided; `not-known`: none of this key has begun to be. */
export type FoundCheckout =
  | { readonly kind: "placed"; readonly paymentId: string }
  | { readonly kind: "refused"; readonly refusal: CheckoutRefusalKind; readonly at: Date }
  | { readonly kind: "under-way" }
  | { readonly kind: "not-known" };

/** Finds out what became of a buyer's checkout by its key, without doing anything. Another buyer's key is not known. */
export function findCheckout(transactions: Transactions, buyerId: string, key: string): Promise<FoundCheckout> {
  return transactions.runInTransaction(async (tx): Promise<FoundCheckout> => {
    const known = await tx.idempotency.look({ buyerId, operation: "checkout", key });
    switch (known.kind) {
      case "made":
        // The orders belong to the payment that took its place, if one did.
        return { kind: "placed", paymentId: await tx.payments.latestOf(known.result.paymentId ?? "") };
      case "refused":
        // Written by `checkout` alone.
        return { ...known, refusal: known.refusal as CheckoutRefusalKind };
      default:
        return known;
    }
  });
}
