import type { Cart, CartLine } from "../domain/cart.ts";
import type { CartStore } from "../domain/ports.ts";
import type { CartVoucher, Voucher } from "../domain/voucher.ts";
import type { TransactionClient } from "./client.ts";
import { readAttribution, writeAttribution } from "./stored-json.ts";
import { voucherColumns } from "./voucher-store.ts";

interface CartLineRow {
  readonly id: string;
  readonly variantId: string;
  readonly shopId: string;
  readonly quantity: number;
  readonly unitPriceMinor: bigint;
  readonly currency: string;
  readonly attribution: unknown;
}

/** Reads a buyer's lines, oldest first. */
export async function readCartLines(client: TransactionClient, buyerId: string): Promise<CartLine[]> {
  const rows = await client.$queryRaw<CartLineRow[]>`
    SELECT l.id, l.variant_id AS "variantId", p.shop_id AS "shopId", l.quantity, l.unit_price_minor AS "unitPriceMinor",
      v.currency, l.attribution
    FROM cart_line l JOIN variant v ON v.id = l.variant_id JOIN product p ON p.id = v.product_id WHERE l.buyer_id = ${buyerId} ORDER BY l.id`;
  return rows.map((row) => ({
    id: row.id,
    variantId: row.variantId,
    shopId: row.shopId,
    quantity: row.quantity,
    unitPrice: { amountMinor: row.unitPriceMinor, currency: row.currency },
    attribution: readAttribution(row.attribution),
  }));
}

/** Reads the vouchers in a buyer's cart, by code, with their present terms. */
export async function readCartVouchers(client: TransactionClient, buyerId: string): Promise<CartVoucher[]> {
  const rows = await client.$queryRaw<(Voucher & { readonly shownVersion: number })[]>`
    SELECT ${voucherColumns}, c.shown_version AS "shownVersion"
    FROM cart_voucher c JOIN voucher v ON v.id = c.voucher_id WHERE c.buyer_id = ${buyerId} ORDER BY v.code`;
  return rows.map(({ shownVersion, ...voucher }) => ({ voucher, shownVersion }));
}

/** Carts of one transaction. */
export function createCartStore(client: TransactionClient): CartStore {
  async function cartOf(buyerId: string, version: number): Promise<Cart> {
    const lines = await readCartLines(client, buyerId);
    return { buyerId, version, lines, vouchers: await readCartVouchers(client, buyerId) };
  }
  async function lock(buyerId: string): Promise<Cart> {
    await client.$executeRaw`INSERT INTO cart (buyer_id) VALUES (${buyerId}) ON CONFLICT DO NOTHING`;
    const rows = await client.$queryRaw<{ version: number }[]>`
      SELECT version FROM cart WHERE buyer_id = ${buyerId} FOR UPDATE`;
    return cartOf(buyerId, rows[0]?.version ?? 0);
  }
  async function raiseVersion(buyerId: string): Promise<Cart> {
    const { version } = await client.cart.update({ where: { buyerId }, data: { version: { increment: 1 } } });
    return cartOf(buyerId, version);
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
  async function putVouchers(
    buyerId: string,
    vouchers: readonly { readonly id: string; readonly version: number }[],
  ): Promise<Cart> {
    await client.$executeRaw`
      INSERT INTO cart_voucher (buyer_id, voucher_id, shown_version)
      SELECT ${buyerId}, id, version FROM unnest(${vouchers.map(({ id }) => id)}::uuid[],
        ${vouchers.map(({ version }) => version)}::int[]) AS put (id, version)
      ON CONFLICT (buyer_id, voucher_id) DO UPDATE SET shown_version = excluded.shown_version`;
    return raiseVersion(buyerId);
  }
  async function removeVouchers(buyerId: string, voucherIds: readonly string[]): Promise<Cart> {
    await client.cartVoucher.deleteMany({ where: { buyerId, voucherId: { in: [...voucherIds] } } });
    return raiseVersion(buyerId);
  }
  async function empty(buyerId: string): Promise<void> {
    await client.cartVoucher.deleteMany({ where: { buyerId } });
    await client.cartLine.deleteMany({ where: { buyerId } });
    await client.cart.update({ where: { buyerId }, data: { version: { increment: 1 } } });
  }
  return { lock, putLines, removeLines, putVouchers, removeVouchers, empty };
}
