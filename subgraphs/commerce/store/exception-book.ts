import type { MoneyException as Row } from "../../../prisma/commerce/client/client.ts";
import type { ExceptionBook } from "../domain/exception-book.ts";
import type { KeptException, MoneyExceptionKind } from "../domain/money-exception.ts";
import { clientOf } from "./transactions.ts";

function toKept({ closedBy: _by, closedLogin: _login, resolution: _how, kind, ...row }: Row): KeptException {
  return { ...row, kind: kind as MoneyExceptionKind };
}

/** What people do about differences in `money_exception`, in the caller's transaction. */
export function createExceptionBook(): ExceptionBook {
  return {
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
