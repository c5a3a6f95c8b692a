import type { NewId } from "../../../platform/values/ids.ts";
import { type ExceptionBook, firstOwners } from "../domain/money-exception.ts";
import { clientOf } from "./transactions.ts";

/** Differences in `money_exception`, in the caller's transaction. */
export function createExceptionBook(newId: NewId): ExceptionBook {
  return {
    open: async (tx, exception, at) => {
      const { provider, kind, reference, paymentId, expectedMinor, reportedMinor, currency, detail } = exception;
      await clientOf(tx).$executeRaw`
        INSERT INTO money_exception
          (id, provider, kind, reference, payment_id, expected_minor, reported_minor, currency, detail, owner, opened_at)
        VALUES (${newId()}::uuid, ${provider}, ${kind}, ${reference}, ${paymentId}::uuid, ${expectedMinor}::bigint,
          ${reportedMinor}::bigint, ${currency}, ${detail}, ${firstOwners[kind]}, ${at})
        ON CONFLICT (provider, kind, reference) WHERE closed_at IS NULL DO NOTHING`;
    },
    close: async (tx, name, resolution, at, closedBy = "reconciliation") => {
      await clientOf(tx).moneyException.updateMany({
        where: { ...name, closedAt: null },
        data: { closedAt: at, closedBy, resolution },
      });
    },
  };
}
