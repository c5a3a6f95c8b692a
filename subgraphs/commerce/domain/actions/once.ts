import { type Result, refused, success } from "../../../../platform/values/result.ts";
import type { IdempotencyClaim, IdempotencyResult, Transaction, Transactions } from "../ports.ts";
import type { IdempotencyConflict } from "../refusals.ts";

/**
 * Does work once for each key, in one transaction: the same request again is answered by `replay` from what the first one made,
 * another request under the key is a conflict. A refusal leaves the key free: what refuses must not have written anything.
 */
export function doOnce<Value, Refusal>(
  transactions: Transactions,
  claim: IdempotencyClaim,
  replay: (earlier: IdempotencyResult) => Value,
  work: (tx: Transaction) => Promise<Result<Value, Refusal>>,
): Promise<Result<Value, Refusal | IdempotencyConflict>> {
  return transactions.runInTransaction(async (tx): Promise<Result<Value, Refusal | IdempotencyConflict>> => {
    const earlier = await tx.idempotency.claim(claim);
    if (earlier !== null) {
      if (earlier.requestHash !== claim.requestHash) return refused({ kind: "IdempotencyConflict" });
      return success(replay(earlier.result));
    }
    const result = await work(tx);
    if (!result.ok) await tx.idempotency.forget(claim);
    return result;
  });
}
