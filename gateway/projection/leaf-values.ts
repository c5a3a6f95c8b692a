import { type GraphQLLeafType, isEnumType } from "graphql";

/** Turns a subgraph's value of a leaf into the client's; undefined when it is not one of the type's values. */
export type LeafReader = (value: unknown) => unknown;

function readId(value: unknown): unknown {
  if (typeof value === "string") return value;
  return typeof value === "number" && Number.isInteger(value) ? String(value) : undefined;
}

function readInt(value: unknown): unknown {
  return typeof value === "number" && (value | 0) === value ? value : undefined;
}

function readFloat(value: unknown): unknown {
  // JSON text may have a number too large for a double (1e999): JSON of ours would have null in its place.
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function readString(value: unknown): unknown {
  return typeof value === "string" ? value : undefined;
}

function readBoolean(value: unknown): unknown {
  return typeof value === "boolean" ? value : undefined;
}

/** A custom scalar's form is its organisation's affair: any JSON. */
function readAny(value: unknown): unknown {
  return value;
}

const builtIn: ReadonlyMap<string, LeafReader> = new Map([
  ["ID", readId],
  ["Int", readInt],
  ["Float", readFloat],
  ["String", readString],
  ["Boolean", readBoolean],
]);

/** The reader of a leaf type; of an enum, values that the API schema does not have are refused. */
export function leafReader(type: GraphQLLeafType): LeafReader {
  if (isEnumType(type)) {
    const names = new Set<unknown>(type.getValues().map(({ name }) => name));
    return (value) => (names.has(value) ? value : undefined);
  }
  return builtIn.get(type.name) ?? readAny;
}
