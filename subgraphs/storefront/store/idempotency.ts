import { createHash } from "node:crypto";
import type { KeyClaim } from "../domain/ports.ts";
import type { Transaction } from "./transaction.ts";

/** SHA-256 of what makes a request this request: all that is kept of it. */
export function hashOf(claim: KeyClaim): Buffer<ArrayBuffer> {
  return createHash("sha256").update(JSON.stringify(claim.request)).digest();
}

/** What a key was used for: this very request (then with what it made), another one, or nothing yet. */
export type EarlierUse =
  | { readonly kind: "none" }
  | { readonly kind: "same"; readonly resultId: string }
  | { readonly kind: "other" };

/** Looks up what a claim's key was used for. */
export async function findEarlierUse(client: Pick<Transaction, "idempotency">, claim: KeyClaim): Promise<EarlierUse> {
  const { operation, key } = claim;
  const { subject } = claim.viewer;
  const earlier = await client.idempotency.findUnique({
    where: { subject_operation_key: { subject, operation, key } },
  });
  if (earlier === null) return { kind: "none" };
  return hashOf(claim).equals(earlier.requestHash) ? { kind: "same", resultId: earlier.resultId } : { kind: "other" };
}

/**
 * Claims a key for the thing `resultId` that this transaction makes; answers whether it was free. A second claim at the
 * same time waits for the first transaction to end. Keys are kept for good.
 */
export async function claimKey(
  transaction: Transaction,
  claim: KeyClaim,
  resultId: string,
  at: Date,
): Promise<boolean> {
  const { operation, key } = claim;
  const { subject } = claim.viewer;
  const { count } = await transaction.idempotency.createMany({
    data: { subject, operation, key, requestHash: hashOf(claim), resultId, createdAt: at },
    skipDuplicates: true,
  });
  return count === 1;
}
