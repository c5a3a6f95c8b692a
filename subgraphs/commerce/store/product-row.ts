import type { Product as ProductRow } from "../../../prisma/commerce/client/client.ts";
import type { Product } from "../domain/catalogue.ts";
import { readOptions } from "./stored-json.ts";

/** What a product is made of. */
export type ProductColumns = Pick<ProductRow, "id" | "shopId" | "title" | "description" | "imageUrl" | "options">;

/** A product of its row. */
export function toProduct(row: ProductColumns): Product {
  const { id, shopId, title, description, imageUrl } = row;
  return { id, shopId, title, description, imageUrl, options: readOptions(row.options) };
}
