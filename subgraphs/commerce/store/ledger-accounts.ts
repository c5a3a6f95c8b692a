import type { NewId } from "../../../platform/values/ids.ts";
import type { TransactionClient } from "./client.ts";

/** An account as it is named outside of the database. */
export interface AccountName {
  readonly account: string;
  readonly currency: string;
}

/** Finds accounts and opens those that are not there; answers the id by name. */
export type OpenAccounts = (names: readonly AccountName[]) => Promise<(name: AccountName) => string>;

function keyOf({ account, currency }: AccountName): string {
  return `${account} ${currency}`;
}

/** Accounts of one transaction. */
export function createOpenAccounts(client: TransactionClient, newId: NewId): OpenAccounts {
  async function find(codes: readonly string[]): Promise<Map<string, string>> {
    const rows = await client.ledgerAccount.findMany({ where: { code: { in: [...codes] } } });
    return new Map(rows.map((row) => [keyOf({ account: row.code, currency: row.currency }), row.id]));
  }
  async function open(names: readonly AccountName[]): Promise<Map<string, string>> {
    // Inserted in the order of their codes, so that two transactions that open the same accounts do not deadlock.
    const wanted = [...new Map(names.map((name) => [keyOf(name), name])).values()];
    wanted.sort((one, other) => (one.account < other.account ? -1 : 1));
    const codes = wanted.map((name) => name.account);
    const currencies = wanted.map((name) => name.currency);
    const known = await find(codes);
    if (wanted.every((name) => known.has(keyOf(name)))) return known;
    await client.$executeRaw`
      INSERT INTO ledger_account (id, code, currency)
      SELECT * FROM unnest(${wanted.map(() => newId())}::uuid[], ${codes}::text[], ${currencies}::text[])
      ON CONFLICT DO NOTHING`;
    return find(codes);
  }
  return async (names) => {
    const ids = await open(names);
    return (name) => {
      const id = ids.get(keyOf(name));
      if (id === undefined) throw new Error(`the ledger account ${keyOf(name)} was not opened`);
      return id;
    };
  };
}
