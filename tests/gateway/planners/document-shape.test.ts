import { expect, test } from "@jest/globals";
import { documentShape } from "../../../gateway/planners/document-shape.ts";

const plain = "query($a: Int) { n(x: $a) { id ...F } } fragment F on N { me { id } }";

test.each([
  ["aliases", "query($a: Int) { x: n(x: $a) { y : id ...F } } fragment F on N { z: me { id } }"],
  [
    "names of the operation, a variable and a fragment",
    "query Q($b: Int) { n(x: $b) { id ...G } } fragment G on N { me { id } }",
  ],
  ["white space", plain.replaceAll(" ", "\n  ")],
])("two documents that differ in %s, are of one shape", (_, other) => {
  expect(documentShape(other)).toBe(documentShape(plain));
});

test("two documents that differ in literals, are of one shape", () => {
  const shapes = ['{ a(s: "x: \\" y", n: -1.5e3) }', '{ a(s: "", n: 7) }', '{ a(s: """b "q" c""", n: 20) }'].map(
    documentShape,
  );
  expect(new Set(shapes).size).toBe(1);
});

test.each([
  ["a field", plain.replace("me", "you")],
  ["a level", plain.replace("id }", "id me { id } }")],
  ["a type condition", plain.replace("on N", "on M")],
])("two documents that differ in %s, are of different shapes", (_, other) => {
  expect(documentShape(other)).not.toBe(documentShape(plain));
});
