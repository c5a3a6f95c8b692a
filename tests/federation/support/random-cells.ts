import { implementers, type Pick, type RandomField, type RandomModel } from "./random-model.ts";

/** What a field holds in one row. References are a type and a row's number. */
export interface Cell {
  readonly fails: boolean;
  readonly value: unknown;
}

/** Cells by `Type/row/field`. */
export type Table = ReadonlyMap<string, Cell>;

/** Rows of each entity type that all its subgraphs have. */
export const rowsPerType = 3;

/** The number of the row that one subgraph alone has. */
export function ghostOf(subgraph: number): number {
  return 100 + subgraph;
}

class CellMaker {
  readonly #pick: Pick;
  readonly #model: RandomModel;

  constructor(pick: Pick, model: RandomModel) {
    this.#pick = pick;
    this.#model = model;
  }

  #chance(percent: number): boolean {
    return this.#pick(100) < percent;
  }

  #reference(field: RandomField): readonly [type: string, row: number] {
    const { kind, target, owners } = field;
    const [owner = 0] = owners;
    const { media, unions } = this.#model;
    const types =
      kind === "any"
        ? (unions[owner] ?? [])
        : kind === "titled" || kind === "node"
          ? implementers(this.#model, owner, kind)
          : target === "Media"
            ? (media?.types ?? [])
            : [target];
    const type = types[this.#pick(types.length)] ?? target;
    const isAlone = owners.length === 1 && field.override === undefined && field.provides === undefined;
    const mayBeGhost =
      kind === "one" && isAlone && !field.isRelied && !field.hasArgument && media?.types.includes(type) !== true;
    return [type, mayBeGhost && this.#chance(8) ? ghostOf(owner) : this.#pick(rowsPerType)];
  }

  cell(field: RandomField, place: string): Cell {
    const isNull = !field.isRequired && this.#chance(15);
    const items = () =>
      Array.from({ length: this.#pick(4) }, () =>
        !field.areItemsRequired && this.#chance(10) ? null : this.#reference(field),
      );
    const value = {
      text: () => `${place}-text`,
      number: () => this.#pick(1000),
      mood: () => ["OPEN", "CLOSED", `ONLY${field.owners[0]}`, this.#chance(20) ? "HIDDEN" : "OPEN"][this.#pick(4)],
      value: () => ({ a: this.#pick(10), b: this.#chance(50) ? null : place }),
      joint: () => place,
      one: () => this.#reference(field),
      many: items,
      grid: () => Array.from({ length: this.#pick(3) }, () => (this.#chance(10) ? null : items())),
      any: () => this.#reference(field),
      titled: () => this.#reference(field),
      node: () => this.#reference(field),
      computed: () => place,
    }[field.kind]();
    const canFail = field.owners.length === 1 && !field.isRelied && field.kind !== "computed";
    return { fails: canFail && this.#chance(4), value: isNull && field.kind !== "computed" ? null : value };
  }
}

/** Fills every field of every row. Fields that several subgraphs answer, or that others build on, never fail. */
export function fillTable(pick: Pick, model: RandomModel): Table {
  const maker = new CellMaker(pick, model);
  const cells = new Map<string, Cell>();
  const rows = [...Array(rowsPerType).keys(), ...Array.from({ length: model.subgraphs }, (_, index) => ghostOf(index))];
  for (const { name, fields } of model.entities) {
    const all = model.media?.types.includes(name) ? [...fields, ...model.media.fields] : fields;
    for (const row of rows) {
      for (const field of all) {
        const place = `${name}/${row}/${field.name}`;
        cells.set(place, maker.cell(field, place));
      }
    }
  }
  for (const root of [...model.roots, ...model.mutations]) {
    cells.set(`Query/0/${root.name}`, maker.cell(root, root.name));
  }
  return cells;
}
