import { Prisma, type PrismaClient, type Variant as VariantRow } from "../../../prisma/commerce/client/client.ts";
import type { Variant } from "../domain/catalogue.ts";
import type { CatalogueReads } from "../domain/reads.ts";
import { runningSaleJoin } from "./flash-sale-reads.ts";
import { type JoinedRow, rowOf, selectColumns } from "./joined-rows.ts";
import { readSelectedOptions } from "./stored-json.ts";

const columns = {
  id: "id",
  productId: "product_id",
  position: "position",
  sku: "sku",
  selectedOptions: "selected_options",
  priceMinor: "price_minor",
  currency: "currency",
  weightGrams: "weight_grams",
  isSold: "is_sold",
} as const satisfies Record<keyof VariantRow, string>;

interface SaleColumns {
  readonly id: string | null;
  readonly priceMinor: bigint | null;
}

const saleColumns = { id: "id", priceMinor: "price_minor" } as const satisfies Record<keyof SaleColumns, string>;

const selected = Prisma.raw(
  `SELECT ${selectColumns<VariantRow>("v", columns)}, ${selectColumns<SaleColumns>("f", saleColumns)} FROM variant v`,
);

function toVariant(joined: JoinedRow): Variant {
  const row = rowOf<VariantRow>("v", columns, joined);
  const sale = rowOf<SaleColumns>("f", saleColumns, joined);
  return {
    id: row.id,
    productId: row.productId,
    sku: row.sku,
    selectedOptions: readSelectedOptions(row.selectedOptions),
    price: { amountMinor: sale.priceMinor ?? row.priceMinor, currency: row.currency },
    flashSaleId: sale.id,
    weightGrams: row.weightGrams,
    isSold: row.isSold,
  };
}

/** Variants at the price they are sold for now: one statement reads them and their flash sales. */
export function createVariantReads(prisma: PrismaClient): Pick<CatalogueReads, "variantsByIds" | "variantsByProducts"> {
  async function read(rest: Prisma.Sql): Promise<Variant[]> {
    return (await prisma.$queryRaw<JoinedRow[]>`${selected} ${runningSaleJoin} ${rest}`).map(toVariant);
  }
  return {
    variantsByIds: (ids) => read(Prisma.sql`WHERE v.id = ANY(${[...ids]}::uuid[])`),
    variantsByProducts: (productIds) =>
      read(Prisma.sql`WHERE v.product_id = ANY(${[...productIds]}::uuid[]) ORDER BY v.product_id, v.position`),
  };
}
