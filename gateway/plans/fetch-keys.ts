import { type FieldNode, Kind, parse, type SelectionNode } from "graphql";
import type { FetchNode, Rewrite } from "./plan.ts";

const rootKeys = new WeakMap<FetchNode, readonly string[]>();

function responseKeys(selections: readonly SelectionNode[]): string[] {
  return selections.flatMap((selection): string[] => {
    if (selection.kind === Kind.FIELD) return [(selection.alias ?? selection.name).value];
    return selection.kind === Kind.INLINE_FRAGMENT ? responseKeys(selection.selectionSet.selections) : [];
  });
}

function selectionsOf(fetch: FetchNode): readonly SelectionNode[] {
  const operation = parse(fetch.operation).definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  return operation?.kind === Kind.OPERATION_DEFINITION ? operation.selectionSet.selections : [];
}

/** Response keys of a root fetch, in its order. */
export function rootKeysOf(fetch: FetchNode): readonly string[] {
  const present = rootKeys.get(fetch);
  if (present !== undefined) return present;
  const keys = [...new Set(responseKeys(selectionsOf(fetch)))];
  rootKeys.set(fetch, keys);
  return keys;
}

/** Response keys that an entity field of a fetch asks of its objects. */
export function entityKeysOf(fetch: FetchNode, alias: string): readonly string[] {
  const field = selectionsOf(fetch).find(
    (selection): selection is FieldNode =>
      selection.kind === Kind.FIELD && (selection.alias ?? selection.name).value === alias,
  );
  return [...new Set(responseKeys(field?.selectionSet?.selections ?? []))];
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
