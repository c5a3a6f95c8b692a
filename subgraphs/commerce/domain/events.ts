/** Pieces of a product that were paid for, and the content that led to them when a verified click did. */
export interface SoldLine {
  readonly productId: string;
  readonly quantity: number;
  readonly creatorId: string | null;
  readonly videoId: string | null;
  readonly liveSessionId: string | null;
}

/**
 * What commerce tells the content organisation. Nothing in it is about the buyer, and no amount of money is: opaque ids,
 * numbers and words of a list. Contract: schema/events/<type>.v1.json, allow-list in schema/ownership.yaml.
 */
export type CommerceEvent =
  /** An order's payment came. It has as many lines as its cart had: 1 to 100. */
  | { readonly type: "order-paid"; readonly orderId: string; readonly lines: readonly SoldLine[] }
  /** All of a paid order's money goes back, before or after it was sent: the same lines as when it was paid. Told once. */
  | { readonly type: "order-refunded"; readonly orderId: string; readonly lines: readonly SoldLine[] }
  /** No variant of the product can be bought any more. */
  | { readonly type: "item-sold-out"; readonly productId: string }
  /** Some variant of the product can be bought; told after a time without, or the first time. */
  | { readonly type: "item-available"; readonly productId: string }
  /** A variant of the product became cheaper or dearer. */
  | { readonly type: "price-changed"; readonly productId: string; readonly direction: "LOWER" | "HIGHER" }
  /** Somebody who bought the product reviewed it. `rating` is 1 to 5. */
  | { readonly type: "review-posted"; readonly productId: string; readonly rating: number };
