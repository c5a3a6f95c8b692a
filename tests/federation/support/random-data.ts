import type { Row } from "./federation-case.ts";
import { ghostOf, rowsPerType, type Table } from "./random-cells.ts";
import { keysOf, keyTexts, mayLackCode, type Need, type RandomField, type RandomModel } from "./random-model.ts";

/** What changes while a world is asked. */
export interface WorldState {
  count: number;
  labels: readonly string[];
}

type Reference = readonly [type: string, row: number];

/** What a requirement comes to, in a form that does not depend on whether it came in a representation or is at hand. */
function readNeed({ kind, n, inner }: Need, given: unknown, row: Row = {}): unknown {
  const value = typeof given === "function" ? given.call(row, { n: n ?? 1 }) : given;
  if (value === null || value === undefined) return null;
  if (kind === "value") return [(value as Row).a, (value as Row).b];
  if (inner === undefined) return value;
  if (Array.isArray(value)) return value.map((item) => readNeed({ kind, n, inner, field: "" }, item));
  const target = value as Row;
  if (inner.isFragment && target.__typename !== inner.type) return null;
  return readNeed({ field: inner.field, kind: "text", n: undefined, inner: undefined }, target[inner.field], target);
}

/** Makes rows as one subgraph knows them, or, without a knower, as they are. */
export class RowMaker {
  readonly #model: RandomModel;
  readonly #table: Table;
  /** A subgraph's number; undefined when everything is known. */
  readonly #knower: number | undefined;
  readonly #state: WorldState;

  constructor(model: RandomModel, table: Table, knower: number | undefined, state: WorldState) {
    this.#model = model;
    this.#table = table;
    this.#knower = knower;
    this.#state = state;
  }

