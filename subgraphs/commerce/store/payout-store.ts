import type { Payout as PayoutRow } from "../../../prisma/commerce/client/client.ts";
import type { Payout, PayoutAccount, PayoutStore } from "../domain/payout.ts";
import type { TransactionClient } from "./client.ts";

function toPayout(row: PayoutRow): Payout {
  const { id, holder, batch, status, createdAt, amountMinor, currency, bankCode, accountNo, accountName } = row;
  const account = { bankCode, accountNo, accountName };
  return { id, holder, batch, status, amount: { amountMinor, currency }, account, createdAt };
}

/** Payouts of one transaction. */
export function createPayoutStore(client: TransactionClient): PayoutStore {
  return {
    holdersAfter: async (after, most) => {
      const rows = await client.$queryRaw<{ holder: string }[]>`
        SELECT DISTINCT holder FROM payout_account WHERE holder > ${after} AND usable_from <= now()
        ORDER BY holder LIMIT ${most}::int`;
      return rows.map((row) => row.holder);
    },
    accountOf: async (holder) => {
      // By the database's clock: it stamped the accounts.
      const rows = await client.$queryRaw<PayoutAccount[]>`
        SELECT bank_code AS "bankCode", account_no AS "accountNo", account_name AS "accountName" FROM payout_account
        WHERE holder = ${holder} AND usable_from <= now() ORDER BY registered_at DESC, id DESC LIMIT 1`;
      return rows[0] ?? null;
    },
    load: async (id) => {
      const row = await client.payout.findUnique({ where: { id } });
      return row === null ? null : toPayout(row);
    },
    find: async (holder, batch) => {
      const row = await client.payout.findUnique({ where: { holder_batch: { holder, batch } } });
      return row === null ? null : toPayout(row);
    },
    openAfter: async (after, most) => {
      // In these words, so that the planner knows the index of the few that are open.
      const open = await client.$queryRaw<{ readonly id: string }[]>`
        SELECT id FROM payout WHERE status IN ('REQUESTED', 'UNKNOWN') AND (${after}::uuid IS NULL OR id > ${after}::uuid)
        ORDER BY id LIMIT ${most}`;
      const rows = await client.payout.findMany({
        where: { id: { in: open.map(({ id }) => id) } },
        orderBy: { id: "asc" },
      });
      return rows.map(toPayout);
    },
    markSent: async (id, at) => {
      const isOpen = { id, status: { in: ["REQUESTED" as const, "UNKNOWN" as const] } };
      const first = await client.payout.updateMany({
        where: { ...isOpen, firstSentAt: null },
        data: { firstSentAt: at, sends: 1 },
      });
      if (first.count === 1) return "first";
      const again = await client.payout.updateMany({ where: isOpen, data: { sends: { increment: 1 } } });
      return again.count === 1 ? "again" : "over";
    },
    insert: async ({ amount, account, ...payout }) => {
      await client.payout.create({ data: { ...payout, ...amount, ...account } });
    },
    refuse: async (id, reason, at) => {
      const isOpen = { id, status: { in: ["REQUESTED" as const, "UNKNOWN" as const] } };
      const { count } = await client.payout.updateMany({
        where: { ...isOpen, sends: { lte: 1 } },
        data: { status: "FAILED", providerReference: null, reason, settledAt: at },
      });
      if (count === 1) return "refused";
      return (await client.payout.count({ where: isOpen })) === 1 ? "sent-again" : "over";
    },
    settle: async (id, status, detail, at) => {
      const { count } = await client.payout.updateMany({
        where: { id, status: { in: ["REQUESTED", "UNKNOWN"] } },
        data: { status, ...detail, settledAt: status === "UNKNOWN" ? null : at },
      });
      return count === 1;
    },
  };
}
