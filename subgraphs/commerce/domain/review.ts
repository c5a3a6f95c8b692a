import type { Page, PageRequest } from "../../../platform/values/page.ts";
import type { SelectedOption } from "./catalogue.ts";
import type { OrderStatus } from "./order.ts";
import type { Transaction } from "./ports.ts";

/** What a buyer wrote of a delivered order line. It never changes. */
export interface Review {
  readonly id: string;
  readonly orderLineId: string;
  readonly productId: string;
  /** 1 to 5. */
  readonly stars: number;
  readonly text: string;
  /** As it may be shown: masked already unless the buyer wished otherwise. */
  readonly displayName: string | null;
  /** Of the variant that was bought. */
  readonly selectedOptions: readonly SelectedOption[];
  readonly postedAt: Date;
}

/** A review about to be posted. */
export interface NewReview extends Omit<Review, "selectedOptions"> {
  readonly buyerId: string;
  readonly variantId: string;
}

/** A product's reviews, added up. */
export interface Rating {
  readonly productId: string;
  readonly reviewCount: number;
  readonly starSum: number;
}

/** An order line with what decides whether it may be reviewed. */
export interface ReviewableLine {
  readonly productId: string;
  readonly variantId: string;
  readonly status: OrderStatus;
  /** Whether its timeline says that it arrived, by its courier or its buyer. */
  readonly isDelivered: boolean;
}

/** Reviews in the caller's transaction. */
export interface ReviewBook {
  /** The line, when it is one of the buyer's. */
  readonly findLine: (tx: Transaction, buyerId: string, orderLineId: string) => Promise<ReviewableLine | null>;
  /** Inserts a review and adds it to its product's rating; false, and nothing changed, when its line has one already. */
  readonly insert: (tx: Transaction, review: NewReview) => Promise<boolean>;
}

/** What anybody may read of reviews; one statement each. */
export interface ReviewReads {
  readonly ratingsByProducts: (productIds: readonly string[]) => Promise<Rating[]>;
  /** The same page of each product's reviews, the newest first, in the order of the products. */
  readonly reviewPagesByProducts: (productIds: readonly string[], page: PageRequest) => Promise<Page<Review>[]>;
  /** Reviews of these order lines, in no order; of the buyer's own lines alone. */
  readonly reviewsByLines: (buyerId: string, orderLineIds: readonly string[]) => Promise<Review[]>;
}

/** The average of the stars in tenths, rounded half up: 43 is 4.3. Null without a review. */
export function averageTenths({ reviewCount, starSum }: Rating): number | null {
  return reviewCount === 0 ? null : Math.floor((20 * starSum + reviewCount) / (2 * reviewCount));
}

const longestName = 40;

/** Whether a name may be shown: a few words, neither an e-mail address nor a phone number nor a web address. */
export function isShowableName(name: string): boolean {
  const digits = name.replaceAll(/\D/g, "").length;
  return [...name].length <= longestName && digits < 5 && !/[@/\\\p{C}]/u.test(name);
}

/** Leaves the first and last letter of each word: `Sari Wulan` is `S***i W***n`. How long a word is stays unsaid. */
export function maskName(name: string): string {
  return name
    .split(/\s+/)
    .map((word) => {
      const letters = [...word];
      return letters.length < 3 ? `${letters[0] ?? ""}***` : `${letters[0]}***${letters.at(-1)}`;
    })
    .join(" ");
}
