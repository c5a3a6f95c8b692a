import type { NewId } from "../../../platform/values/ids.ts";
import type { OperatorActKind, OperatorBook } from "../domain/operator-act.ts";
import { clientOf } from "./transactions.ts";

/** Acts by hand in `operator_act`; time and login are the database's. */
export function createOperatorBook(newId: NewId): OperatorBook {
  return {
    append: async (tx, act) => {
      await clientOf(tx).operatorAct.create({ data: { id: newId(), ...act } });
    },
    hasAccount: async (tx, code) => (await clientOf(tx).ledgerAccount.count({ where: { code } })) > 0,
    about: async (tx, subjects) => {
      const where = { subject: { in: [...subjects] } };
      const rows = await clientOf(tx).operatorAct.findMany({ where, orderBy: [{ at: "asc" }, { id: "asc" }] });
      return rows.map(({ id: _id, kind, ...act }) => ({ ...act, kind: kind as OperatorActKind }));
    },
  };
}
