import { describe, expect, test } from "@jest/globals";
import { BrowseDocument } from "../../schema/generated/operations.ts";
import { useSupergraph } from "../support/supergraph.ts";

const supergraph = useSupergraph();

async function statements(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const found = /^db_statements_total(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1];
  if (found === undefined) throw new Error(`${url} counts no statements`);
  return Number(found);
}

async function browse(first: number): Promise<{ videos: number; storefront: number; commerce: number }> {
  const { ports } = supergraph();
  const storefront = `http://localhost:${ports.storefront}`;
  const commerce = `http://localhost:${ports.commerce}`;
  const before = [await statements(storefront), await statements(commerce)] as const;
  const answer = await (await supergraph().client()).send(BrowseDocument, { first });
  expect(answer.errors).toEqual([]);
  const after = [await statements(storefront), await statements(commerce)] as const;
  return {
    videos: answer.data?.feed?.edges.length ?? 0,
    storefront: after[0] - before[0],
    commerce: after[1] - before[1],
  };
}

describe("Browse", () => {
  test("over 5 and over 50 videos, sends each organisation's database the same number of SQL statements", async () => {
    await browse(5);
    const few = await browse(5);
    const many = await browse(50);
    expect(few.videos).toBe(5);
    expect(many.videos).toBe(50);
    expect({ storefront: many.storefront, commerce: many.commerce }).toEqual({
      storefront: few.storefront,
      commerce: few.commerce,
    });
    expect(few.storefront).toBeLessThanOrEqual(4);
    expect(few.commerce).toBeLessThanOrEqual(5);
  });
});
