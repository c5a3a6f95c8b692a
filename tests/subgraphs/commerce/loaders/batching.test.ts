import { expect, test } from "@jest/globals";
import { deterministicId } from "../../../../platform/runtime/ids.ts";
import { useCommerce } from "../support/test-commerce.ts";

const commerce = useCommerce();

async function statementsOf(document: string, variables: Record<string, unknown>): Promise<number> {
  const client = await commerce().client();
  const before = await commerce().statements();
  await client.data(document, variables);
  return (await commerce().statements()) - before;
}

const productFields = `title imageUrl availableStock price { amount currency }
  variants { id availableStock price { amount } selectedOptions { name value } product { id } }
  shop { id name district { name regency } products(first: 3) { nodes { id title } } }`;

test("products asked for as entities, five or fifty of them, take the same number of statements", async () => {
  const document = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Product { ${productFields} } } }`;
  const count = (n: number) =>
    statementsOf(document, {
      r: Array.from({ length: n }, (_, index) => ({ __typename: "Product", id: deterministicId("product", index) })),
    });
  const five = await count(5);
  expect(await count(50)).toBe(five);
  // products, variants, stock, shops, districts, pages of shops
  expect(five).toBe(6);
});

test("a page of products, of five or of fifty, takes the same number of statements", async () => {
  const document = `query ($first: Int!) { products(first: $first) { nodes { ${productFields} } } }`;
  const five = await statementsOf(document, { first: 5 });
  expect(await statementsOf(document, { first: 50 })).toBe(five);
});
