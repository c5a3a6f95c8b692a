import type { CaseSubgraph, Row } from "./federation-case.ts";

/** A source of chance: an integer from 0 to below the bound. */
export type Pick = (below: number) => number;

/** A field of a random entity. */
export interface RandomField {
  readonly name: string;
  readonly kind: "text" | "number" | "value" | "one" | "many" | "any" | "computed";
  /** Entity type that it refers to; of a computed field the field that it requires. */
  readonly target: string;
  readonly isRequired: boolean;
  readonly hasArgument: boolean;
  /** Subgraphs that can answer it. */
  readonly owners: readonly number[];
}

/** A random entity type. */
export interface RandomEntity {
  readonly name: string;
  readonly fields: readonly RandomField[];
}

/** A random supergraph with its data, and the same as one schema. */
export interface RandomWorld {
  readonly entities: readonly RandomEntity[];
  readonly roots: readonly RandomField[];
  readonly subgraphs: Readonly<Record<string, CaseSubgraph>>;
  readonly merged: CaseSubgraph;
}

const rowsPerType = 3;

function chance(pick: Pick, percent: number): boolean {
  return pick(100) < percent;
}

function some(pick: Pick, count: number): number[] {
  const first = pick(count);
  return chance(pick, 30) ? [...new Set([first, pick(count)])] : [first];
}

function randomEntity(pick: Pick, name: string, names: readonly string[], subgraphs: number): RandomEntity {
  const kinds = ["text", "number", "value", "one", "many", "any", "text", "one"] as const;
  const fields: RandomField[] = Array.from({ length: 2 + pick(6) }, (_, index) => {
    const kind = kinds[pick(kinds.length)] ?? "text";
    return {
      name: `f${index}`,
      kind,
      target: names[pick(names.length)] ?? name,
      isRequired: chance(pick, 25),
      hasArgument: (kind === "text" || kind === "number") && chance(pick, 30),
      owners: some(pick, subgraphs),
    };
  });
  const source = fields.find(({ kind, hasArgument }) => kind === "text" && !hasArgument);
  const owner =
    source && Array.from({ length: subgraphs }, (_, index) => index).find((s) => !source.owners.includes(s));
  if (source !== undefined && owner !== undefined) {
    const computed = { kind: "computed", target: source.name, isRequired: false, hasArgument: false } as const;
    fields.push({ ...computed, name: "computed", owners: [owner] });
  }
  return { name, fields };
}

function typeText({ kind, target, isRequired }: RandomField): string {
  const named = {
    text: "String",
    number: "Int",
    value: "Value",
    one: target,
    many: `[${target}]`,
    any: "Any",
    computed: "String",
  }[kind];
  return isRequired ? `${named}!` : named;
}

function fieldText(field: RandomField, directives: string): string {
  return `${field.name}${field.hasArgument ? "(n: Int = 1)" : ""}: ${typeText(field)} ${directives}`;
}

type Cell = { readonly fails: boolean; readonly value: unknown };
type Table = ReadonlyMap<string, Cell>;

function randomCell(pick: Pick, field: RandomField, name: string, canFail: boolean): Cell {
  const isNull = !field.isRequired && chance(pick, 15);
  const row = () => pick(rowsPerType);
  const value = {
    text: () => `${name}-text`,
    number: () => pick(1000),
    value: () => ({ a: pick(10), b: chance(pick, 50) ? null : name }),
    one: () => [field.target, row()],
    many: () => Array.from({ length: pick(4) }, () => (chance(pick, 10) ? null : [field.target, row()])),
    any: () => [field.target, row()],
    computed: () => null,
  }[field.kind]();
  return { fails: canFail && chance(pick, 4), value: isNull ? null : value };
}

function fillTable(pick: Pick, entities: readonly RandomEntity[], roots: readonly RandomField[]): Table {
  const cells = new Map<string, Cell>();
  for (const { name, fields } of entities) {
    const required = new Set(fields.flatMap(({ kind, target }) => (kind === "computed" ? [target] : [])));
    for (let row = 0; row < rowsPerType; row += 1) {
      for (const field of fields) {
        const place = `${name}/${row}/${field.name}`;
        // A value that is shared must not fail at one owner alone.
        const canFail = field.owners.length === 1 && !required.has(field.name);
        cells.set(place, randomCell(pick, field, place, canFail));
      }
    }
  }
  for (const root of roots) cells.set(`Query/0/${root.name}`, randomCell(pick, root, root.name, true));
  return cells;
}

class RowMaker {
  readonly #entities: readonly RandomEntity[];
  readonly #table: Table;
  /** A subgraph's number; undefined when everything is known. */
  readonly #knower: number | undefined;

  constructor(entities: readonly RandomEntity[], table: Table, knower: number | undefined) {
    this.#entities = entities;
    this.#table = table;
    this.#knower = knower;
  }

