import { deterministicId } from "../../../platform/runtime/ids.ts";
import { type Row, scales } from "./assortment.ts";
import { chance } from "./chance.ts";

// Made up: 950 is the sandbox's Bank Cendana, the others are banks that it transfers to.
const banks = ["950", "950", "951", "952"];

function accountNo(what: string, n: number): string {
  return String(1_000_000_000 + chance(what, n, 9_000_000));
}

/** Bank accounts of the seeded shops, of the content organisation and of the sandbox's couriers, on which they are paid. */
export function makePayoutAccounts(scale: keyof typeof scales): Row[] {
  const shops = Array.from({ length: scales[scale].shops }, (_, n) => ({
    holder: `seller:${deterministicId("shop", n)}`,
    bank_code: banks[n % banks.length],
    account_no: accountNo("payout account", n),
    account_name: `Toko ${n + 1}`,
  }));
  const affiliate = {
    holder: "affiliate:storefront",
    bank_code: "951",
    account_no: "1000000001",
    account_name: "Etalase",
  };
  const couriers = ["lintas-kurir", "rantau-ekspres"].map((courier, n) => ({
    holder: `courier:${courier}`,
    bank_code: "950",
    account_no: `200000000${n + 1}`,
    account_name: courier,
  }));
  return [...shops, affiliate, ...couriers];
}
