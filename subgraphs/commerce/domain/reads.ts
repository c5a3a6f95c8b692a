import type { Page, PageRequest } from "../../../platform/values/page.ts";
import type { Address } from "./address.ts";
import type { BoughtOrder } from "./bought-order.ts";
import type { Cart } from "./cart.ts";
import type { District, Product, Shop, Variant } from "./catalogue.ts";
import type { FlashSaleReads } from "./flash-sale.ts";
import type { OrderEvent } from "./fulfilment.ts";
import type { OrderLine } from "./order.ts";
import type { Payment } from "./payment.ts";
import type { ProductSearch } from "./product-search.ts";
import type { TrackedShipment } from "./shipping/shipment.ts";
import type { StockLevel } from "./stock.ts";

/** What anybody may read. Lists of ids answer what exists, in no order; each call is one statement whatever its size. */
export interface CatalogueReads extends FlashSaleReads, ProductSearch {
  readonly productsByIds: (ids: readonly string[]) => Promise<Product[]>;
  readonly shopsByIds: (ids: readonly string[]) => Promise<Shop[]>;
  readonly districtsByCodes: (codes: readonly string[]) => Promise<District[]>;
  readonly variantsByIds: (ids: readonly string[]) => Promise<Variant[]>;
  /** All variants of the products, in each shop's order. */
  readonly variantsByProducts: (productIds: readonly string[]) => Promise<Variant[]>;
  readonly stockByVariants: (variantIds: readonly string[]) => Promise<StockLevel[]>;
  /** Products with a variant that is sold, newest first. */
  readonly productPage: (page: PageRequest) => Promise<Page<Product>>;
  /** The same page of each shop, in the order of the shops. */
  readonly productPagesByShops: (shopIds: readonly string[], page: PageRequest) => Promise<Page<Product>[]>;
  /** Districts that have each of the words in their name, regency or province, by name. */
  readonly searchDistricts: (words: readonly string[], first: number) => Promise<District[]>;
}

/** What a buyer may read of their own; `buyerId` is part of every statement. Orders come with their payment in one statement. */
export interface BuyerReads {
  readonly cart: (buyerId: string) => Promise<Cart>;
  readonly addresses: (buyerId: string) => Promise<Address[]>;
  readonly ordersByIds: (buyerId: string, ids: readonly string[]) => Promise<BoughtOrder[]>;
  /** Orders of the payments, in the order of each cart. */
  readonly ordersByPayments: (buyerId: string, paymentIds: readonly string[]) => Promise<BoughtOrder[]>;
  readonly orderPage: (buyerId: string, page: PageRequest) => Promise<Page<BoughtOrder>>;
  /** Lines of the orders, in the order of each cart. */
  readonly linesByOrders: (buyerId: string, orderIds: readonly string[]) => Promise<OrderLine[]>;
  /** What happened to the orders, oldest first. */
  readonly eventsByOrders: (buyerId: string, orderIds: readonly string[]) => Promise<OrderEvent[]>;
  /** How couriers carry the orders; orders that no courier carries are left out. */
  readonly shipmentsByOrders: (buyerId: string, orderIds: readonly string[]) => Promise<TrackedShipment[]>;
  readonly paymentsByIds: (buyerId: string, ids: readonly string[]) => Promise<Payment[]>;
}

/** What is wrong with the ledger; nothing, unless there is a bug. Amounts are in minor units. */
export interface LedgerAudit {
  /** What was looked at. */
  readonly size: {
    readonly transactions: number;
    readonly entries: number;
    readonly accounts: number;
    readonly transfers: number;
    readonly snapshots: number;
  };
  /** Ids of transactions whose entries do not sum to zero. */
  readonly unbalancedTransactions: readonly string[];
  /** Whether all entries of each currency sum to zero. */
  readonly isSumZero: boolean;
  /** Orders whose escrow is not what the buyer paid and nobody is yet owed. */
  readonly escrowMismatches: readonly {
    readonly orderId: string;
    readonly expected: bigint;
    readonly posted: bigint;
  }[];
  /** Ids of orders of which more was given back than was paid. */
  readonly overRefundedOrders: readonly string[];
  /** Accounts of content organisations whose commissions by line are not what was posted for them. */
  readonly commissionMismatches: readonly string[];
  /** Kept balances that a replay of the journal does not arrive at. */
  readonly snapshotMismatches: readonly {
    readonly snapshotId: string;
    readonly account: string;
    readonly kept: bigint;
    readonly replayed: bigint;
  }[];
  /** Ids of transfers of which something else was posted than their resolution says. */
  readonly transferFaults: readonly string[];
  /** Accounts of which more was taken than was there; debits are positive. */
  readonly overdrawnAccounts: readonly { readonly account: string; readonly balance: bigint }[];
  /** Accounts that the chart has not. */
  readonly strayAccounts: readonly string[];
}

/** The ledger as a whole. Balances are sums of entries; what a snapshot keeps of them is verified by the audit. */
export interface LedgerReads {
  /** Balances by account code in minor units; debits are positive. An account that was never posted to has zero. */
  readonly balances: (accounts: readonly string[]) => Promise<ReadonlyMap<string, bigint>>;
  /** Holds the ledger against itself and against the orders. */
  readonly audit: () => Promise<LedgerAudit>;
}
