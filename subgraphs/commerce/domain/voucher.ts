/** Who bears what a voucher takes off. */
export type VoucherFunder = "PLATFORM" | "SELLER";

/** Money off, as long as it is valid and there are redemptions left. Amounts in minor units. */
export interface Voucher {
  readonly id: string;
  /** What buyers type, in upper case. */
  readonly code: string;
  readonly title: string;
  readonly funder: VoucherFunder;
  /** Off the lines of this shop, which is the funder of a seller's; null: off the whole cart. */
  readonly shopId: string | null;
  /** Hundredths of a per cent; null for a fixed sum. */
  readonly basisPoints: number | null;
  /** A fixed sum; null for a part. */
  readonly amountMinor: bigint | null;
  /** The most that it takes off; null without a bound. */
  readonly capMinor: bigint | null;
  readonly minimumSpendMinor: bigint;
  readonly currency: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly quota: number;
  /** How often it is reserved or used. */
  readonly redeemed: number;
  readonly maxPerBuyer: number;
  /** Another one when its terms changed. */
  readonly version: number;
}

/** A voucher in a cart, and the version of its terms that the buyer was shown. */
export interface CartVoucher {
  readonly voucher: Voucher;
  readonly shownVersion: number;
}

/** One use of a voucher. */
export interface VoucherRedemption {
  readonly id: string;
  readonly voucherId: string;
  readonly buyerId: string;
  readonly amountMinor: bigint;
}

/** What a redemption took off an order's line. */
export interface VoucherDiscount {
  readonly lineId: string;
  readonly redemptionId: string;
  readonly orderId: string;
  readonly funder: VoucherFunder;
  readonly amountMinor: bigint;
}

/** Vouchers in one transaction. Locked in the order of their ids, after flash sales and before stock. */
export interface VoucherStore {
  readonly findByCode: (code: string) => Promise<Voucher | null>;
  /** Locks vouchers: what is read of them and of their redemptions afterwards stays true until the transaction ends. */
  readonly lock: (voucherIds: readonly string[]) => Promise<Voucher[]>;
  /** How often the buyer has each; those without are left out. */
  readonly redeemedBy: (buyerId: string, voucherIds: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  /** Takes redemptions from the quotas. Needs the lock. */
  readonly reserve: (
    redemptions: readonly VoucherRedemption[],
    discounts: readonly VoucherDiscount[],
    at: Date,
  ) => Promise<void>;
  /** The payment came: its orders' reserved redemptions are used up. */
  readonly use: (paymentId: string, at: Date) => Promise<void>;
  /** Gives back what the payment's orders reserved. Locks. */
  readonly release: (paymentId: string, at: Date) => Promise<void>;
  /**
   * Gives back what a paid order that was cancelled, and not by its buyer, had used, once every order that it was split over
   * was so cancelled. Needs the lock of the order's payment. Locks.
   */
  readonly giveBack: (orderId: string, at: Date) => Promise<void>;
  /** Locks what the payment's orders gave back; answers one that cannot be had again, null when all can. */
  readonly releasedShortage: (paymentId: string) => Promise<Voucher | null>;
  /** One of those given back that is not valid at an instant; null when all are. Needs the lock. */
  readonly releasedExpired: (paymentId: string, at: Date) => Promise<Voucher | null>;
  /** Reserves what was given back again. Needs the lock. */
  readonly reserveAgain: (paymentId: string) => Promise<void>;
  /** What vouchers took off the order's lines. */
  readonly discountsOf: (orderId: string) => Promise<VoucherDiscount[]>;
}

/** Why a voucher cannot be redeemed at an instant by a buyer who has it `ofBuyer` times; null when it can. */
export function unavailabilityOf(
  voucher: Voucher,
  ofBuyer: number,
  at: Date,
): "expired" | "spent" | "spent-by-buyer" | null {
  const { startsAt, endsAt, quota, redeemed, maxPerBuyer } = voucher;
  if (at.getTime() < startsAt.getTime() || endsAt.getTime() <= at.getTime()) return "expired";
  if (ofBuyer >= maxPerBuyer) return "spent-by-buyer";
  return redeemed >= quota ? "spent" : null;
}

/** One of these that cannot be used together with the other: the platform has one for a checkout, each seller one for its order. */
export function stackingConflict(applied: readonly Voucher[], other: Voucher): Voucher | null {
  const isAlike = ({ id, funder, shopId }: Voucher): boolean =>
    id !== other.id && funder === other.funder && (funder === "PLATFORM" || shopId === other.shopId);
  return applied.find(isAlike) ?? null;
}

/** Whether a voucher is about a line. */
export function isAbout({ shopId }: Voucher, line: { readonly shopId: string }): boolean {
  return shopId === null || shopId === line.shopId;
}
