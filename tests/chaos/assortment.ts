import type pg from "pg";
import { deterministicId } from "../../platform/runtime/ids.ts";
import type { StormSettings } from "./settings.ts";

const shops = 3;
const variantsPerShop = 4;

/** Something that can be bought, and how much of it there is at the beginning. */
export interface Goods {
  readonly variantId: string;
  readonly initial: number;
}

/**
 * What is sold. Half of the variants are scarce: they run out while the storm goes on, and come back as payments run out. So
 * does the last product as a whole, later.
 */
export function assortmentOf({ checkouts }: StormSettings): Goods[] {
  return Array.from({ length: shops * variantsPerShop }, (_, index) => {
    const plenty = index < (shops - 1) * variantsPerShop ? checkouts * 4 : Math.ceil(checkouts / 4);
    const scarce = Math.ceil(checkouts / 40) + index;
    return { variantId: deterministicId("chaos variant", index), initial: index % 2 === 0 ? plenty : scarce };
  });
}

/** The n-th buyer's id and address. */
export function buyerOf(n: number): { readonly buyerId: string; readonly addressId: string } {
  return { buyerId: `buyer-${n}`, addressId: deterministicId("chaos address", n) };
}

/** Puts shops, goods, stock and the buyers' addresses into an empty database. */
export async function insertAssortment(client: pg.Client, settings: StormSettings): Promise<void> {
  await client.query(
    "INSERT INTO district (code, name, regency, province) VALUES ('317101', 'Gambir', 'Jakarta', 'DKI')",
  );
  for (let shop = 0; shop < shops; shop += 1) {
    const [shopId, productId] = [deterministicId("chaos shop", shop), deterministicId("chaos product", shop)];
    await client.query("INSERT INTO shop (id, name, district_code, joined_at) VALUES ($1, $2, '317101', now())", [
      shopId,
      `Toko ${shop + 1}`,
    ]);
    await client.query(
      `INSERT INTO product (id, shop_id, title, description, image_url, options, created_at)
       VALUES ($1, $2, 'Kain', 'Kain', 'http://localhost/kain.png', '[]', now())`,
      [productId, shopId],
    );
  }
  for (const [index, { variantId, initial }] of assortmentOf(settings).entries()) {
    const shop = Math.floor(index / variantsPerShop);
    await client.query(
      `INSERT INTO variant (id, product_id, position, sku, selected_options, price_minor, currency, weight_grams)
       VALUES ($1, $2, $3, $4, '[]', $5, 'IDR', 200)`,
      [
        variantId,
        deterministicId("chaos product", shop),
        index % variantsPerShop,
        `SKU-${index}`,
        4_500_000 + index * 100,
      ],
    );
    await client.query("INSERT INTO stock (variant_id, on_hand) VALUES ($1, $2)", [variantId, initial]);
  }
  const buyers = Array.from({ length: settings.checkouts * settings.mostTimes }, (_, n) => buyerOf(n));
  await client.query(
    `INSERT INTO address (id, buyer_id, recipient_name, phone, street, district_code, postal_code)
     SELECT id, buyer, 'Sari', '+6281111111111', 'Jalan 1', '317101', '10110' FROM unnest($1::uuid[], $2::text[]) AS t (id, buyer)`,
    [buyers.map(({ addressId }) => addressId), buyers.map(({ buyerId }) => buyerId)],
  );
}
