import type { Money } from "../../../platform/values/money.ts";
import type { OfferedSale } from "./flash-sale.ts";

/** A kecamatan. */
export interface District {
  /** Official code, six digits. */
  readonly code: string;
  readonly name: string;
  readonly regency: string;
  readonly province: string;
}

/** A seller. */
export interface Shop {
  readonly id: string;
  readonly name: string;
  readonly districtCode: string;
  readonly joinedAt: Date;
}

/** A choice, as size or colour, with its values in the shop's order. */
export interface ProductOption {
  readonly name: string;
  readonly values: readonly string[];
}

/** Something sold by one shop. */
export interface Product {
  readonly id: string;
  readonly shopId: string;
  readonly title: string;
  readonly description: string;
  readonly imageUrl: string;
  /** Empty when there is one variant. */
  readonly options: readonly ProductOption[];
}

/** A value chosen for an option. */
export interface SelectedOption {
  readonly name: string;
  readonly value: string;
}

/** What is priced, stocked and bought. */
export interface Variant {
  readonly id: string;
  readonly productId: string;
  readonly sku: string;
  /** In the order of the product's options. */
  readonly selectedOptions: readonly SelectedOption[];
  /** That of the flash sale while one runs and has pieces left. */
  readonly price: Money;
  /** The sale whose price it is; null without one. */
  readonly flashSaleId: string | null;
  readonly weightGrams: number;
  /** Whether it can be put into a cart. */
  readonly isSold: boolean;
}

/** A variant as checkout needs it: with the shop and the title that are frozen on the order line. */
export interface OfferedVariant {
  readonly id: string;
  readonly productId: string;
  readonly shopId: string;
  /** From where the shop sends. */
  readonly shopDistrictCode: string;
  readonly weightGrams: number;
  readonly title: string;
  /** That of the flash sale while one runs and has pieces left. */
  readonly price: Money;
  readonly sale: OfferedSale | null;
  readonly isSold: boolean;
  /** Pieces that could be bought when it was read, without a lock. */
  readonly availableQuantity: number;
}
