import { describe, expect, test } from "@jest/globals";
import { deterministicId } from "../../../../platform/runtime/ids.ts";
import { isUuid } from "../../../../platform/values/ids.ts";
import { readDistricts } from "../../../../prisma/commerce/seed/areas.ts";
import { makeAssortment } from "../../../../prisma/commerce/seed/assortment.ts";
import { categories } from "../../../../prisma/commerce/seed/categories.ts";

const districts = readDistricts();
const full = new Map(makeAssortment("full", districts));

function rows(table: string): readonly Readonly<Record<string, unknown>>[] {
  return full.get(table) ?? [];
}

test("the districts are those of the reference data, with six-digit codes and quoted names read as CSV means them", () => {
  expect(districts).toHaveLength(7285);
  expect(districts.every((district) => /^\d{6}$/.test(district.code))).toBe(true);
  expect(districts.every((district) => district.name !== "")).toBe(true);
  // 35.29.22,35.29,"Ra""as"
  expect(districts.find((district) => district.code === "352922")?.name).toBe('Ra"as');
  expect(districts).toContainEqual({
    code: "340407",
    name: "Depok",
    regency: "Kabupaten Sleman",
    province: "Daerah Istimewa Yogyakarta",
  });
});

describe("the full assortment", () => {
  test("is at least a hundred shops and three thousand products, each with its own title", () => {
    expect(rows("shop").length).toBeGreaterThanOrEqual(100);
    expect(rows("product")).toHaveLength(3_000);
    expect(new Set(rows("product").map((product) => product.title)).size).toBe(3_000);
    expect(new Set(rows("shop").map((shop) => shop.name)).size).toBe(rows("shop").length);
  });

  test("gives product n the agreed id", () => {
    expect(rows("product").map((product) => product.id)).toEqual(
      Array.from({ length: 3_000 }, (_, n) => deterministicId("product", n)),
    );
  });

  test("gives product n the options of category n % 12", () => {
    for (const [n, product] of rows("product").entries()) {
      const expected = categories[n % 12]?.options.map((option) => option.name);
      expect((product.options as { name: string }[]).map((option) => option.name)).toEqual(expected);
    }
  });

  test("prices every variant in whole rupiah between 10,000 and 1,000,000", () => {
    const prices = rows("variant").map((variant) => Number(variant.price_minor));
    expect(prices.filter((sen) => sen % 100 !== 0 || sen < 1_000_000 || sen > 100_000_000)).toEqual([]);
  });

  test("has ids that are UUIDs and differ", () => {
    const ids = ["shop", "product", "variant"].flatMap((table) => rows(table).map((row) => String(row.id)));
    expect(ids.every(isUuid)).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

test("the assortment, made twice, is the same; the small one has 8 shops and 60 products with the same ids", () => {
  expect(makeAssortment("full", districts)).toEqual([...full]);
  const small = new Map(makeAssortment("small", districts));
  expect(small.get("shop")).toHaveLength(8);
  expect(small.get("product")?.map((product) => product.id)).toEqual(
    rows("product")
      .slice(0, 60)
      .map((product) => product.id),
  );
  const shops = new Set(small.get("shop")?.map((shop) => shop.id));
  expect(small.get("product")?.every((product) => shops.has(product.shop_id))).toBe(true);
});
