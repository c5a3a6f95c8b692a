import { type FragmentDefinitionNode, Kind, parse, type SelectionNode } from "graphql";
import type { FetchNode, Rewrite } from "./plan.ts";

/** What a fetch's document selects, by response key; undefined for a leaf. */
export type Selected = ReadonlyMap<string, SelectedObject | undefined>;

/** Below one response key. A key that is selected several times has all that is selected below it. */
interface SelectedObject extends ReadonlyMap<string, SelectedObject | undefined> {}

type Growing = Map<string, Growing | undefined>;

const nothing: Selected = new Map();
const selected = new WeakMap<FetchNode, Selected>();

function add(
  selections: readonly SelectionNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  into: Growing,
): void {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      const key = (selection.alias ?? selection.name).value;
      const below: Growing | undefined = selection.selectionSet && (into.get(key) ?? new Map());
      into.set(key, below);
      if (below !== undefined) add(selection.selectionSet?.selections ?? [], fragments, below);
    } else {
      const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      add(inner?.selectionSet.selections ?? [], fragments, into);
    }
  }
}

/** All that a fetch selects, whatever the types and conditions around it; read from its document once. */
export function selectedBy(fetch: FetchNode): Selected {
  const present = selected.get(fetch);
  if (present !== undefined) return present;
  const { definitions } = parse(fetch.operation, { noLocation: true });
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const made: Growing = new Map();
  for (const definition of definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) add(definition.selectionSet.selections, fragments, made);
  }
  selected.set(fetch, made);
  return made;
}

/** Response keys of a root fetch, in its order. */
export function rootKeysOf(fetch: FetchNode): readonly string[] {
  return [...selectedBy(fetch).keys()];
}

/** What an entity field of a fetch selects of its objects. */
export function selectedOfEntities(fetch: FetchNode, alias: string): Selected {
  return selectedBy(fetch).get(alias) ?? nothing;
}

/** A subgraph's path by the keys that its answer's data is merged under. */
export function realKeys(
  path: readonly (string | number)[],
  rewrites: readonly Rewrite[],
): readonly (string | number)[] {
  return path.map((key) => {
    const rename = rewrites.find(({ path: steps, action }) => "rename" in action && steps.at(-1) === key)?.action;
    return rename !== undefined && "rename" in rename ? rename.rename : key;
  });
}
