/** What kind of account it is: which sign its balance normally has, and on which side of the books it stands. */
export type AccountClass = "asset" | "liability" | "income" | "expense";

// By the part of the code before the colon. Assets and expenses are normally debits (above zero), the others credits.
const chart: Readonly<Record<string, { readonly class: AccountClass; readonly isPerOwner: boolean }>> = {
  provider_clearing: { class: "asset", isPerOwner: true },
  bank: { class: "asset", isPerOwner: true },
  seller_receivable: { class: "asset", isPerOwner: true },
  courier_receivable: { class: "asset", isPerOwner: true },
  mdr_expense: { class: "expense", isPerOwner: false },
  vat_on_fees: { class: "asset", isPerOwner: false },
  fee_suspense: { class: "asset", isPerOwner: true },
  write_off: { class: "expense", isPerOwner: false },
  shipping_expense: { class: "expense", isPerOwner: false },
  promo_subsidy: { class: "expense", isPerOwner: true },
  buyer_escrow: { class: "liability", isPerOwner: true },
  seller_payable: { class: "liability", isPerOwner: true },
  courier_payable: { class: "liability", isPerOwner: true },
  supplier_payable: { class: "liability", isPerOwner: true },
  affiliate_payable: { class: "liability", isPerOwner: true },
  ppn_payable: { class: "liability", isPerOwner: false },
  refund_payable: { class: "liability", isPerOwner: false },
  suspense: { class: "liability", isPerOwner: true },
  platform_revenue: { class: "income", isPerOwner: false },
};

/** The class of an account by its code, as `buyer_escrow:<order id>`; null for a code that the chart has not. */
export function classOf(account: string): AccountClass | null {
  const [name = "", ...owner] = account.split(":");
  const entry = chart[name];
  if (entry === undefined || entry.isPerOwner !== owner.join(":").length > 0) return null;
  return entry.class;
}
