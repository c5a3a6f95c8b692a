import type { GraphQLOutputType } from "graphql";
import type { Conditions } from "./collect-fields.ts";
import {
  type FieldProjection,
  itemTypeOf,
  type ObjectProjection,
  type ObjectProjections,
  ownValue,
  type Tree,
  unwrapNonNull,
  type ValueProjection,
} from "./projection.ts";

// Most answers are without a flaw. For these a function is generated for each object type of an operation: it reads the
// keys it needs and builds the client's object in one literal. At the first flaw it only says so, and `complete.ts`,
// which knows about paths and null propagation, does the work anew.

/** What a generated projection is given beside the data, and how it says that it met a flaw. */
export interface ProjectionRun {
  hasFlaw: boolean;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly introspection: Tree | undefined;
}

type Reader = (value: unknown, run: ProjectionRun) => unknown;
type ObjectReader = (tree: Tree, run: ProjectionRun) => Tree;

const objectReaders = new WeakMap<ObjectProjection, ObjectReader>();

// Reading these from an object that lacks them gives a member of its prototype.
const inheritedNames = new Set(Object.getOwnPropertyNames(Object.prototype));

function flaw(run: ProjectionRun): null {
  run.hasFlaw = true;
  return null;
}

function objectReader(objects: ObjectProjections): Reader {
  const known = new Map<unknown, ObjectReader>();
  // Objects of one place are mostly of one type.
  let lastName: unknown;
  let last: ObjectReader | undefined;
  return (value, run) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return flaw(run);
    const typename = (value as Tree).__typename;
    if (last !== undefined && typename === lastName) return last(value as Tree, run);
    let read = known.get(typename);
    if (read === undefined) {
      const projection = objects.for(typename);
      if (projection === undefined) return flaw(run);
      read = generateProjection(projection);
      known.set(typename, read);
    }
    lastName = typename;
    last = read;
    return read(value as Tree, run);
  };
}

function nullable(read: Reader): Reader {
  return (value, run) => (value === null || value === undefined ? null : read(value, run));
}

/** Reads a list; its items' nullability is looked at here, which spares a call for each. */
function listReader(readItem: Reader, isItemRequired: boolean): Reader {
  return (value, run) => {
    if (!Array.isArray(value)) return flaw(run);
    const items = new Array<unknown>(value.length);
    for (let index = 0; index < value.length; index += 1) {
      const item = value[index] as unknown;
      if (item !== null && item !== undefined) items[index] = readItem(item, run);
      else items[index] = isItemRequired ? flaw(run) : null;
    }
    return items;
  };
}

/** Reads what is there; null is looked at by the caller. */
function presentReader(declared: GraphQLOutputType, readBottom: Reader): Reader {
  const itemType = itemTypeOf(unwrapNonNull(declared).type);
  if (itemType === undefined) return readBottom;
  return listReader(presentReader(itemType, readBottom), unwrapNonNull(itemType).isRequired);
}

function readerOf(projection: ValueProjection, readBottom: Reader): Reader {
  const read = presentReader(projection.type, readBottom);
  return unwrapNonNull(projection.type).isRequired
    ? (value, run) => (value === null || value === undefined ? flaw(run) : read(value, run))
    : nullable(read);
}

function bottomReader({ leaf, objects }: ValueProjection): Reader {
  if (objects !== undefined) return objectReader(objects);
  return (value, run) => {
    const read = leaf?.(value);
    return read === undefined ? flaw(run) : read;
  };
}

/** The test of a built-in leaf's value in the generated code; undefined where a reader must be called. */
function inlineTest({ type }: ValueProjection, name: string): string | undefined {
  switch (String(unwrapNonNull(type).type)) {
    case "String":
      return `typeof ${name}!=="string"`;
    case "ID":
      return `typeof ${name}!=="string"`;
    case "Boolean":
      return `typeof ${name}!=="boolean"`;
    case "Int":
      return `(${name}|0)!==${name}`;
    default:
      return undefined;
  }
}

class Generator {
  readonly readers: Reader[] = [];

  /** An expression for the value of a field, and the statements before it. */
  value(field: FieldProjection, typename: string, name: string): string {
    if (field.name === "__typename") return `const ${name}=${JSON.stringify(typename)};`;
    const key = JSON.stringify(field.plannedKey);
    if (field.value === undefined) {
      return `const ${name}=run.introspection?own(run.introspection,${JSON.stringify(field.clientKey)}):null;`;
    }
    const source = inheritedNames.has(field.plannedKey) ? `own(s,${key})` : `s[${key}]`;
    const reader = `r${this.readers.length}`;
    this.readers.push(readerOf(field.value, bottomReader(field.value)));
    const test = inlineTest(field.value, name);
    if (test === undefined) return `const ${name}=${reader}(${source},run);`;
    return `let ${name}=${source};if(${test})${name}=${reader}(${name},run);`;
  }
}

function conditionText(conditions: Conditions): string {
  return conditions.map(({ variable, value }) => `(v[${JSON.stringify(variable)}]===true)===${value}`).join("&&");
}

function define(target: Tree, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}

/** Names in the generated text are GraphQL names put through JSON.stringify: nothing of a client's text is code. */
function sourceOf(projection: ObjectProjection, generator: Generator): string {
  const { fields, type } = projection;
  const lines: string[] = ["const v=run.variables;"];
  if (fields.every(({ when }) => when === undefined)) {
    lines.push(...fields.map((field, index) => generator.value(field, type.name, `f${index}`)));
    // Computed, because `"__proto__": x` in a literal would set the prototype.
    const entries = fields.map(({ clientKey }, index) => `[${JSON.stringify(clientKey)}]:f${index}`);
    const plain = fields.map(({ clientKey }, index) => `${JSON.stringify(clientKey)}:f${index}`);
    const isPlain = fields.every(({ clientKey }) => clientKey !== "__proto__");
    lines.push(`return {${(isPlain ? plain : entries).join(",")}};`);
    return lines.join("\n");
  }
  lines.push("const o={};");
  const places = new Map<string, number>();
  for (const { clientKey } of fields) places.set(clientKey, (places.get(clientKey) ?? 0) + 1);
  fields.forEach((field, index) => {
    const key = JSON.stringify(field.clientKey);
    const assign = field.clientKey === "__proto__" ? `define(o,${key},f${index});` : `o[${key}]=f${index};`;
    const body = `${generator.value(field, type.name, `f${index}`)}${assign}`;
    const tests = field.when === undefined ? [] : [conditionText(field.when)];
    // The key stands where it could stand first.
    if ((places.get(field.clientKey) ?? 0) > 1) tests.push(`!Object.hasOwn(o,${key})`);
    lines.push(tests.length === 0 ? `{${body}}` : `if(${tests.join("&&")}){${body}}`);
  });
  lines.push("return o;");
  return lines.join("\n");
}

/** The generated projection of an object type's selection; made once. */
export function generateProjection(projection: ObjectProjection): ObjectReader {
  const present = objectReaders.get(projection);
  if (present !== undefined) return present;
  const generator = new Generator();
  const body = sourceOf(projection, generator);
  const names = generator.readers.map((_, index) => `r${index}`);
  const make = new Function("own", "define", ...names, `return function project(s,run){${body}}`) as (
    ...parts: unknown[]
  ) => ObjectReader;
  const reader = make(ownValue, define, ...generator.readers);
  objectReaders.set(projection, reader);
  return reader;
}
