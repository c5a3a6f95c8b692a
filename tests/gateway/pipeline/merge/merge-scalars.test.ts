import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { scalarMergeOf } from "../../../../gateway/pipeline/merge/merge-scalars.ts";
import { mergeData } from "../../../../gateway/pipeline/merge.ts";
import type { EntityInput } from "../../../../gateway/plans/plan.ts";
import type { Tree } from "../../../../gateway/projection/projection.ts";

const anEntity = (): EntityInput => ({
  alias: "_entities",
  variable: "representations",
  paths: [],
  requires: [],
  inputRewrites: [],
  outputRewrites: [],
  contexts: [],
});
const isObjectType = (name: unknown) => name === "Product";
const types = { matches: () => true, isKeyField: () => false, isObjectType };

const asked = (tree: Tree) => new Map(Object.keys(tree).map((key) => [key, undefined]));
const keys = ["__typename", "constructor", "name", "price", "toString"];
const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constantFrom("Product", "Node"));
const entity = fc.dictionary(fc.constantFrom(...keys), scalar, { minKeys: 1, noNullPrototype: true });
const place = fc.dictionary(fc.constantFrom(...keys), fc.oneof(scalar, fc.constant({ nested: 1 }), fc.constant([1])), {
  noNullPrototype: true,
});

describe("scalars of an entity", () => {
  test("are merged as the general way merges them", () => {
    fc.assert(
      fc.property(entity, place, (source, target) => {
        const [mine, theirs] = [{ ...target }, { ...target }];
        const scalars = scalarMergeOf(anEntity(), source, asked(source));
        expect(scalars?.fits(source)).toBe(true);
        scalars?.merge(mine, source, isObjectType);
        mergeData(theirs, source, types);
        expect(mine).toEqual(theirs);
      }),
      { numRuns: 2000, verbose: true },
    );
  });

  test.each<[string, Tree]>([
    ["fewer keys", { name: "Batik" }],
    ["an object", { name: "Batik", price: { amount: 1 } }],
    ["a list", { name: ["Batik"], price: 1 }],
  ])("that come as %s do not fit, so that the general way merges them", (_, other) => {
    const scalars = scalarMergeOf(anEntity(), { name: "Batik", price: 1 }, asked({ name: 1, price: 1 }));
    expect(scalars?.fits(other)).toBe(false);
  });

  test("that were asked for and the first has not, do not fit", () => {
    const scalars = scalarMergeOf(anEntity(), { name: "Batik" }, asked({ name: 1, price: 1 }));
    expect([scalars?.fits({ name: "Batik" }), scalars?.fits({ name: "Batik", price: 1 })]).toEqual([true, false]);
  });

  test("named as what every object inherits, do not fit where they are not its own", () => {
    const scalars = scalarMergeOf(anEntity(), { constructor: "x" } as never, asked({ constructor: "x" } as never));
    expect([scalars?.fits({ constructor: "y" } as never), scalars?.fits({})]).toEqual([true, false]);
  });

  test.each<[string, string]>([
    ["an object", '{"name":{"first":"Ayu"}}'],
    ["__proto__", '{"__proto__":"x"}'],
    ["a key that is no name", '{"a\\"];process.exit();[\\"":1}'],
  ])("beside %s, leave the fetch to the general way", (_, text) => {
    const first = JSON.parse(text) as Tree;
    expect(scalarMergeOf(anEntity(), first, asked(first))).toBeUndefined();
  });

  test("of which the first has more than was asked for, are merged without that", () => {
    const scalars = scalarMergeOf(anEntity(), { name: "Batik", price: 1 }, asked({ name: 1 }));
    const target: Tree = {};
    expect(scalars?.fits({ price: 1, name: "Batik" })).toBe(true);
    scalars?.merge(target, { price: 1, name: "Batik" }, isObjectType);
    expect(target).toEqual({ name: "Batik" });
  });
});
