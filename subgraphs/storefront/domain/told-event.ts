/** Pieces of a product that were sold, or do not count as sold any more, and the content that led to them. */
export interface Sale {
  readonly productId: string;
  readonly quantity: number;
  /** Ids of the creator, and of the video or live session; empty when no content of ours led to it. */
  readonly contentIds: readonly string[];
}

/** What the owner of products told of them. */
export type News =
  | { readonly kind: "sales"; readonly sales: readonly Sale[] }
  /** Pieces that were told as sold came back, or their money did. */
  | { readonly kind: "returns"; readonly sales: readonly Sale[] }
  | { readonly kind: "availability"; readonly productId: string; readonly isAvailable: boolean }
  /** It became cheaper, or else dearer. */
  | { readonly kind: "reduction"; readonly productId: string; readonly isReduced: boolean }
  /** Somebody reviewed it with so many stars, 1 to 5. */
  | { readonly kind: "review"; readonly productId: string; readonly rating: number };

/** News with what makes it this news. */
export interface ToldEvent {
  readonly id: string;
  /** SHA-256 of what was received. */
  readonly bodyHash: Uint8Array;
  /** Rises with each event about the same thing: an earlier one that comes later does not count any more. */
  readonly sequence: number;
  readonly occurredAt: Date;
  readonly news: News;
}

/** What became of an event: applied, known already, known with other content, or too old to know whether it is known. */
export type Reception = "applied" | "repeated" | "conflicting" | "too-old";

/** How long the ids of applied events are remembered, in days. */
export const rememberedDays = 90;

const dayMs = 86_400_000;

/** Whether an event happened so long ago that its id may have been forgotten. */
export function isTooOld(event: ToldEvent, now: Date): boolean {
  return now.getTime() - event.occurredAt.getTime() > rememberedDays * dayMs;
}

/** Pieces by id, in the order of the ids: in which rows are locked. */
export type PieceCounts = readonly { readonly id: string; readonly pieces: number }[];

function count(entries: readonly (readonly [id: string, pieces: number])[]): PieceCounts {
  const counts = new Map<string, number>();
  for (const [id, pieces] of entries) counts.set(id, (counts.get(id) ?? 0) + pieces);
  return [...counts].map(([id, pieces]) => ({ id, pieces })).sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** Adds up sales (sign 1) or returns (-1) by product, and by everything that led to them. */
export function tally(
  sales: readonly Sale[],
  sign: 1 | -1 = 1,
): { readonly products: PieceCounts; readonly contents: PieceCounts } {
  return {
    products: count(sales.map(({ productId, quantity }) => [productId, sign * quantity] as const)),
    contents: count(
      sales.flatMap(({ contentIds, quantity }) => contentIds.map((id) => [id, sign * quantity] as const)),
    ),
  };
}
