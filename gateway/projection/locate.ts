import type { Path } from "../plans/plan.ts";
import type { PathLink } from "./complete.ts";
import type { Tree } from "./projection.ts";

/** Whether a type name (of an object) is, or implements, or belongs to, the type of a condition. */
export type TypeMatcher = (typename: unknown, condition: string) => boolean;

/** Makes a matcher from the object types of each abstract one. */
export function createTypeMatcher(possibleTypes: Readonly<Record<string, readonly string[]>>): TypeMatcher {
  const sets = new Map(Object.entries(possibleTypes).map(([name, types]) => [name, new Set<unknown>(types)]));
  return (typename, condition) => typename === condition || sets.get(condition)?.has(typename) === true;
}

/** An object of the answer, where it is, and the objects around it. */
export interface Place {
  readonly tree: Tree;
  /** In planned keys. */
  readonly link: PathLink | undefined;
  readonly around: Place | undefined;
}

/** Planners disagree whether a list of lists is one step or two: the first goes to the bottom, a second stays there. */
function addItems(list: readonly unknown[], to: unknown[]): void {
  for (const item of list) {
    if (Array.isArray(item)) addItems(item, to);
    else to.push(item);
  }
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The objects at a path, in the answer's order; an object that stands at two places is there twice. */
export function objectsAt(root: Tree, path: Path, matches: TypeMatcher): Tree[] {
  let level: unknown[] = [root];
  for (const step of path) {
    const next: unknown[] = [];
    for (const value of level) {
      if (step === "@") {
        if (Array.isArray(value)) addItems(value, next);
        else next.push(value);
      } else if (isTree(value)) {
        if (typeof step === "string") next.push(value[step]);
        // Without a type name the plan knew the type; nothing is to be told apart.
        else if (value.__typename === undefined || step.some((type) => matches(value.__typename, type)))
          next.push(value);
      }
    }
    level = next;
  }
  return level.filter(isTree);
}

interface Spot {
  readonly value: unknown;
  readonly link: PathLink | undefined;
  readonly around: Place | undefined;
}

function itemSpots(spot: Spot): Spot[] {
  const { value, link, around } = spot;
  if (!Array.isArray(value)) return [spot];
  return value.flatMap((item, key) => itemSpots({ value: item, link: { previous: link, key }, around }));
}

/** As objectsAt, with where each object is. */
export function placesAt(root: Tree, path: Path, matches: TypeMatcher): Place[] {
  let level: Spot[] = [{ value: root, link: undefined, around: undefined }];
  for (const step of path) {
    level = level.flatMap((spot): Spot[] => {
      const { value, link, around } = spot;
      if (step === "@") return itemSpots(spot);
      if (!isTree(value)) return [];
      if (typeof step === "string") {
        const inside = { tree: value, link, around };
        return [{ value: value[step], link: { previous: link, key: step }, around: inside }];
      }
      return value.__typename === undefined || step.some((type) => matches(value.__typename, type)) ? [spot] : [];
    });
  }
  return level.flatMap(({ value, link, around }) => (isTree(value) ? [{ tree: value, link, around }] : []));
}
