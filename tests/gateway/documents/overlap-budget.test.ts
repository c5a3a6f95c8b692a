import { describe, expect, test } from "@jest/globals";
import { parse } from "graphql";
import { overlapsTooMuch } from "../../../gateway/documents/overlap-budget.ts";

const times = (count: number, text: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => text(n)).join(" ");
const fragments = (count: number) =>
  `{ v { ${times(count, (n) => `...F${n}`)} } } ${times(count, (n) => `fragment F${n} on V { x: v { y: v { id z${n}: name } } }`)}`;

describe("a document", () => {
  test.each([
    ["the same field 400 times", `{ v { ${"id ".repeat(400)} } }`],
    ["one alias for 400 fields", `{ v { ${times(400, (n) => `a: v(n: ${n}) { id }`)} } }`],
    ["400 fragments with one field in common, two levels down", fragments(400)],
    [
      "400 fragments that have nothing in common",
      `{ v { ${times(400, (n) => `...F${n}`)} } } ${times(400, (n) => `fragment F${n} on V { f${n} }`)}`,
    ],
    ["400 inline fragments of that kind", `{ v { ${times(400, (n) => `... on V { q: v { r: v { s${n}: id } } }`)} } }`],
    ["fragments that nobody spreads", `{ v } fragment F on V { ${"id ".repeat(400)} }`],
    [
      "fragments in circles that widen",
      `{ ...F0 } ${times(20, (n) => `fragment F${n} on Q { ${times(20, (m) => `a${m}: v { ...F${m} }`)} }`)}`,
    ],
  ])("with %s, overlaps too much", (_, text) => {
    expect(overlapsTooMuch(parse(text))).toBe(true);
  });

  test.each([
    ["3,000 aliases", `{ v { ${times(3_000, (n) => `a${n}: id`)} } }`],
    [
      "50 fragments that have 20 fields in common",
      `{ v { ${times(50, (n) => `...F${n}`)} } } ${times(50, (n) => `fragment F${n} on V { ${times(20, (m) => `f${m}`)} }`)}`,
    ],
    [
      "one fragment in 300 places",
      `{ ${times(300, (n) => `v${n}: v { ...F }`)} } fragment F on V { id name v { id } }`,
    ],
    ["a fragment in a circle", "{ ...A } fragment A on Q { a { ...B } } fragment B on Q { b { ...A } }"],
  ])("with %s, does not", (_, text) => {
    expect(overlapsTooMuch(parse(text))).toBe(false);
  });
});
