import type { NewId } from "../../../platform/values/ids.ts";
import { type ExceptionStore, firstOwners } from "../domain/money-exception.ts";
import type { TransactionClient } from "./client.ts";

/** Differences of one transaction, in `money_exception`. */
export function createExceptionStore(client: TransactionClient, newId: NewId): ExceptionStore {
  return {
    open: async (exception, at) => {
      const { provider, kind, reference, paymentId, expectedMinor, reportedMinor, currency, detail } = exception;
      await client.$executeRaw`
        INSERT INTO money_exception
          (id, provider, kind, reference, payment_id, expected_minor, reported_minor, currency, detail, owner, opened_at)
        VALUES (${newId()}::uuid, ${provider}, ${kind}, ${reference}, ${paymentId}::uuid, ${expectedMinor}::bigint,
          ${reportedMinor}::bigint, ${currency}, ${detail}, ${firstOwners[kind]}, ${at})
        ON CONFLICT (provider, kind, reference) WHERE closed_at IS NULL DO NOTHING`;
    },
    close: async ({ provider, kind, reference }, resolution) => {
      await client.$queryRaw`SELECT settle_money_exception(${provider}, ${kind}, ${reference}, ${resolution})`;
    },
  };
}
