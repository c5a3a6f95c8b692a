import { deterministicId } from "../../../platform/runtime/ids.ts";
import type { DistrictRow } from "./areas.ts";
import { type Category, categories, type OptionSpec } from "./categories.ts";
import { chance, pick } from "./chance.ts";

/** How much is seeded. `small` is for tests. */
export const scales = {
  full: { shops: 120, products: 3_000 },
  small: { shops: 8, products: 60 },
} as const;

/** A row to insert, by column. */
export type Row = Readonly<Record<string, unknown>>;

// Shops opened over two years before the seed's epoch, products were added since.
const openedFrom = Date.UTC(2024, 0, 8);
const dayMs = 86_400_000;

/** The category of product n (or shop n): agreed with the storefront, whose videos show the products. */
function categoryOf(n: number): Category {
  const category = categories[n % categories.length];
  if (category === undefined) throw new RangeError("there is no category");
  return category;
}

/** Makes the shops: shop n sells what category n % 12 sells. */
export function makeShops(count: number, districts: readonly DistrictRow[]): Row[] {
  return Array.from({ length: count }, (_, n) => {
    const category = categoryOf(n);
    const turn = Math.floor(n / categories.length);
    const regency = pick("shop regency", n, category.regencies);
    const name = category.shopNames[turn % category.shopNames.length];
    const branch = turn < category.shopNames.length ? "" : ` ${regency.replace(/^(Kota|Kabupaten) /, "")}`;
    const district = pick(
      "shop district",
      n,
      districts.filter((candidate) => candidate.regency.replace("Administrasi ", "") === regency),
    );
    return {
      id: deterministicId("shop", n),
      name: `${name}${branch}`,
      district_code: district.code,
      joined_at: new Date(openedFrom + chance("shop opened", n, 700) * dayMs).toISOString(),
    };
  });
}

/** The shop that sells product n: one of those of its category; with fewer shops than categories, they share. */
function shopNumberOf(n: number, shops: number): number {
  const category = n % categories.length;
  if (category >= shops) return category % shops;
  const peers = Math.ceil((shops - category) / categories.length);
  return category + categories.length * chance("product shop", n, peers);
}

interface Choice {
  readonly selected: readonly { readonly name: string; readonly value: string }[];
  readonly addRupiah: number;
  readonly addGrams: number;
}

function choicesOf(options: readonly OptionSpec[]): Choice[] {
  return options.reduce<Choice[]>(
    (choices, option) =>
      choices.flatMap((choice) =>
        option.values.map(({ value, addRupiah = 0, addGrams = 0 }) => ({
          selected: [...choice.selected, { name: option.name, value }],
          addRupiah: choice.addRupiah + addRupiah,
          addGrams: choice.addGrams + addGrams,
        })),
      ),
    [{ selected: [], addRupiah: 0, addGrams: 0 }],
  );
}

function itemOf<Item>(items: readonly Item[], index: number): Item {
  const item = items[index % items.length];
  if (item === undefined) throw new RangeError("an empty list in a category");
  return item;
}

/** Pieces on hand: mostly some dozens, now and then the last ones or none. */
function piecesOf(variant: number): number {
  const luck = chance("stock", variant, 100);
  if (luck < 2) return 0;
  return luck < 8 ? 1 + chance("last pieces", variant, 3) : 12 + chance("pieces", variant, 140);
}

interface ProductRows {
  readonly product: Row;
  readonly variants: readonly Row[];
  readonly stock: readonly Row[];
  /** With what the stock began. */
  readonly movements: readonly Row[];
}

function productRows(n: number, shops: number): ProductRows {
  const category = categoryOf(n);
  const turn = Math.floor(n / categories.length);
  const base = itemOf(category.bases, turn);
  const style = itemOf(category.styles, Math.floor(turn / category.bases.length));
  const line = itemOf(category.lines, Math.floor(turn / (category.bases.length * category.styles.length)) + turn);
  // Up to 40 % above the base price, in steps of 500 rupiah.
  const rupiah = base.rupiah + Math.floor((base.rupiah * chance("price", n, 41)) / 100 / 500) * 500;
  const id = deterministicId("product", n);
  const choices = choicesOf(category.options);
  const product = {
    id,
    shop_id: deterministicId("shop", shopNumberOf(n, shops)),
    title: `${base.name} ${style} ${line}`,
    description: category.description,
    image_url: `https://media.etalase.example/products/${id}.webp`,
    options: category.options.map((option) => ({ name: option.name, values: option.values.map(({ value }) => value) })),
    created_at: new Date(openedFrom + 700 * dayMs + n * 1_000).toISOString(),
  };
  const variants = choices.map((choice, position) => ({
    id: deterministicId("variant", n * 100 + position),
    product_id: id,
    position,
    sku: `${category.slug.slice(0, 3).toUpperCase()}-${String(n).padStart(5, "0")}-${String(position + 1).padStart(2, "0")}`,
    selected_options: choice.selected,
    price_minor: (rupiah + choice.addRupiah) * 100,
    currency: "IDR",
    weight_grams: base.grams + choice.addGrams,
    is_sold: true,
  }));
  const stock = choices.map((_, position) => ({
    variant_id: deterministicId("variant", n * 100 + position),
    on_hand: piecesOf(n * 100 + position),
    reserved: 0,
  }));
  const movements = stock.flatMap(({ variant_id, on_hand }, position) =>
    on_hand === 0
      ? []
      : [
          {
            id: deterministicId("stock-movement", n * 100 + position),
            variant_id,
            pieces: on_hand,
            reason: "OPENING",
            by: "seed",
            at: product.created_at,
          },
        ],
  );
  return { product, variants, stock, movements };
}

const flashSaleCount = 3;
// Products before it keep their prices for those who try the system out by them.
const firstFlashSaleProduct = 41;

/** Flash sales of variants that have plenty: 30 % less, for ten years, because a seed knows no start of the system. */
function makeFlashSales(rows: readonly ProductRows[]): Row[] {
  const plenty = rows
    .slice(firstFlashSaleProduct)
    .flatMap(({ variants: [variant], stock: [level] }) => (Number(level?.on_hand) >= 50 && variant ? [variant] : []));
  return plenty.slice(0, flashSaleCount).map((variant, n) => ({
    id: deterministicId("flash-sale", n),
    variant_id: variant.id,
    price_minor: Math.floor((Number(variant.price_minor) * 7) / 10 / 50_000) * 50_000,
    currency: "IDR",
    quota: 30,
    sold: 0,
    max_per_buyer: 2,
    starts_at: new Date(Date.UTC(2026, 0, 1)).toISOString(),
    ends_at: new Date(Date.UTC(2036, 0, 1)).toISOString(),
  }));
}

/** Everything that is seeded, table by table in the order in which it can be inserted. */
export function makeAssortment(scale: keyof typeof scales, districts: readonly DistrictRow[]): [string, Row[]][] {
  const { shops, products } = scales[scale];
  const rows = Array.from({ length: products }, (_, n) => productRows(n, shops));
  return [
    ["district", districts.map((district) => ({ ...district }))],
    ["shop", makeShops(shops, districts)],
    ["product", rows.map((row) => row.product)],
    ["variant", rows.flatMap((row) => row.variants)],
    ["stock", rows.flatMap((row) => row.stock)],
    ["stock_movement", rows.flatMap((row) => row.movements)],
    ["flash_sale", makeFlashSales(rows)],
  ];
}
