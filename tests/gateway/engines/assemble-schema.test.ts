import { monitorEventLoopDelay } from "node:perf_hooks";
import { describe, expect, test } from "@jest/globals";
import { buildSchema, lexicographicSortSchema, printSchema } from "graphql";
import { assembleSchema } from "../../../gateway/engines/assemble-schema.ts";

const sdl = `
  directive @stopOnError on MUTATION
  type Query { node(id: ID!): Node search(input: Search = { text: "x" }): [Result!] }
  type Mutation { like(id: ID!): Video }
  interface Node { id: ID! }
  type Video implements Node { id: ID! at: Instant kind: Kind @deprecated(reason: "old") }
  type Shop implements Node { id: ID! }
  union Result = Video | Shop
  enum Kind { LIVE RECORDED @deprecated }
  input Search { text: String! = "" kinds: [Kind!] inner: Search }
  scalar Instant @specifiedBy(url: "https://example.com/instant")
`;
const pieces = sdl.trim().split("\n");

/** Of many types that lead to each other. */
function largeSdl(types: number): string[] {
  return Array.from({ length: types }, (_, n) => {
    const fields = Array.from(
      { length: 10 },
      (_, f) => `"Field ${f}" f${f}(first: Int = 10): [T${(n * 7 + f) % types}!]`,
    );
    return `type T${n} { id: ID! ${fields.join(" ")} }`;
  }).concat("type Query { a: T0 }");
}

describe("a schema that is assembled in slices", () => {
  const print = (schema: Parameters<typeof printSchema>[0]) => printSchema(lexicographicSortSchema(schema));

  test("every kind of type, is as buildSchema makes it", async () => {
    expect(print(await assembleSchema(pieces))).toBe(print(buildSchema(sdl)));
  });

  test("a schema definition, names the roots", async () => {
    const own = ["schema { query: Reading }", "type Reading { a: Int }", "type Mutation { b: Int }"];
    const schema = await assembleSchema(own);
    expect([schema.getQueryType()?.name, schema.getMutationType()]).toEqual(["Reading", undefined]);
  });

  test("five thousand fields, hold the event loop up for a small part of what buildSchema does", async () => {
    const large = largeSdl(500);
    const startedAt = performance.now();
    buildSchema(large.join("\n"), { assumeValid: true, assumeValidSDL: true });
    const atOnceMs = performance.now() - startedAt;
    const delays = monitorEventLoopDelay({ resolution: 1 });
    delays.enable();
    await assembleSchema(large);
    delays.disable();
    // On a quiet machine 160 ms and less than 10: but this one may take the processor away at any moment.
    expect(delays.percentile(90) / 1e6).toBeLessThan(Math.max(20, atOnceMs / 4));
  });
});
