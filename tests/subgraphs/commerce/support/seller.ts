import type pg from "pg";
import { deterministicId } from "../../../../platform/runtime/ids.ts";
import type { GraphqlClient } from "../../../support/graphql-client.ts";
import { newKey, type TestCommerce } from "./test-commerce.ts";

/** A shop of the seed, and another. */
export const shop = deterministicId("shop", 0);
/** Another shop of the seed. */
export const otherShop = deterministicId("shop", 1);

/** What a seller's mutation answers, as far as tests read it with types. */
export interface Payload {
  readonly __typename: string;
  readonly code?: string;
  readonly field?: string | null;
  readonly message?: string;
  readonly onHand?: number;
  readonly reserved?: number;
  readonly product?: {
    readonly id: string;
    readonly title: string;
    readonly variants: { readonly id: string; readonly availableStock: number }[];
  };
  readonly variant?: {
    readonly onHand: number;
    readonly reserved: number;
    readonly regularPrice: { readonly amount: string };
  };
}

const fields = "__typename ... on UserError { code field message }";
const product =
  "product { id title description availableStock options { name values } shop { id } variants { id sku availableStock price { amount } selectedOptions { name value } } }";
const variant = "variant { onHand reserved isListed regularPrice { amount } }";

const successFields: Readonly<Record<string, string>> = {
  addProduct: `... on AddProductSuccess { ${product} }`,
  changeProduct: `... on ChangeProductSuccess { ${product} }`,
  unlistProduct: `... on UnlistProductSuccess { ${product} }`,
  relistProduct: `... on RelistProductSuccess { ${product} }`,
  changePrice: `... on ChangePriceSuccess { ${variant} }`,
  adjustStock: `... on AdjustStockSuccess { ${variant} } ... on StockReserved { onHand reserved }`,
};

/** A seller's mutation with everything that tests look at. */
export function documentOf(field: string): string {
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
  return `mutation ($input: ${type}!) { payload: ${field}(input: $input) { ${fields} ${successFields[field]} } }`;
}

/** A client of a seller of that shop. */
export function sellerOf(commerce: TestCommerce, shopId: string, subject = "seller-1"): Promise<GraphqlClient> {
  return commerce.client(subject, `commerce:sell commerce:shop:${shopId}`);
}

/** Sends a seller's mutation under a key of its own, unless one is given. */
export async function sell(
  commerce: TestCommerce,
  field: string,
  input: object,
  shopId = shop,
  subject?: string,
): Promise<Payload> {
  const client = await sellerOf(commerce, shopId, subject);
  const variables = { input: { idempotencyKey: newKey(), ...input } };
  return (await client.data<{ payload: Payload }>(documentOf(field), variables)).payload;
}

/** A product as a seller describes it. */
export const shirt = {
  title: "Kemeja Batik Parang",
  description: "Katun, <b>cap</b>",
  imageUrl: "https://media.etalase.example/products/parang.webp",
  options: [{ name: "Ukuran", values: ["M", "L"] }],
  variants: [
    { sku: "PRG-M", optionValues: ["M"], price: "185000.00", weightGrams: 250, pieces: 5 },
    { sku: "PRG-L", optionValues: ["L"], price: "189000.00", weightGrams: 270, pieces: 0 },
  ],
};

/** Lists a product; answers its id and those of its variants. */
export async function listed(
  commerce: TestCommerce,
  input: object = {},
  shopId = shop,
): Promise<{ id: string; variants: string[] }> {
  const payload = await sell(commerce, "addProduct", { ...shirt, ...input }, shopId);
  if (payload.product === undefined) throw new Error(JSON.stringify(payload));
  return { id: payload.product.id, variants: payload.product.variants.map(({ id }) => id) };
}

/** What was told of a product, oldest first. */
export async function eventsOf(superuser: pg.Pool, productId: string): Promise<string[]> {
  const { rows } = await superuser.query("SELECT body FROM outbox_event WHERE aggregate = $1 ORDER BY position", [
    `product:${productId}`,
  ]);
  return rows.map(({ body }) => {
    const { type, data } = JSON.parse(String(body)) as { type: string; data: { direction?: string } };
    return data.direction === undefined ? type : `${type} ${data.direction}`;
  });
}
