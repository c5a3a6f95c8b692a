import type { NewId } from "../../../platform/values/ids.ts";
import type { MoneyException as Row } from "../../../prisma/commerce/client/client.ts";
import {
  type ExceptionBook,
  firstOwners,
  type KeptException,
  type MoneyExceptionKind,
} from "../domain/money-exception.ts";
import { clientOf } from "./transactions.ts";

function toKept({ closedBy: _by, closedLogin: _login, resolution: _how, kind, ...row }: Row): KeptException {
  return { ...row, kind: kind as MoneyExceptionKind };
}

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
    close: async (tx, { provider, kind, reference }, resolution) => {
      await clientOf(tx).$queryRaw`SELECT settle_money_exception(${provider}, ${kind}, ${reference}, ${resolution})`;
    },
    openOnes: async (tx, most) => {
      const order = { orderBy: [{ openedAt: "asc" as const }, { id: "asc" as const }], take: most };
      return (await clientOf(tx).moneyException.findMany({ where: { closedAt: null }, ...order })).map(toKept);
    },
    lock: async (tx, exceptionId) => {
      await clientOf(tx).$queryRaw`SELECT 1 FROM money_exception WHERE id = ${exceptionId}::uuid FOR UPDATE`;
      const row = await clientOf(tx).moneyException.findUnique({ where: { id: exceptionId } });
      return row === null ? null : toKept(row);
    },
    findOpen: async (tx, name) => {
      const row = await clientOf(tx).moneyException.findFirst({ where: { ...name, closedAt: null } });
      return row === null ? null : toKept(row);
    },
    assign: async (tx, exceptionId, owner) => {
      await clientOf(tx).moneyException.update({ where: { id: exceptionId }, data: { owner } });
    },
    closeByHand: async (tx, exceptionId, { actor, secondPerson }, resolution, transactionId) => {
      const rows = await clientOf(tx).$queryRaw<{ isClosed: boolean }[]>`
        SELECT close_money_exception(${exceptionId}::uuid, ${actor}, ${secondPerson}, ${resolution}, ${transactionId}) AS "isClosed"`;
      return rows[0]?.isClosed === true;
    },
  };
}
