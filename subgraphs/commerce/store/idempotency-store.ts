import { z } from "zod";
import type { IdempotencyClaim, IdempotencyStore } from "../domain/ports.ts";
import type { TransactionClient } from "./client.ts";

const storedResult = z.record(z.string(), z.string());

type Name = Pick<IdempotencyClaim, "buyerId" | "operation" | "key">;

function nameOf({ buyerId, operation, key }: Name): Name {
  return { buyerId, operation, key };
}

function lockName({ buyerId, operation, key }: Name): string {
  return `idempotency ${operation} ${buyerId} ${key}`;
}

/**
 * Idempotency keys of one transaction. The unique row makes concurrent requests of one key wait for each other; the advisory
 * lock, held as long, tells those who only look that a key is claimed by a transaction that they cannot see into.
 */
export function createIdempotencyStore(client: TransactionClient): IdempotencyStore {
  async function claim(wanted: IdempotencyClaim) {
    const { buyerId, operation, key } = wanted;
    const inserted = await client.$executeRaw`
      INSERT INTO idempotency_key (buyer_id, operation, key, request_hash, result, created_at)
      SELECT ${buyerId}, ${operation}, ${key}, ${wanted.requestHash}, ${JSON.stringify(wanted.result)}::jsonb, ${wanted.at}
      FROM (SELECT pg_advisory_xact_lock(hashtextextended(${lockName(wanted)}, 0))) AS held
      ON CONFLICT DO NOTHING`;
    if (inserted === 1) return null;
    const row = await client.idempotencyKey.findUniqueOrThrow({ where: { buyerId_operation_key: nameOf(wanted) } });
    return { requestHash: row.requestHash, result: storedResult.parse(row.result) };
  }
  async function forget(claimed: IdempotencyClaim): Promise<void> {
    await client.idempotencyKey.delete({ where: { buyerId_operation_key: nameOf(claimed) } });
  }
  async function made(name: Name) {
    const row = await client.idempotencyKey.findUnique({ where: { buyerId_operation_key: nameOf(name) } });
    return row === null ? null : ({ kind: "made", result: storedResult.parse(row.result) } as const);
  }
  return {
    claim,
    forget,
    forgetRefused: async (claimed, refusal) => {
      await forget(claimed);
      const { at } = claimed;
      await client.refusedRequest.upsert({
        where: { buyerId_operation_key: nameOf(claimed) },
        create: { ...nameOf(claimed), refusal, at },
        update: { refusal, at },
      });
    },
    look: async (name) => {
      const before = await made(name);
      if (before !== null) return before;
      const [held] = await client.$queryRaw<{ isFree: boolean }[]>`
        SELECT pg_try_advisory_xact_lock_shared(hashtextextended(${lockName(name)}, 0)) AS "isFree"`;
      if (held?.isFree !== true) return { kind: "under-way" };
      // Who had it may have ended between the two: only now does nobody change it.
      const now = await made(name);
      if (now !== null) return now;
      const refused = await client.refusedRequest.findUnique({ where: { buyerId_operation_key: nameOf(name) } });
      return refused === null ? { kind: "not-known" } : { kind: "refused", refusal: refused.refusal, at: refused.at };
    },
  };
}
