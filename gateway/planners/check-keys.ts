import { type DocumentNode, Kind, type SelectionSetNode } from "graphql";
import { fetchesOf, type PlanNode, type Requirement } from "../plans/plan.ts";
import { parseFieldSet } from "./requirement-arguments.ts";
import { fieldsOf, mayBeNull } from "./sort-keys.ts";
import { argumentText, readSubgraphs } from "./supergraph-facts.ts";

/** The keys by which a subgraph resolves a type, where some may be null and some are never. */
interface MixedKeys {
  readonly whole: readonly SelectionSetNode[];
  readonly doubtful: readonly SelectionSetNode[];
}

/** By `subgraph Type`. */
export type MixedKeysByType = ReadonlyMap<string, MixedKeys>;

/** Reads which types have keys of both kinds in a subgraph. */
export function readMixedKeys(supergraph: DocumentNode): MixedKeysByType {
  const names = new Map(readSubgraphs(supergraph).map(({ name, enumName }) => [enumName, name]));
  const fields = fieldsOf(supergraph);
  const mixed = new Map<string, MixedKeys>();
  for (const node of supergraph.definitions) {
    if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    for (const directive of node.directives ?? []) {
      const key = directive.name.value === "join__type" ? argumentText(directive, "key") : undefined;
      if (key === undefined || argumentText(directive, "resolvable") === "false") continue;
      const place = `${names.get(argumentText(directive, "graph") ?? "")} ${node.name.value}`;
      const { whole, doubtful } = mixed.get(place) ?? { whole: [], doubtful: [] };
      const set = parseFieldSet(key);
      const isDoubtful = mayBeNull(set, node.name.value, fields);
      mixed.set(place, isDoubtful ? { whole, doubtful: [...doubtful, set] } : { whole: [...whole, set], doubtful });
    }
  }
  return new Map([...mixed].filter(([, { whole, doubtful }]) => whole.length > 0 && doubtful.length > 0));
}

function isCarried({ selections }: SelectionSetNode, by: readonly Requirement[]): boolean {
  const parts = by.flatMap((part) => ("type" in part ? part.selections : [part]));
  return selections.every((selection) => {
    if (selection.kind !== Kind.FIELD) return true;
    const part = parts.find((each) => "name" in each && each.name === selection.name.value);
    if (part === undefined || !("name" in part)) return false;
    return selection.selectionSet === undefined || isCarried(selection.selectionSet, part.selections ?? []);
  });
}

/**
 * Refuses a plan that asks for entities by a key that may be null where another one never is: without a key an entity
 * cannot be asked for, and its fields would be null. Source: the native planner asks for what a `@requires` needs by the
 * key that it meets first.
 * @throws Error
 */
export function assertWholeKeys(node: PlanNode | undefined, mixed: MixedKeysByType): void {
  if (mixed.size === 0) return;
  for (const { subgraph, entities } of fetchesOf(node)) {
    for (const part of entities.flatMap(({ requires }) => requires)) {
      const keys = "type" in part ? mixed.get(`${subgraph} ${part.type}`) : undefined;
      if (keys === undefined || !("type" in part)) continue;
      const isBy = (set: SelectionSetNode) => isCarried(set, part.selections);
      if (keys.doubtful.some(isBy) && !keys.whole.some(isBy)) {
        throw new Error(`the plan asks ${subgraph} for ${part.type} by a key that may be null`);
      }
    }
  }
}