  row(type: string, index: number): Row & { id: string } {
    const row: Row & { id: string } = { __typename: type, id: `${type}-${index}`, key: `${type}-key-${index}` };
    for (const field of this.#entities.find(({ name }) => name === type)?.fields ?? []) {
      if (this.#knower === undefined || field.owners.includes(this.#knower)) {
        row[field.name] = this.#resolver(field, `${type}/${index}/${field.name}`, `${type}/${index}/${field.target}`);
      }
    }
    return row;
  }

  root(roots: readonly RandomField[]): Row {
    return Object.fromEntries(roots.map((root) => [root.name, this.#resolver(root, `Query/0/${root.name}`, "")]));
  }

  #resolver(field: RandomField, place: string, sourcePlace: string) {
    const { fails, value } = this.#table.get(place) ?? { fails: false, value: null };
    const isMerged = this.#knower === undefined;
    const source = this.#table.get(sourcePlace)?.value;
    const refer = (reference: unknown) =>
      reference === null ? null : this.row(...(reference as [type: string, index: number]));
    return function (this: Row, { n }: { n?: number }) {
      if (fails) throw new Error(`${place} fails`);
      if (field.kind === "computed") return `computed of ${isMerged ? source : this[field.target]}`;
      if (value === null) return null;
      if (field.kind === "number") return (value as number) + (n ?? 0);
      if (field.kind === "text") return field.hasArgument ? `${value} ${n}` : value;
      if (field.kind === "value") return value;
      return field.kind === "many" ? (value as unknown[]).map(refer) : refer(value);
    };
  }
}

const valueSdl = (directives: string) => `type Value ${directives} { a: Int! b: String }`;

function subgraphSdl(entities: readonly RandomEntity[], roots: readonly RandomField[], knower: number): string {
  const types = entities.map(({ name, fields }) => {
    const own = fields.filter(({ owners }) => owners.includes(knower));
    const requirements = new Set(own.flatMap(({ kind, target }) => (kind === "computed" ? [target] : [])));
    const external = fields.filter((field) => requirements.has(field.name) && !field.owners.includes(knower));
    const lines = [
      ...own.map((field) =>
        fieldText(
          field,
          field.kind === "computed"
            ? `@requires(fields: "${field.target}")`
            : field.owners.length > 1
              ? "@shareable"
              : "",
        ),
      ),
      ...external.map((field) => fieldText(field, "@external")),
    ];
    // Every subgraph knows every entity by its first key, and every other one by the second too.
    const second = knower % 2 === 0 ? '@key(fields: "key")' : "";
    return `type ${name} implements Node @key(fields: "id") ${second} { id: ID! ${second === "" ? "" : "key: ID! @shareable"} ${lines.join("\n")} }`;
  });
  const own = roots.filter(({ owners }) => owners.includes(knower));
  const union = `union Any = ${entities.map(({ name }) => name).join(" | ")}`;
  return [
    "interface Node { id: ID! }",
    `type Query { ping${knower}: String ${own.map((root) => fieldText(root, "")).join("\n")} }`,
    ...types,
    union,
    valueSdl("@shareable"),
  ].join("\n");
}

function mergedSdl(entities: readonly RandomEntity[], roots: readonly RandomField[]): string {
  return [
    "interface Node { id: ID! }",
    `type Query { ${roots.map((root) => fieldText(root, "")).join("\n")} }`,
    ...entities.map(
      ({ name, fields }) =>
        `type ${name} implements Node { id: ID! key: ID! ${fields.map((f) => fieldText(f, "")).join("\n")} }`,
    ),
    `union Any = ${entities.map(({ name }) => name).join(" | ")}`,
    valueSdl(""),
  ].join("\n");
}

/** Makes a supergraph of two to four subgraphs over one to four entity types, with data, nulls and failing fields. */
export function randomWorld(pick: Pick): RandomWorld {
  const count = 2 + pick(3);
  const names = Array.from({ length: 1 + pick(4) }, (_, index) => `E${index}`);
  const entities = names.map((name) => randomEntity(pick, name, names, count));
  const kinds = ["one", "many", "any"] as const;
  const roots = Array.from(
    { length: 2 + pick(3) },
    (_, index): RandomField => ({
      name: `root${index}`,
      kind: kinds[pick(kinds.length)] ?? "one",
      target: names[pick(names.length)] ?? "E0",
      isRequired: chance(pick, 10),
      hasArgument: false,
      owners: [pick(count)],
    }),
  );
  const table = fillTable(pick, entities, roots);
  const rowsOf = (maker: RowMaker, name: string) =>
    Array.from({ length: rowsPerType }, (_, row) => maker.row(name, row));
  const subgraphs = Object.fromEntries(
    Array.from({ length: count }, (_, knower): [string, CaseSubgraph] => {
      const maker = new RowMaker(entities, table, knower);
      return [
        `s${knower}`,
        {
          sdl: subgraphSdl(entities, roots, knower),
          root: maker.root(roots),
          entities: Object.fromEntries(names.map((name) => [name, rowsOf(maker, name)])),
        },
      ];
    }),
  );
  const whole = new RowMaker(entities, table, undefined);
  return { entities, roots, subgraphs, merged: { sdl: mergedSdl(entities, roots), root: whole.root(roots) } };
}
