import { createHash, randomBytes } from "node:crypto";
import type { Pool } from "pg";
import { z } from "zod";
import type { DroppedLine, GuestCartStore, GuestTokens } from "../domain/guest-cart.ts";
import type { TransactionClient } from "./client.ts";

const keptDays = 30;

const storedDropped = z.array(
  z.object({
    variantId: z.string(),
    quantity: z.number(),
    reason: z.enum(["NOT_SOLD", "OUT_OF_STOCK", "LIMIT_REACHED", "CART_FULL"]),
  }),
);

/** Tokens of 256 random bits; the database has their SHA-256 alone. */
export const guestTokens: GuestTokens = {
  issue: () => randomBytes(32).toString("base64url"),
  ownerOf: (token) => `guest:${createHash("sha256").update(token).digest("base64url")}`,
};

/** Guest carts of one transaction. */
export function createGuestCartStore(client: TransactionClient): GuestCartStore {
  return {
    insert: async (owner, at) => {
      await client.guestCart.create({ data: { owner, createdAt: at } });
    },
    lock: async (owner) => {
      const [row] = await client.$queryRaw<{ mergedInto: string | null; dropped: unknown }[]>`
        SELECT merged_into AS "mergedInto", dropped FROM guest_cart WHERE owner = ${owner} FOR UPDATE`;
      if (row === undefined) return null;
      const dropped: readonly DroppedLine[] = storedDropped.parse(row.dropped ?? []);
      return { owner, mergedInto: row.mergedInto, dropped };
    },
    holdOpen: async (owner) => {
      const rows = await client.$queryRaw<unknown[]>`
        SELECT 1 FROM guest_cart WHERE owner = ${owner} AND merged_into IS NULL FOR SHARE`;
      return rows.length > 0;
    },
    settleMerge: async (owner, buyerId, dropped, at) => {
      await client.cartLine.deleteMany({ where: { buyerId: owner } });
      await client.cart.deleteMany({ where: { buyerId: owner } });
      const lines = dropped.map((line) => ({ ...line }));
      await client.guestCart.update({ where: { owner }, data: { mergedInto: buyerId, mergedAt: at, dropped: lines } });
    },
  };
}

/** Forgets guest carts that were begun so long ago that nobody will sign in for them; answers how many. */
export async function forgetOldGuestCarts(pool: Pool, now: Date): Promise<number> {
  const { rows } = await pool.query<{ forgotten: number }>(
    `WITH old AS (
       DELETE FROM guest_cart WHERE created_at < $1::timestamptz - $2::int * interval '1 day' RETURNING owner),
     lines AS (DELETE FROM cart_line USING old WHERE cart_line.buyer_id = old.owner RETURNING 1)
     SELECT count(*)::int AS forgotten FROM old`,
    [now, keptDays],
  );
  // Apart: a cart's lines must be gone before it.
  await pool.query(
    "DELETE FROM cart c WHERE c.buyer_id LIKE 'guest:%' AND NOT EXISTS (SELECT FROM guest_cart g WHERE g.owner = c.buyer_id)",
  );
  return rows[0]?.forgotten ?? 0;
}
