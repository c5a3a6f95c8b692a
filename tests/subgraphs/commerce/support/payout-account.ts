import pg from "pg";
import type { TestDatabase } from "../../../support/databases.ts";

/** Gives a holder a bank account that is used at once, as the owner of the table does. */
export async function addPayoutAccount({ superuserUrl }: TestDatabase, holder: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    await client.query(
      "INSERT INTO payout_account (holder, bank_code, account_no, account_name) VALUES ($1, '950', '1234567890', 'Uji')",
      [holder],
    );
  } finally {
    await client.end();
  }
}
