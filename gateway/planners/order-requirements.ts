import { type Selected, selectedBy, selectedOfEntities } from "../plans/fetch-keys.ts";
import { type FetchNode, fetchesOf, mapChildren, type PlanNode, type Requirement } from "../plans/plan.ts";
import { placeOf } from "./required-keys.ts";

// Apollo's planner, where a field of an interface object is asked of one of its types alone, fetches it beside what it
// requires instead of after it. The subgraph would be asked without that, and answer nonsense.

/** Whether a field stands in some key of a type: an object has its keys before anything is asked about it. */
export type IsKeyField = (type: string, field: string) => boolean;

/** Keys of an answer by where they stand, as `feed.video.title`; lists and types on the way do not count. */
type Keys = ReadonlySet<string>;

function addSelected(selected: Selected, place: string, into: Set<string>): void {
  for (const [key, below] of selected) {
    into.add(`${place}${key}`);
    if (below !== undefined) addSelected(below, `${place}${key}.`, into);
  }
}

function addBrought(fetch: FetchNode, into: Set<string>): void {
  if (fetch.entities.length === 0) addSelected(selectedBy(fetch), placeOf(fetch.path), into);
  for (const { alias, paths } of fetch.entities) {
    for (const path of paths) addSelected(selectedOfEntities(fetch, alias), placeOf(path), into);
  }
}

function broughtBy(node: PlanNode): Set<string> {
  const brought = new Set<string>();
  for (const fetch of fetchesOf(node)) addBrought(fetch, brought);
  return brought;
}

/** Required fields of the objects themselves; what lies deeper comes with them. */
function requiredOf(parts: readonly Requirement[], isKey: IsKeyField, type = ""): string[] {
  return parts.flatMap((part): string[] => {
    if ("type" in part) return requiredOf(part.selections, isKey, part.type);
    return part.name === "__typename" || isKey(type, part.name) ? [] : [part.source];
  });
}

/** What the fetches of a node require that neither was there before nor comes from the node itself. */
function missingOf(node: PlanNode, before: Keys, isKey: IsKeyField): readonly string[] {
  const own = broughtBy(node);
  const required = fetchesOf(node).flatMap(({ entities }) =>
    entities.flatMap(({ paths, requires }) =>
      paths.flatMap((path) => requiredOf(requires, isKey).map((source) => `${placeOf(path)}${source}`)),
    ),
  );
  return required.filter((key) => !before.has(key) && !own.has(key));
}

/** Nodes that are carried out at once, in rounds: each after those that bring what it misses. */
function inRounds(nodes: readonly PlanNode[], before: Keys, isKey: IsKeyField): readonly (readonly PlanNode[])[] {
  const missing = new Map(nodes.map((node) => [node, missingOf(node, before, isKey)]));
  if ([...missing.values()].every((keys) => keys.length === 0)) return [nodes];
  const brought = new Map(nodes.map((node) => [node, broughtBy(node)]));
  const rounds: PlanNode[][] = [];
  for (let waiting = [...nodes]; waiting.length > 0; ) {
    const ready = waiting.filter((node) =>
      waiting.every((other) => other === node || !missing.get(node)?.some((key) => brought.get(other)?.has(key))),
    );
    // Two that wait for each other: the plan stays as it was made.
    if (ready.length === 0) return [...rounds, waiting];
    rounds.push(ready);
    waiting = waiting.filter((node) => !ready.includes(node));
  }
  return rounds;
}

function together(nodes: readonly PlanNode[]): PlanNode {
  const [only] = nodes;
  return nodes.length === 1 && only !== undefined ? only : { kind: "parallel", nodes };
}

/** The plan with every fetch after those that bring what it requires, where they were beside each other. */
export function orderRequirements(node: PlanNode, isKey: IsKeyField, before: Keys = new Set()): PlanNode {
  if (node.kind === "sequence") {
    const known = new Set(before);
    const nodes = node.nodes.map((child) => {
      const ordered = orderRequirements(child, isKey, known);
      for (const fetch of fetchesOf(child)) addBrought(fetch, known);
      return ordered;
    });
    return { ...node, nodes };
  }
  const changed = mapChildren(node, (child) => orderRequirements(child, isKey, before));
  if (changed.kind !== "parallel") return changed;
  const rounds = inRounds(changed.nodes, before, isKey);
  return rounds.length === 1 ? changed : { kind: "sequence", nodes: rounds.map(together) };
}
