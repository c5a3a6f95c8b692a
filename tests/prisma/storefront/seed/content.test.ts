import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { deterministicId } from "../../../../platform/runtime/ids.ts";
import { isUuid } from "../../../../platform/values/ids.ts";
import { makeContent, type Row, scales } from "../../../../prisma/storefront/seed/content.ts";

const contents = { full: makeContent(scales.full), small: makeContent(scales.small) };

function tableOf(scale: keyof typeof scales, table: string): readonly Row[] {
  return contents[scale].get(table) ?? [];
}

describe("the seed's content", () => {
  test("made twice, it is the same", () => {
    const digest = () =>
      createHash("sha256")
        .update(JSON.stringify([...makeContent(scales.full)]))
        .digest("hex");
    expect(digest()).toBe(digest());
  });

  test("at full scale, there is what a shop window needs", () => {
    expect(tableOf("full", "creator").length).toBeGreaterThanOrEqual(100);
    expect(tableOf("full", "video").length).toBeGreaterThanOrEqual(1000);
    expect(tableOf("full", "live_session").filter((row) => row.ended_at === null).length).toBeGreaterThan(0);
  });

  test.each(["full", "small"] as const)("at %s scale, counts are those of the rows they count", (scale) => {
    for (const [counted, column, rows, reference] of [
      ["video", "like_count", "video_like", "video_id"],
      ["video", "comment_count", "comment", "video_id"],
      ["creator", "follower_count", "follow", "creator_id"],
    ] as const) {
      const counts = new Map<unknown, number>();
      for (const row of tableOf(scale, rows)) counts.set(row[reference], (counts.get(row[reference]) ?? 0) + 1);
      expect(tableOf(scale, counted).map((row) => row[column])).toEqual(
        tableOf(scale, counted).map((row) => counts.get(row.id) ?? 0),
      );
    }
  });

  test.each(["full", "small"] as const)("at %s scale, every video shows 1 to 3 products of one theme", (scale) => {
    const numbers = new Map(
      Array.from({ length: scales[scale].products }, (_, n) => [deterministicId("product", n), n]),
    );
    const shown = new Map<unknown, (number | undefined)[]>();
    for (const item of tableOf(scale, "showcase_item")) {
      shown.set(item.video_id, [...(shown.get(item.video_id) ?? []), numbers.get(String(item.product_id))]);
    }
    for (const video of tableOf(scale, "video")) {
      const products = shown.get(video.id) ?? [];
      expect(products.length).toBeGreaterThanOrEqual(1);
      expect(products.length).toBeLessThanOrEqual(3);
      expect(new Set(products).size).toBe(products.length);
      expect(new Set(products.map((n) => (n === undefined ? "unknown" : n % 12))).size).toBe(1);
    }
  });

  test("handles and ids are what the schema says, and each is one's own", () => {
    const handles = tableOf("full", "creator").map((row) => String(row.handle));
    expect(new Set(handles).size).toBe(handles.length);
    expect(handles.filter((handle) => !/^[a-z0-9._]{3,30}$/.test(handle))).toEqual([]);
    expect(tableOf("full", "video").every((row) => isUuid(String(row.id)))).toBe(true);
  });

  test("a creator does not publish one title twice", () => {
    const titles = tableOf("full", "video").map((row) => `${row.creator_id} ${row.title}`);
    expect(new Set(titles).size).toBe(titles.length);
  });
});
