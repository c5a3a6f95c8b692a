import type { Cart, CartLine } from "../domain/cart.ts";
import type { CartStore } from "../domain/ports.ts";
import type { TransactionClient } from "./client.ts";
import { readAttribution, writeAttribution } from "./stored-json.ts";

interface CartLineRow {
  readonly id: string;
  readonly variantId: string;
  readonly quantity: number;
  readonly unitPriceMinor: bigint;
  readonly currency: string;
  readonly attribution: unknown;
}

/** Reads a buyer's lines, oldest first. */
export async function readCartLines(client: TransactionClient, buyerId: string): Promise<CartLine[]> {
  const rows = await client.$queryRaw<CartLineRow[]>`
    SELECT l.id, l.variant_id AS "variantId", l.quantity, l.unit_price_minor AS "unitPriceMinor", v.currency, l.attribution
    FROM cart_line l JOIN variant v ON v.id = l.variant_id WHERE l.buyer_id = ${buyerId} ORDER BY l.id`;
  return rows.map((row) => ({
    id: row.id,
    variantId: row.variantId,
    quantity: row.quantity,
    unitPrice: { amountMinor: row.unitPriceMinor, currency: row.currency },
    attribution: readAttribution(row.attribution),
  }));
}

/** Carts of one transaction. */
export function createCartStore(client: TransactionClient): CartStore {
  async function lock(buyerId: string): Promise<Cart> {
    await client.$executeRaw`INSERT INTO cart (buyer_id) VALUES (${buyerId}) ON CONFLICT DO NOTHING`;
    const rows = await client.$queryRaw<{ version: number }[]>`
      SELECT version FROM cart WHERE buyer_id = ${buyerId} FOR UPDATE`;
    return { buyerId, version: rows[0]?.version ?? 0, lines: await readCartLines(client, buyerId) };
  }
  async function raiseVersion(buyerId: string): Promise<Cart> {
    const { version } = await client.cart.update({ where: { buyerId }, data: { version: { increment: 1 } } });
    return { buyerId, version, lines: await readCartLines(client, buyerId) };
  }
  async function putLines(buyerId: string, lines: readonly CartLine[]): Promise<Cart> {
    for (const line of lines) {
      const attribution = writeAttribution(line.attribution);
      await client.$executeRaw`
        INSERT INTO cart_line (id, buyer_id, variant_id, quantity, unit_price_minor, attribution)
        VALUES (${line.id}::uuid, ${buyerId}, ${line.variantId}::uuid, ${line.quantity}, ${line.unitPrice.amountMinor},
                ${attribution === null ? null : JSON.stringify(attribution)}::jsonb)
        ON CONFLICT (buyer_id, variant_id) DO UPDATE
        SET quantity = excluded.quantity, unit_price_minor = excluded.unit_price_minor, attribution = excluded.attribution`;
    }
    return raiseVersion(buyerId);
  }
  async function removeLines(buyerId: string, lineIds: readonly string[]): Promise<Cart> {
    await client.cartLine.deleteMany({ where: { buyerId, id: { in: [...lineIds] } } });
    return raiseVersion(buyerId);
  }
  return { lock, putLines, removeLines };
}
