import { type Result, refused, success } from "../../../../platform/values/result.ts";
import type { Cart } from "../cart.ts";
import { voucherEffects } from "../cart-pricing.ts";
import type { Transaction } from "../ports.ts";
import type { RedemptionRefusal, VoucherExpired, VoucherQuotaSpent } from "../refusals.ts";
import { unavailabilityOf, type Voucher } from "../voucher.ts";
import type { VoucherEffect } from "../voucher-pricing.ts";

/** Whether a buyer who has a voucher `ofBuyer` times can redeem it now; null: yes. */
export function availabilityRefusal(
  voucher: Voucher,
  ofBuyer: number,
  at: Date,
): VoucherExpired | VoucherQuotaSpent | null {
  const reason = unavailabilityOf(voucher, ofBuyer, at);
  if (reason === null) return null;
  if (reason === "expired") return { kind: "VoucherExpired", voucher };
  return { kind: "VoucherQuotaSpent", voucher, isOfBuyer: reason === "spent-by-buyer" };
}

/**
 * What the cart's vouchers take off, under their locks: until the transaction ends, each can be redeemed on these terms. A
 * voucher whose terms are not those that were shown is refused, and the cart has the new ones, under a new version.
 */
export async function agreeOnVouchers(
  tx: Transaction,
  cart: Cart,
  at: Date,
): Promise<Result<readonly VoucherEffect[], RedemptionRefusal>> {
  if (cart.vouchers.length === 0) return success([]);
  const ids = cart.vouchers.map(({ voucher }) => voucher.id);
  const locked = new Map((await tx.vouchers.lock(ids)).map((voucher) => [voucher.id, voucher]));
  const taken = await tx.vouchers.redeemedBy(cart.buyerId, ids);
  const vouchers = cart.vouchers.map((applied) => ({
    ...applied,
    voucher: locked.get(applied.voucher.id) ?? applied.voucher,
  }));
  for (const { voucher } of vouchers) {
    const refusal = availabilityRefusal(voucher, taken.get(voucher.id) ?? 0, at);
    if (refusal !== null) return refused(refusal);
  }
  const changed = vouchers.filter(({ voucher, shownVersion }) => voucher.version !== shownVersion);
  const [first] = changed;
  if (first !== undefined) {
    const renewed = await tx.carts.putVouchers(
      cart.buyerId,
      changed.map(({ voucher }) => voucher),
    );
    return refused({ kind: "VoucherChanged", voucher: first.voucher, cart: renewed });
  }
  const effects = voucherEffects({ ...cart, vouchers });
  const short = effects.find(({ missingMinor }) => missingMinor > 0n);
  if (short === undefined) return success(effects);
  return refused({ kind: "VoucherMinimumNotMet", voucher: short.voucher, missingMinor: short.missingMinor });
}
