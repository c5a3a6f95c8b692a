import { createHash } from "node:crypto";
import type { KeyClaim } from "../domain/ports.ts";
import type { Transaction } from "./transaction.ts";

/** Whether a key is new, was used for this very request (then with its result), or for another. */
export type ClaimOutcome =
  | { readonly kind: "new" }
  | { readonly kind: "replay"; readonly resultId: string }
  | { readonly kind: "conflict" };

/**
 * Claims an idempotency key for the thing `resultId` that this transaction makes. A second claim at the same time waits
 * for the first transaction to end. Keys are kept forever; only the SHA-256 of the request is.
 */
export async function claimKey(
  transaction: Transaction,
  claim: KeyClaim,
  resultId: string,
  at: Date,
): Promise<ClaimOutcome> {
  const { operation, key } = claim;
  const { subject } = claim.viewer;
  const requestHash = createHash("sha256").update(JSON.stringify(claim.request)).digest();
  const { count } = await transaction.idempotency.createMany({
    data: { subject, operation, key, requestHash, resultId, createdAt: at },
    skipDuplicates: true,
  });
  if (count === 1) return { kind: "new" };
  const earlier = await transaction.idempotency.findUniqueOrThrow({
    where: { subject_operation_key: { subject, operation, key } },
  });
  return requestHash.equals(earlier.requestHash)
    ? { kind: "replay", resultId: earlier.resultId }
    : { kind: "conflict" };
}
