import { deterministicId } from "../../../platform/runtime/ids.ts";
import type { Row } from "./assortment.ts";

const defaults = {
  shop_id: null,
  basis_points: null,
  amount_minor: null,
  cap_minor: null,
  minimum_spend_minor: 0,
  currency: "IDR",
  redeemed: 0,
  version: 1,
  // For ten years, because a seed knows no start of the system.
  starts_at: new Date(Date.UTC(2026, 0, 1)).toISOString(),
  ends_at: new Date(Date.UTC(2036, 0, 1)).toISOString(),
};

/** A few vouchers of the platform, and one of each of the first shops. */
export function makeVouchers(): Row[] {
  const platform = [
    {
      code: "HEMAT10",
      title: "10 % off, at most Rp 50.000, from Rp 100.000",
      basis_points: 1_000,
      cap_minor: 50_000_00,
      minimum_spend_minor: 100_000_00,
      quota: 10_000,
      max_per_buyer: 5,
    },
    { code: "PERDANA", title: "Rp 15.000 off, once", amount_minor: 15_000_00, quota: 1_000, max_per_buyer: 1 },
  ].map((voucher) => ({ ...voucher, funder: "PLATFORM" }));
  const sellers = [0, 1, 2].map((n) => ({
    code: `TOKO${n + 1}`,
    title: "Rp 5.000 off in this shop, from Rp 50.000",
    funder: "SELLER",
    shop_id: deterministicId("shop", n),
    amount_minor: 5_000_00,
    minimum_spend_minor: 50_000_00,
    quota: 500,
    max_per_buyer: 2,
  }));
  return [...platform, ...sellers].map((voucher, n) => ({
    ...defaults,
    id: deterministicId("voucher", n),
    ...voucher,
  }));
}
