import type { Money } from "../../../platform/values/money.ts";
import type { Page, PageRequest } from "../../../platform/values/page.ts";
import type { Product, SelectedOption } from "./catalogue.ts";
import type { Transaction } from "./ports.ts";

/** Who sells: the signed-in subject, and the one shop they act for. */
export interface Seller {
  readonly subject: string;
  readonly shopId: string;
}

/** A variant about to be listed. */
export interface NewVariant {
  readonly id: string;
  readonly sku: string;
  readonly selectedOptions: readonly SelectedOption[];
  readonly price: Money;
  readonly weightGrams: number;
  /** Pieces that the shop has. */
  readonly pieces: number;
}

/** A product about to be listed, with its variants in the shop's order. */
export interface NewProduct extends Product {
  readonly variants: readonly NewVariant[];
}

/** What can be changed of a product that is listed. */
export type ProductChanges = Partial<Pick<Product, "title" | "description" | "imageUrl">>;

/** Why pieces came or went other than by an order; OPENING: what there was when the variant was listed; RETURNED: by a return. */
export type StockMovementReason = "OPENING" | "RECEIVED" | "COUNTED" | "DAMAGED" | "LOST" | "SENT_BACK" | "RETURNED";

/** Pieces that came (above 0) or went (below 0). Appended, never changed. */
export interface StockMovement {
  readonly id: string;
  readonly variantId: string;
  readonly pieces: number;
  readonly reason: StockMovementReason;
  readonly note: string | null;
  /** The subject of who moved them. */
  readonly by: string;
  readonly at: Date;
}

/** Another regular price. Appended, never changed. */
export interface PriceChange {
  readonly id: string;
  readonly variantId: string;
  /** Null when the variant was listed with `to`. */
  readonly from: Money | null;
  readonly to: Money;
  /** The subject of who changed it. */
  readonly by: string;
  readonly at: Date;
}

/**
 * Offers in the caller's transaction. A product's row is locked before its variants', those before stock; what is told of them
 * comes last.
 */
export interface ListingBook {
  /** Inserts product, variants, their stock, and the beginning of their histories. */
  readonly insert: (tx: Transaction, product: NewProduct, by: string, at: Date) => Promise<void>;
  /** Locks the product's row; null when it is not one of the shop's. */
  readonly lockProduct: (tx: Transaction, shopId: string, productId: string) => Promise<Product | null>;
  readonly changeProduct: (tx: Transaction, productId: string, changes: ProductChanges) => Promise<void>;
  /** Ids of all variants of a product, in no order. Its lock keeps others from adding some. */
  readonly variantIds: (tx: Transaction, productId: string) => Promise<readonly string[]>;
  /** Puts variants on sale or takes them off. */
  readonly setSold: (tx: Transaction, variantIds: readonly string[], isSold: boolean) => Promise<void>;
  /** Whether a variant is one of the shop's; without a lock, for it never is another's. */
  readonly isOfShop: (tx: Transaction, shopId: string, variantId: string) => Promise<boolean>;
  /** The highest price of the variant's flash sales that are not over, in minor units; null without any. */
  readonly highestSalePrice: (tx: Transaction, variantId: string, at: Date) => Promise<bigint | null>;
  readonly appendPriceChange: (tx: Transaction, change: PriceChange) => Promise<void>;
  readonly appendMovement: (tx: Transaction, movement: StockMovement) => Promise<void>;
}

/** A variant as its seller sees it. */
export interface SellerVariant {
  readonly variantId: string;
  readonly regularPrice: Money;
  readonly isListed: boolean;
  readonly onHand: number;
  readonly reserved: number;
}

/** What a seller may read of their shop's offers; each call is one statement. Pages begin with the newest. */
export interface SellerReads {
  /** Null when the variant is not one of the shop's. */
  readonly variant: (shopId: string, variantId: string) => Promise<SellerVariant | null>;
  readonly priceChanges: (variantId: string, page: PageRequest) => Promise<Page<PriceChange>>;
  readonly stockMovements: (variantId: string, page: PageRequest) => Promise<Page<StockMovement>>;
}
