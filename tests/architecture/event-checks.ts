import { z } from "zod";
import { foreignKinds, type Ownership } from "./ownership.ts";

/** An event's JSON Schema under its name, as `price-changed.v1`. */
export interface EventSchema {
  readonly name: string;
  readonly schema: unknown;
}

/** A rule of events: what breaks it. */
export type EventCheck = (event: EventSchema, ownership: Ownership) => string[];

interface SchemaNode {
  readonly type?: string | readonly string[] | undefined;
  readonly properties?: Readonly<Record<string, SchemaNode>> | undefined;
  readonly items?: SchemaNode | undefined;
  readonly additionalProperties?: unknown;
  readonly pattern?: string | undefined;
  readonly const?: unknown;
  readonly enum?: readonly unknown[] | undefined;
}

const node: z.ZodType<SchemaNode> = z.lazy(() =>
  z.object({
    type: z.union([z.string(), z.array(z.string())]).optional(),
    properties: z.record(z.string(), node).optional(),
    items: node.optional(),
    additionalProperties: z.unknown().optional(),
    pattern: z.string().optional(),
    const: z.unknown().optional(),
    enum: z.array(z.unknown()).optional(),
  }),
);

const idOrInstant = [/^\^\[0-9a-f\]\{8\}-/, /^\^\\d\{4\}-\\d\{2\}-/];

interface Place {
  readonly path: string;
  readonly node: SchemaNode;
}

function placesOf(schema: SchemaNode, path = ""): Place[] {
  const inner = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    placesOf(property, path === "" ? name : `${path}.${name}`),
  );
  return [{ path, node: schema }, ...inner, ...(schema.items === undefined ? [] : placesOf(schema.items, path))];
}

function isObject({ node: { type } }: Place): boolean {
  return type === "object";
}

function isLeaf(place: Place): boolean {
  return !isObject(place) && place.node.items === undefined;
}

function isHarmless({ node: leaf }: Place): boolean {
  const types = [leaf.type ?? []].flat().filter((type) => type !== "null");
  if (leaf.const !== undefined || leaf.enum !== undefined) return true;
  if (types.length > 0 && types.every((type) => type === "integer" || type === "boolean")) return true;
  const isText = types.length === 1 && types[0] === "string";
  return isText && idOrInstant.some((pattern) => pattern.test(leaf.pattern ?? ""));
}

function expectedPaths(name: string, { eventEnvelope, events }: Ownership): string[] {
  const fields = events[name]?.fields ?? [];
  return [...eventEnvelope.filter((field) => field !== "data"), ...fields.map((field) => `data.${field}`)];
}

function places({ schema }: EventSchema): Place[] {
  return placesOf(node.parse(schema));
}

/** The checks, each under the name of the folder with the example that breaks it. */
export const eventChecks: Readonly<Record<string, EventCheck>> = {
  "every-field-is-listed": (event, ownership) => {
    const listed = expectedPaths(event.name, ownership);
    const found = places(event)
      .filter(isLeaf)
      .map(({ path }) => path);
    return [...found.filter((path) => !listed.includes(path)), ...listed.filter((path) => !found.includes(path))];
  },
  "nothing-else-may-come": (event) =>
    places(event)
      .filter((place) => isObject(place) && place.node.additionalProperties !== false)
      .map(({ path }) => (path === "" ? "(whole)" : path)),
  "only-ids-numbers-and-listed-words": (event) =>
    places(event)
      .filter((place) => isLeaf(place) && !isHarmless(place))
      .map(({ path }) => path),
  "names-are-the-receivers-to-use": (event, ownership) => {
    const to = ownership.events[event.name]?.to ?? "";
    const names = places(event).map(({ path }) => path.split(".").at(-1) ?? "");
    return names.filter((name) => foreignKinds(ownership, to, name).length > 0);
  },
};

/** What breaks the rules in an event: `check: place`. */
export function eventViolations(event: EventSchema, ownership: Ownership): string[] {
  return Object.entries(eventChecks).flatMap(([name, check]) =>
    check(event, ownership).map((place) => `${name}: ${place}`),
  );
}
