import type { FetchNode, Path, Requirement } from "../plans/plan.ts";

/** What the fetches of a plan must be given from the answer so far. */
export interface RequiredKeys {
  /** Whether a fetch requires the last of these keys, which lie below the objects of a type at a path. */
  readonly isRequired: (path: Path, keys: readonly string[], type: string) => boolean;
}

/** The keys on a path, each with a dot behind it: neither the items of lists nor types change what is meant. */
export function placeOf(path: Path): string {
  return path.flatMap((step) => (typeof step === "string" && step !== "@" ? [`${step}.`] : [])).join("");
}

/** A type that required keys are of; undefined for objects of any. */
type Condition = string | undefined;

function add(requires: readonly Requirement[], place: string, type: Condition, into: Map<string, Set<Condition>>) {
  for (const part of requires) {
    if ("type" in part) {
      add(part.selections, place, part.type, into);
      continue;
    }
    const key = `${place}${part.source}`;
    into.set(key, (into.get(key) ?? new Set()).add(type));
    // Of which types the objects further below are, nobody asks.
    add(part.selections ?? [], `${key}.`, undefined, into);
  }
}

/** Reads what the fetches of a plan require. */
export function readRequiredKeys(
  fetches: readonly FetchNode[],
  isOfType: (type: string, condition: string) => boolean,
): RequiredKeys {
  const required = new Map<string, Set<Condition>>();
  for (const { entities } of fetches) {
    for (const { paths, requires } of entities) {
      for (const path of paths) add(requires, placeOf(path), undefined, required);
    }
  }
  return {
    isRequired: (path, keys, type) => {
      const conditions = required.get(`${placeOf(path)}${keys.join(".")}`);
      // Only the first key is of the objects whose type is asked about.
      if (conditions === undefined || keys.length > 1) return conditions !== undefined;
      return [...conditions].some((condition) => condition === undefined || isOfType(type, condition));
    },
  };
}
