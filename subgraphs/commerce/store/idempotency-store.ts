import { z } from "zod";
import type { IdempotencyClaim, IdempotencyStore } from "../domain/ports.ts";
import type { TransactionClient } from "./client.ts";

const storedResult = z.record(z.string(), z.string());

/** Idempotency keys of one transaction. The unique row makes concurrent requests of one key wait for each other. */
export function createIdempotencyStore(client: TransactionClient): IdempotencyStore {
  async function claim(wanted: IdempotencyClaim) {
    const { buyerId, operation, key } = wanted;
    const inserted = await client.$executeRaw`
      INSERT INTO idempotency_key (buyer_id, operation, key, request_hash, result, created_at)
      VALUES (${buyerId}, ${operation}, ${key}, ${wanted.requestHash}, ${JSON.stringify(wanted.result)}::jsonb, ${wanted.at})
      ON CONFLICT DO NOTHING`;
    if (inserted === 1) return null;
    const row = await client.idempotencyKey.findUniqueOrThrow({
      where: { buyerId_operation_key: { buyerId, operation, key } },
    });
    return { requestHash: row.requestHash, result: storedResult.parse(row.result) };
  }
  async function forget({ buyerId, operation, key }: IdempotencyClaim): Promise<void> {
    await client.idempotencyKey.delete({ where: { buyerId_operation_key: { buyerId, operation, key } } });
  }
  return { claim, forget };
}
