import { addSeconds } from "../../../platform/values/instants.ts";
import type { ContentKind, ShowcaseItem } from "./showcase-item.ts";

/** What this organisation states about a click: which content of which creator showed which product, and when. No viewer. */
export interface AttributionStatement {
  readonly contentId: string;
  readonly contentKind: ContentKind;
  readonly creatorId: string;
  readonly productId: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** How long a statement counts, in seconds: seven days. */
export const attributionLifetimeSeconds = 7 * 24 * 60 * 60;

/** The statement for a product shown now; instants are whole seconds, as in a token. */
export function attributionOf(item: ShowcaseItem, now: Date): AttributionStatement {
  const issuedAt = new Date(Math.floor(now.getTime() / 1000) * 1000);
  return {
    contentId: item.contentId,
    contentKind: item.contentKind,
    creatorId: item.creatorId,
    productId: item.productId,
    issuedAt,
    expiresAt: addSeconds(issuedAt, attributionLifetimeSeconds),
  };
}
