import { expect, test } from "@jest/globals";
import { assertRepresented } from "../../../gateway/planners/check-represented.ts";
import type { Path, PlanNode } from "../../../gateway/plans/plan.ts";

const possible = { Media: ["Film", "Song"] };

/** A fetch from `extra` for the objects at the path, of which it has a representation of one type. */
function fetchFor(path: Path, represented: string): PlanNode {
  return {
    kind: "fetch",
    subgraph: "extra",
    operationKind: "query",
    operation: "query($representations:[_Any!]!){_entities(representations:$representations){...on Media{note}}}",
    variables: [],
    path: [],
    outputRewrites: [],
    entities: [
      {
        alias: "_entities",
        variable: "representations",
        paths: [path],
        requires: [{ type: represented, selections: [{ source: "id", name: "id", selections: undefined }] }],
        inputRewrites: [],
        outputRewrites: [],
        contexts: [],
      },
    ],
  };
}

test("a plan that wants objects of a type and can represent another type's alone is refused", () => {
  expect(() => assertRepresented(fetchFor(["found", "@", ["Film"]], "Song"), possible)).toThrow(
    "no representation of Film for extra",
  );
  expect(() => assertRepresented(fetchFor(["found", "@", ["Song", "Film"]], "Song"), possible)).toThrow("of Film");
});

test.each<[string, Path, string]>([
  ["of that type", ["found", "@", ["Film"]], "Film"],
  ["of an interface of it", ["found", "@", ["Film"]], "Media"],
  ["of one of an interface's types", ["found", "@", ["Media"]], "Song"],
  ["where any type will do", ["found", "@"], "Song"],
])("a plan that can represent objects %s is taken", (_what, path, represented) => {
  expect(() => assertRepresented(fetchFor(path, represented), possible)).not.toThrow();
});
