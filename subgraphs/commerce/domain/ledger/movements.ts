import type { Money } from "../../../../platform/values/money.ts";
import { credit, debit, type LedgerEntry, type LedgerTransaction, transactionOf } from "./transaction.ts";

/** Accounts by code; `chart.ts` has their classes. Source: docs/decisions on the ledger. */
export const accounts = {
  /** Money that a provider took for us and has not settled yet. */
  providerClearing: (provider: string): string => `provider_clearing:${provider}`,
  /** What a buyer paid for an order, until the shop is owed it. */
  buyerEscrow: (orderId: string): string => `buyer_escrow:${orderId}`,
  /** Money that came in and belongs to nothing yet. */
  suspense: (provider: string): string => `suspense:${provider}`,
  /** Money that is to be sent back. */
  refundPayable: "refund_payable",
  /** Our account at the bank, to which providers settle and from which payouts are made. */
  bankEscrow: "bank:escrow",
  /** What providers keep for their service. */
  mdrExpense: "mdr_expense",
  /** What a funder gives to make something cheaper. */
  promoSubsidy: (funder: string): string => `promo_subsidy:${funder}`,
  /** What a shop is owed. */
  sellerPayable: (shopId: string): string => `seller_payable:${shopId}`,
  /** What a shop owes, because an order that it was paid for was refunded. */
  sellerReceivable: (shopId: string): string => `seller_receivable:${shopId}`,
  /** What a courier is owed for parcels that it carried. */
  courierPayable: (courier: string): string => `courier_payable:${courier}`,
  /** What a courier owes, because it was paid for a parcel that it called off, lost or billed at less. */
  courierReceivable: (courier: string): string => `courier_receivable:${courier}`,
  /** What carrying costs the platform, where a buyer got the fee back and the courier is owed it all the same. */
  shippingExpense: "shipping_expense",
  /** What a content organisation is owed for sales that its content brought. */
  affiliatePayable: (organisation: string): string => `affiliate_payable:${organisation}`,
  /** Value-added tax that is owed to the state. */
  ppnPayable: "ppn_payable",
  /** What a provider kept beyond the fee that is agreed, until a person decides; below zero: it kept less. */
  feeSuspense: (provider: string): string => `fee_suspense:${provider}`,
  /** What a person gave up as lost; below zero: what nobody claimed. */
  writeOff: "write_off",
  /** What the platform earned. */
  platformRevenue: "platform_revenue",
  /** Value added tax on what they keep. */
  vatOnFees: "vat_on_fees",
} as const;

/** Names a charge by the provider's reference of it: the cause of what is posted for it outside of orders. */
export function chargeCause(provider: string, reference: string): string {
  return `${provider}:${reference}`;
}

/** A part of a captured or honoured sum: what one order is paid. */
export interface EscrowShare {
  readonly orderId: string;
  readonly amount: Money;
}

/** A provider took the money for an order in time. One transaction an order; the order is the cause. */
export function capture(provider: string, share: EscrowShare): LedgerTransaction {
  return transactionOf("capture", share.orderId, [
    debit(accounts.providerClearing(provider), share.amount),
    credit(accounts.buyerEscrow(share.orderId), share.amount),
  ]);
}

/** A provider took money that belongs to no payable payment: too late, twice, or another sum. `cause` names the charge. */
export function lateMoney(provider: string, cause: string, amount: Money): LedgerTransaction {
  return transactionOf("late-money", cause, [
    debit(accounts.providerClearing(provider), amount),
    credit(accounts.suspense(provider), amount),
  ]);
}

/** A provider says that it took money for a reference that we do not know; only its word says so. `cause` names the charge. */
export function unclaimedMoney(provider: string, cause: string, amount: Money): LedgerTransaction {
  return transactionOf("unclaimed-money", cause, [
    debit(accounts.providerClearing(provider), amount),
    credit(accounts.suspense(provider), amount),
  ]);
}

/** What was posted as `kind` under `cause` is taken back, because the charge is booked as what it really is. */
export function outOfSuspense(
  provider: string,
  kind: "late-money" | "unclaimed-money",
  cause: string,
  amount: Money,
): LedgerTransaction {
  return transactionOf("out-of-suspense", `${kind} ${cause}`, [
    debit(accounts.suspense(provider), amount),
    credit(accounts.providerClearing(provider), amount),
  ]);
}

/** Late money pays for an order after all. The order is the cause. */
export function honour(provider: string, share: EscrowShare): LedgerTransaction {
  return transactionOf("honour", share.orderId, [
    debit(accounts.suspense(provider), share.amount),
    credit(accounts.buyerEscrow(share.orderId), share.amount),
  ]);
}

/** Late money will be sent back. `cause` is that of the late money. */
export function refundOwed(provider: string, cause: string, amount: Money): LedgerTransaction {
  return transactionOf("refund-owed", cause, [
    debit(accounts.suspense(provider), amount),
    credit(accounts.refundPayable, amount),
  ]);
}

/** The provider sent it back. `cause` is that of the late money. */
export function refundPaid(provider: string, cause: string, amount: Money): LedgerTransaction {
  return transactionOf("refund-paid", cause, [
    debit(accounts.refundPayable, amount),
    credit(accounts.providerClearing(provider), amount),
  ]);
}

