import { type ObjectProjection, ownValue, type Tree } from "./projection.ts";

type Path = readonly (string | number)[];

/** The client's path of a planned one, as far down as the client selected. */
export function clientPath(projection: ObjectProjection, data: Tree, path: Path): Path {
  const result: (string | number)[] = [];
  let at: ObjectProjection | undefined = projection;
  let objects: ReturnType<typeof objectsOf>;
  let value: unknown = data;
  for (const key of path) {
    if (typeof key === "number") {
      value = Array.isArray(value) ? value[key] : undefined;
      result.push(key);
      if (objects !== undefined) at = projectionFor(objects, value);
      continue;
    }
    const field: ObjectProjection["fields"][number] | undefined =
      at === undefined ? objects?.fieldOfUnknown(key) : at.fields.find(({ plannedKey }) => plannedKey === key);
    if (field === undefined) break;
    result.push(field.clientKey);
    value = typeof value === "object" && value !== null ? ownValue(value as Tree, key) : undefined;
    objects = objectsOf(field);
    at = objects && projectionFor(objects, value);
  }
  return result;
}

/**
 * Whether a planned path goes through a field that was asked of objects of another type alone, at an object that has all
 * that was asked of it: a subgraph that knows types by their interface's name alone is asked for all of them.
 */
export function isAskedOfOthers(projection: ObjectProjection, data: Tree, path: Path): boolean {
  let at: ObjectProjection | undefined = projection;
  let objects: ReturnType<typeof objectsOf>;
  let value: unknown = data;
  for (const key of path) {
    if (typeof key === "number") value = Array.isArray(value) ? value[key] : undefined;
    else {
      const field: ObjectProjection["fields"][number] | undefined = at?.fields.find((one) => one.plannedKey === key);
      const tree = typeof value === "object" && value !== null ? (value as Tree) : undefined;
      if (field === undefined || tree === undefined) {
        const isWhole = at?.fields.every(
          (one) => one.value === undefined || ownValue(tree ?? {}, one.plannedKey) != null,
        );
        return tree !== undefined && isWhole === true && objects?.fieldOfUnknown(key) !== undefined;
      }
      value = ownValue(tree, key);
      objects = objectsOf(field);
    }
    at = objects && projectionFor(objects, value);
  }
  return false;
}

function objectsOf(field: ObjectProjection["fields"][number]) {
  return field.value?.objects;
}

function projectionFor(
  objects: NonNullable<ReturnType<typeof objectsOf>>,
  value: unknown,
): ObjectProjection | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return objects.for(isObject ? ownValue(value as Tree, "__typename") : undefined);
}