  #fieldsOf(type: string): readonly RandomField[] {
    const { entities, media } = this.#model;
    const own = entities.find(({ name }) => name === type)?.fields ?? [];
    return media?.types.includes(type) ? [...own, ...media.fields] : own;
  }

  /** Whether this knower answers the field of a row; a row that one subgraph alone has is known there alone. */
  #knows({ owners, override, kind, isRequired }: RandomField, index: number): boolean {
    const knower = index >= 100 ? index - 100 : this.#knower;
    if (this.#knower !== undefined && knower !== this.#knower) return false;
    if (knower === undefined) return true;
    // What it requires of others is not to be had, nor what others answer alike: they do not know the row. But a subgraph has
    // a value where its own schema promises one, as somebody who requires it relies on.
    const isPromised = isRequired && owners.includes(knower) && override === undefined;
    if (index >= 100 && (kind === "computed" || (owners.length > 1 && !isPromised))) return false;
    if (override === undefined || index < 100) return owners.includes(knower) || override?.from === knower;
    const isMoved = override.label === undefined || this.#state.labels.includes(override.label);
    return isMoved ? owners.includes(knower) : override.from === knower;
  }

  /** All; of a row that one subgraph alone has those by which it names the type. */
  #keyFields(type: string, index: number): Row {
    const fields: Row = {
      id: `${type}-${index}`,
      code: index < 100 && index % 2 === 1 && mayLackCode(this.#model, type) ? null : `code-${type}-${index}`,
      no: index,
      lot: `lot ${type}`,
      part: { sn: `sn-${type}-${index}` },
    };
    if (index < 100) return fields;
    const texts = keysOf(this.#model, index - 100, type).map((key) => keyTexts[key] ?? "");
    return Object.fromEntries(
      Object.entries(fields).filter(([name]) => texts.some((text) => text.split(" ").includes(name))),
    );
  }

  row(type: string, index: number, provides?: string): Row {
    const isNamed = this.#knower === undefined || !this.#model.media?.extenders.includes(this.#knower);
    const isMedia = this.#model.media?.types.includes(type) === true;
    const row: Row = {
      __typename: isMedia && !isNamed ? "Media" : type,
      ...this.#keyFields(type, index),
      ...(isMedia ? { name: `name of ${type}-${index}` } : {}),
    };
    for (const field of this.#fieldsOf(type)) {
      // Labels change while rows stay.
      if (index >= 100 && field.override !== undefined) {
        row[field.name] = (...args: never[]) =>
          this.#knows(field, index) ? this.#resolver(field, type, index).apply(row, args as never) : null;
      } else if (this.#knows(field, index) || field.name === provides) {
        row[field.name] = this.#resolver(field, type, index);
      }
    }
    return row;
  }

  root(): Row {
    return Object.fromEntries([
      ...this.#model.roots.map((root) => [root.name, this.#resolver(root, "Query", 0)]),
      ...Array.from({ length: this.#model.subgraphs }, (_, index) => [
        `echo${index}`,
        (given: object) => JSON.stringify(given),
      ]),
    ]);
  }

  /** The value of a field, whoever owns it. */
  #valueOf(type: string, index: number, need: Need): unknown {
    const field = this.#fieldsOf(type).find(({ name }) => name === need.field);
    const value = this.#table.get(`${type}/${index}/${need.field}`)?.value ?? null;
    if (need.field === "name") return `name of ${type}-${index}`;
    if (field?.kind === "computed") return this.#compute(field, (each) => this.#valueOf(type, index, each));
    if (value === null) return null;
    if (field?.kind === "text") return field.hasArgument ? `${value} ${need.n === undefined ? 1 : need.n}` : value;
    if (need.inner === undefined) return value;
    const { inner } = need;
    const follow = (reference: Reference | null): unknown => {
      if (reference === null) return null;
      const [target, row] = reference;
      const text = this.#table.get(`${target}/${row}/${inner.field}`)?.value ?? null;
      return { __typename: target, [inner.field]: text };
    };
    return need.kind === "many" ? (value as (Reference | null)[]).map(follow) : follow(value as Reference);
  }

  #compute({ needs }: RandomField, read: (need: Need) => unknown, row?: Row): string {
    return `computed of ${JSON.stringify(needs.map((need) => readNeed(need, read(need), row)))}`;
  }

  #resolver(field: RandomField, type: string, index: number) {
    const { fails, value } = this.#table.get(`${type}/${index}/${field.name}`) ?? { fails: false, value: null };
    const isMerged = this.#knower === undefined;
    const refer = (reference: unknown, shift = 0): unknown => {
      if (reference === null) return null;
      const [target, row] = reference as Reference;
      return this.row(target, row >= 100 ? row : (row + shift) % rowsPerType, field.provides);
    };
    const maker = this;
    return function (this: Row, { n }: { n?: number | null }): unknown {
      if (fails) throw new Error(`${type}/${index}/${field.name} fails`);
      if (field.kind === "computed") {
        const read = (need: Need) => (isMerged ? maker.#valueOf(type, index, need) : this[need.field]);
        return maker.#compute(field, read, this);
      }
      if (value === null) return null;
      return maker.#shown(field, value, n, refer);
    };
  }

  #shown(field: RandomField, value: unknown, n: number | null | undefined, refer: (r: unknown, n?: number) => unknown) {
    switch (field.kind) {
      case "number":
        return (value as number) + (n ?? 0);
      case "text":
        if (field.override !== undefined) return `${value} by ${this.#answererOf(field)}`;
        return field.hasArgument ? `${value} ${n}` : value;
      case "joint": {
        const only = field.owners.map((owner) => [`only${owner}`, `${value} of ${owner}`]);
        return { common: String(value), ...Object.fromEntries(only) };
      }
      case "many":
        return (value as unknown[]).map((item) => refer(item));
      case "grid":
        return (value as (unknown[] | null)[]).map((line) => line?.map((item) => refer(item)) ?? null);
      case "one":
        return refer(value, field.hasArgument ? Math.abs(n ?? 0) : 0);
      case "any":
      case "titled":
      case "node":
        return refer(value);
      default:
        return value;
    }
  }

  #answererOf({ owners, override }: RandomField): string {
    if (this.#knower !== undefined) return `s${this.#knower}`;
    const isMoved = override?.label === undefined || this.#state.labels.includes(override.label);
    return `s${isMoved ? owners[0] : override?.from}`;
  }

  /** What a mutation answers, counted. */
  act(field: RandomField): unknown {
    const resolve = this.#resolver(field, "Query", 0);
    return (given: { n?: number }) => {
      this.#state.count += 1;
      return resolve.call({}, given);
    };
  }
}

/** Root fields of mutations: each counts, and `bump` answers the count, which tells the order. */
export function mutationResolvers(maker: RowMaker, model: RandomModel, state: WorldState): Row {
  return Object.fromEntries([
    ...model.mutations.map((field) => [field.name, maker.act(field)]),
    ...Array.from({ length: model.subgraphs }, (_, index) => [
      `bump${index}`,
      ({ fails }: { fails?: boolean }) => {
        state.count += 1;
        if (fails) throw new Error("bump fails");
        return state.count;
      },
    ]),
  ]);
}

/** All rows of a type that a subgraph has. */
export function rowsOf(maker: RowMaker, model: RandomModel, type: string, knower: number, isMedia = false): Row[] {
  const numbers = [...Array(rowsPerType).keys()];
  const all = model.media?.types.includes(type) || isMedia ? numbers : [...numbers, ghostOf(knower)];
  return all.map((index) => maker.row(type, index));
}