/** Money of an order will be sent back. `from` says who bears it: entries that sum to `amount`. The refund is the cause. */
export function refundRequested(refundId: string, from: readonly LedgerEntry[], amount: Money): LedgerTransaction {
  return transactionOf("refund-requested", refundId, [...from, credit(accounts.refundPayable, amount)]);
}

/** The provider sent it back. The refund is the cause. */
export function refundSent(provider: string, refundId: string, amount: Money): LedgerTransaction {
  return transactionOf("refund-sent", refundId, [
    debit(accounts.refundPayable, amount),
    credit(accounts.providerClearing(provider), amount),
  ]);
}

/** A courier is owed a fee that the buyer got back, in whole or in part: the platform bears it. The order is the cause. */
export function shippingBorne(orderId: string, courier: string, amount: Money): LedgerTransaction {
  return transactionOf("shipping-borne", orderId, [
    debit(accounts.shippingExpense, amount),
    credit(accounts.courierPayable(courier), amount),
  ]);
}

/** Names a parcel by its courier's number of it: the cause of what the courier's bill changes. */
export function parcelCause(courier: string, waybill: string): string {
  return `${courier}:${waybill}`;
}

/**
 * A courier bills another fee than the buyer paid; the platform bears what is more, and keeps what is less: the courier, which
 * may have been paid already, owes that.
 */
export function courierBilled(courier: string, waybill: string, more: Money): LedgerTransaction {
  const account = more.amountMinor > 0n ? accounts.courierPayable(courier) : accounts.courierReceivable(courier);
  return transactionOf("courier-bill", parcelCause(courier, waybill), [
    debit(accounts.shippingExpense, more),
    credit(account, more),
  ]);
}

/** To whom a fee goes that a courier does not earn after all. Minor units; below zero: the platform gives up what it kept. */
export interface CarriageParts {
  readonly shopId: string;
  readonly shopMinor: bigint;
  readonly platformMinor: bigint;
}

/** A courier called a parcel off, or lost it, after it was given its fee: it owes that. The order is the cause. */
export function carriageReversed(
  orderId: string,
  courier: string,
  { shopId, shopMinor, platformMinor }: CarriageParts,
  currency: string,
): LedgerTransaction {
  const entries: LedgerEntry[] = [
    { account: accounts.courierReceivable(courier), amountMinor: shopMinor + platformMinor, currency },
    { account: accounts.sellerPayable(shopId), amountMinor: -shopMinor, currency },
    { account: accounts.shippingExpense, amountMinor: -platformMinor, currency },
  ];
  return transactionOf(
    "carriage-reversed",
    orderId,
    entries.filter(({ amountMinor }) => amountMinor !== 0n),
  );
}

/** A lost parcel of a completed order was found: its courier is owed the fee, the platform bears it. The order is the cause. */
export function carriageRestored(orderId: string, courier: string, amount: Money): LedgerTransaction {
  return transactionOf("carriage-restored", orderId, [
    debit(accounts.shippingExpense, amount),
    credit(accounts.courierPayable(courier), amount),
  ]);
}

/** What a provider pays out for one movement, in minor units: `gross` is below zero for money that it sent back. */
export interface Settled {
  readonly grossMinor: bigint;
  readonly feeMinor: bigint;
  readonly vatMinor: bigint;
  /** What it kept beyond fee and tax as they are agreed; below zero: less. */
  readonly disputedMinor: bigint;
  readonly currency: string;
}

/**
 * A provider has settled a movement: it arrives at our bank less the fee and its tax, and less what it kept beyond them, which
 * is put aside. `cause` names the movement.
 */
export function settlement(provider: string, cause: string, settled: Settled): LedgerTransaction {
  const { grossMinor, feeMinor, vatMinor, disputedMinor, currency } = settled;
  const entries: LedgerEntry[] = [
    { account: accounts.bankEscrow, amountMinor: grossMinor - feeMinor - vatMinor - disputedMinor, currency },
    { account: accounts.feeSuspense(provider), amountMinor: disputedMinor, currency },
    { account: accounts.mdrExpense, amountMinor: feeMinor, currency },
    { account: accounts.vatOnFees, amountMinor: vatMinor, currency },
    { account: accounts.providerClearing(provider), amountMinor: -grossMinor, currency },
  ];
  return transactionOf(
    "settlement",
    cause,
    entries.filter(({ amountMinor }) => amountMinor !== 0n),
  );
}

/** A person sent the money back from our bank, because no call of the provider's does. The refund is the cause. */
export function refundByHand(refundId: string, amount: Money): LedgerTransaction {
  return transactionOf("refund-by-hand", refundId, [
    debit(accounts.refundPayable, amount),
    credit(accounts.bankEscrow, amount),
  ]);
}

/** Two people moved money between two accounts, for a reason that stands beside it. `key` is theirs: the same key posts once. */
export function correction(key: string, debited: string, credited: string, amount: Money): LedgerTransaction {
  return transactionOf("correction", key, [debit(debited, amount), credit(credited, amount)]);
}

/** What stands open in an account is given up; a debit balance is above zero. The difference that it ends is the cause. */
export function writeOff(exceptionId: string, from: string, to: string, amount: Money): LedgerTransaction {
  return transactionOf("write-off", exceptionId, [debit(to, amount), credit(from, amount)]);
}
