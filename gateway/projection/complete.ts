import type { GraphQLOutputType } from "graphql";
import {
  isIncluded,
  itemTypeOf,
  type ObjectProjection,
  ownValue,
  type Tree,
  unwrapNonNull,
  type ValueProjection,
} from "./projection.ts";

/** A way from the answer's root, in the client's keys. */
export interface PathLink {
  readonly previous: PathLink | undefined;
  readonly key: string | number;
  /** The key in the planned document, where it is known. */
  readonly plannedKey?: string;
}

/** The keys of a path, from the root. */
export function pathOf(link: PathLink | undefined): (string | number)[] {
  const path: (string | number)[] = [];
  for (let at = link; at !== undefined; at = at.previous) path.push(at.key);
  return path.reverse();
}

/** The same in the keys of the planned document; undefined when one of them is not known. */
export function plannedPathOf(link: PathLink | undefined): (string | number)[] | undefined {
  const path: (string | number)[] = [];
  for (let at = link; at !== undefined; at = at.previous) {
    const key = typeof at.key === "number" ? at.key : at.plannedKey;
    if (key === undefined) return undefined;
    path.push(key);
  }
  return path.reverse();
}

/** Why a value could not be used. */
export type Flaw = "null" | "wrong-type";

/** Called for each value that could not be used. */
export type FlawReporter = (flaw: Flaw, path: PathLink, type: string) => void;

/** What the client's operation fixes for a projection. */
export interface CompletionInput {
  readonly variables: Readonly<Record<string, unknown>>;
  /** Answers to `__schema` and `__type`, by the client's key. */
  readonly introspection: Tree | undefined;
  readonly report: FlawReporter;
}

/** A null where the type allows none: it makes the nearest nullable value around it null. */
const bubble = Symbol("null where none is allowed");

/**
 * Projects the data of an answer to the client's selection with the specification's null propagation, value by
 * value, telling of each flaw where it is. Source: GraphQL specification, CompleteValue.
 * @returns null when a null reached the root
 */
export function completeObject(
  projection: ObjectProjection,
  tree: Tree,
  path: PathLink | undefined,
  input: CompletionInput,
): Tree | null {
  const result = completeFields(projection, tree, path, input);
  return result === bubble ? null : (result as Tree);
}

function completeFields(
  projection: ObjectProjection,
  tree: Tree,
  path: PathLink | undefined,
  input: CompletionInput,
): Tree | typeof bubble {
  const result: Tree = {};
  let isLost = false;
  for (const field of projection.fields) {
    const key = field.clientKey;
    if (!isIncluded(field, input.variables) || Object.hasOwn(result, key)) continue;
    let value: unknown;
    if (field.name === "__typename") value = projection.type.name;
    else if (field.value === undefined) value = ownValue(input.introspection ?? {}, key) ?? null;
    else {
      value = completeValue(
        field.value,
        field.value.type,
        ownValue(tree, field.plannedKey),
        { previous: path, key, plannedKey: field.plannedKey },
        input,
      );
    }
    if (value === bubble) isLost = true;
    // Not an assignment: the key may be `__proto__`.
    Object.defineProperty(result, key, { value, enumerable: true, writable: true, configurable: true });
  }
  return isLost ? bubble : result;
}

function completeValue(
  projection: ValueProjection,
  declared: GraphQLOutputType,
  value: unknown,
  path: PathLink,
  input: CompletionInput,
): unknown {
  const { type, isRequired } = unwrapNonNull(declared);
  const refuse = (flaw: Flaw) => {
    input.report(flaw, path, String(declared));
    return isRequired ? bubble : null;
  };
  if (value === null || value === undefined) return isRequired ? refuse("null") : null;
  const itemType = itemTypeOf(type);
  if (itemType !== undefined) {
    if (!Array.isArray(value)) return refuse("wrong-type");
    const items = value.map((item, key) => completeValue(projection, itemType, item, { previous: path, key }, input));
    if (!items.includes(bubble)) return items;
    return isRequired ? bubble : null;
  }
  if (projection.leaf !== undefined) {
    const leaf = projection.leaf(value);
    return leaf === undefined ? refuse("wrong-type") : leaf;
  }
  if (typeof value !== "object" || Array.isArray(value)) return refuse("wrong-type");
  const tree = value as Tree;
  const object = projection.objects?.for(ownValue(tree, "__typename"));
  if (object === undefined) return refuse("wrong-type");
  const completed = completeFields(object, tree, path, input);
  return completed === bubble && !isRequired ? null : completed;
}
