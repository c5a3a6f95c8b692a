import { fetchesOf, type Path, type PlanNode } from "../plans/plan.ts";
import { isPossibleType, type SupergraphFacts } from "./supergraph-facts.ts";

/** The types that the objects at the end of a path must have; none when any will do. */
function typesAt(path: Path): readonly string[] {
  const last = path.at(-1);
  return Array.isArray(last) ? last : [];
}

/**
 * Refuses a plan that wants objects of a type and has no representation for them: they would not be asked for, and their fields
 * stay empty. Source: the native planner joins what it fetches of an interface object for each of several types, and keeps the
 * representation of one.
 * @throws Error
 */
export function assertRepresented(node: PlanNode | undefined, possible: SupergraphFacts["possibleTypes"]): void {
  const isOne = (type: string, other: string): boolean =>
    type === other || isPossibleType(possible, type, other) || isPossibleType(possible, other, type);
  for (const { subgraph, entities } of fetchesOf(node)) {
    for (const { paths, requires } of entities) {
      const represented = requires.flatMap((part) => ("type" in part ? [part.type] : []));
      const left = paths.flatMap(typesAt).find((type) => !represented.some((other) => isOne(type, other)));
      if (left !== undefined) throw new Error(`the plan has no representation of ${left} for ${subgraph}`);
    }
  }
}
