import { newId } from "../../../../platform/runtime/ids.ts";
import type { TestCommerce } from "./test-commerce.ts";

/** Makes a voucher of the platform over Rp 10.000, but for the columns given; answers its code. */
export async function makeVoucher(
  commerce: TestCommerce,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const code = `V-${newId().slice(-12).toUpperCase()}`;
  const row = {
    id: newId(),
    code,
    title: "a voucher",
    funder: "PLATFORM",
    shop_id: null,
    basis_points: null,
    amount_minor: changes.basis_points === undefined ? 10_000_00 : null,
    cap_minor: null,
    minimum_spend_minor: 0,
    currency: "IDR",
    quota: 100,
    redeemed: 0,
    max_per_buyer: 10,
    starts_at: "2026-01-01Z",
    ends_at: "2036-01-01Z",
    version: 1,
    ...changes,
  };
  const insert = "INSERT INTO voucher SELECT * FROM json_populate_record(NULL::voucher, $1)";
  await commerce.parts.database.pool.query(insert, [JSON.stringify(row)]);
  return code;
}

/** An amount of the API in minor units. */
export function minor({ amount }: { readonly amount: string }): bigint {
  return BigInt(amount.replace(".", ""));
}
