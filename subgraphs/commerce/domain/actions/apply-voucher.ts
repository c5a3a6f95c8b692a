import { type Result, refused, success } from "../../../../platform/values/result.ts";
import type { Cart } from "../cart.ts";
import { voucherEffects } from "../cart-pricing.ts";
import {
  type InvalidInput,
  invalidInput,
  type TooManyAttempts,
  type VoucherExpired,
  type VoucherMinimumNotMet,
  type VoucherNotFound,
  type VoucherNotStackable,
  type VoucherQuotaSpent,
} from "../refusals.ts";
import { stackingConflict } from "../voucher.ts";
import type { Buying } from "./buying.ts";
import { countAttempt } from "./count-attempt.ts";
import { availabilityRefusal } from "./redeem-vouchers.ts";

/** Why a voucher was not put into the cart. */
export type ApplyVoucherRefusal =
  | InvalidInput
  | TooManyAttempts
  | VoucherNotFound
  | VoucherExpired
  | VoucherNotStackable
  | VoucherMinimumNotMet
  | VoucherQuotaSpent;

const longestCode = 32;

function readCode(code: string): string | null {
  const read = code.trim().toUpperCase();
  return read.length >= 1 && read.length <= longestCode ? read : null;
}

/**
 * Puts a voucher into the buyer's cart, on its present terms. It is redeemed by checkout; until then nothing is reserved. One that
 * cannot be used now is told from one that does not exist only to who has it in the cart or used it before: else its code could be
 * found by trying.
 */
export async function applyVoucher(
  { transactions, clock }: Buying,
  buyerId: string,
  typed: string,
): Promise<Result<Cart, ApplyVoucherRefusal>> {
  const code = readCode(typed);
  if (code === null) return refused(invalidInput("input.code", `1 to ${longestCode} characters`));
  const tooMany = await countAttempt(transactions, buyerId, "applyVoucher", clock());
  if (tooMany !== null) return refused(tooMany);
  return transactions.runInTransaction(async (tx): Promise<Result<Cart, ApplyVoucherRefusal>> => {
    const cart = await tx.carts.lock(buyerId);
    const voucher = await tx.vouchers.findByCode(code);
    if (voucher === null) return refused({ kind: "VoucherNotFound" });
    const taken = (await tx.vouchers.redeemedBy(buyerId, [voucher.id])).get(voucher.id) ?? 0;
    const unavailable = availabilityRefusal(voucher, taken, clock());
    const present = cart.vouchers.map((applied) => applied.voucher);
    const isHeld = taken > 0 || present.some(({ id }) => id === voucher.id);
    if (unavailable !== null) return refused(isHeld ? unavailable : { kind: "VoucherNotFound" });
    const other = stackingConflict(present, voucher);
    if (other !== null) return refused({ kind: "VoucherNotStackable", voucher, other });
    const [effect] = voucherEffects({ ...cart, vouchers: [{ voucher, shownVersion: voucher.version }] });
    if (effect !== undefined && effect.missingMinor > 0n) {
      return refused({ kind: "VoucherMinimumNotMet", voucher, missingMinor: effect.missingMinor });
    }
    const known = cart.vouchers.find((applied) => applied.voucher.id === voucher.id);
    if (known?.shownVersion === voucher.version) return success(cart);
    return success(await tx.carts.putVouchers(buyerId, [voucher]));
  });
}

/** Takes a voucher out of the buyer's cart. */
export async function removeVoucher(
  { transactions }: Buying,
  buyerId: string,
  typed: string,
): Promise<Result<Cart, VoucherNotFound>> {
  const code = readCode(typed);
  return transactions.runInTransaction(async (tx): Promise<Result<Cart, VoucherNotFound>> => {
    const cart = await tx.carts.lock(buyerId);
    const applied = cart.vouchers.find(({ voucher }) => voucher.code === code);
    if (applied === undefined) return refused({ kind: "VoucherNotFound" });
    return success(await tx.carts.removeVouchers(buyerId, [applied.voucher.id]));
  });
}
