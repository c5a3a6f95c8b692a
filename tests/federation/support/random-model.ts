/** A source of chance: an integer from 0 to below the bound. */
export type Pick = (below: number) => number;

/** What a field of a random type is. `any` is a union, `titled` and `node` are interfaces, `media` an entity interface. */
export type FieldKind =
  | "text"
  | "number"
  | "mood"
  | "value"
  | "joint"
  | "one"
  | "many"
  | "grid"
  | "any"
  | "titled"
  | "node"
  | "computed";

/** One part of a `@requires`. */
export interface Need {
  readonly field: string;
  readonly kind: FieldKind;
  /** The argument that it is required with; undefined for none. */
  readonly n: number | undefined;
  /** Below it: the field of the entity, and of which type when it stands in a fragment. */
  readonly inner: { readonly type: string; readonly field: string; readonly isFragment: boolean } | undefined;
}

/** A field of a random type. */
export interface RandomField {
  readonly name: string;
  readonly kind: FieldKind;
  /** Type that `one`, `many` and `grid` refer to. */
  readonly target: string;
  readonly isRequired: boolean;
  readonly areItemsRequired: boolean;
  readonly hasArgument: boolean;
  readonly isHidden: boolean;
  /** Subgraphs that can answer it. */
  readonly owners: readonly number[];
  /** The subgraph that it was taken from, and the label on which that depends. */
  override: { readonly from: number; readonly label: string | undefined } | undefined;
  needs: readonly Need[];
  /** Text field of the target that its owner provides. */
  provides: string | undefined;
  /** Whether others build on its value, so that it must not fail. */
  isRelied: boolean;
  /** Whether others provide it, so that it must be shareable. */
  isProvided: boolean;
}

/** A random entity type. */
export interface RandomEntity {
  readonly name: string;
  /** Numbers of its keys, by subgraph. */
  readonly keys: ReadonlyMap<number, readonly number[]>;
  readonly fields: RandomField[];
}

/** An entity interface, and the subgraphs that know all its types by its name alone. */
export interface RandomMedia {
  readonly home: number;
  readonly extenders: readonly number[];
  readonly types: readonly string[];
  readonly fields: RandomField[];
}

/** A random supergraph without its data. */
export interface RandomModel {
  readonly subgraphs: number;
  readonly entities: readonly RandomEntity[];
  readonly media: RandomMedia | undefined;
  /** Members of the union `Any` by subgraph. */
  readonly unions: readonly (readonly string[])[];
  readonly roots: readonly RandomField[];
  readonly mutations: readonly RandomField[];
}

/** The keys that entities may have, and what they declare. */
export const keyTexts = ["id", "code", "no lot", "part { sn }"] as const;

/** Numbers of the keys by which a subgraph names an entity. */
export function keysOf({ entities }: RandomModel, subgraph: number, type: string): readonly number[] {
  const keys = entities.find(({ name }) => name === type)?.keys;
  const [first] = keys?.values() ?? [];
  return keys?.get(subgraph) ?? first?.slice(0, 1) ?? [];
}

/** Whether rows of a type may lack their code, because every subgraph knows them by their id as well. */
export function mayLackCode(model: RandomModel, type: string): boolean {
  return Array.from({ length: model.subgraphs }, (_, subgraph) => keysOf(model, subgraph, type)).every((keys) =>
    keys.includes(0),
  );
}

/** Whether a subgraph can name a type: as its own, or by a key that it cannot resolve. */
export function canName({ entities, media }: RandomModel, subgraph: number, type: string): boolean {
  if (type === "Media") return media !== undefined && (media.home === subgraph || media.extenders.includes(subgraph));
  if (media?.types.includes(type)) {
    return entities.find(({ name }) => name === type)?.keys.has(subgraph) === true;
  }
  return true;
}

/** Types that implement `Node` (or `Titled`) in a subgraph. */
export function implementers({ entities }: RandomModel, subgraph: number, kind: "node" | "titled"): string[] {
  return entities
    .filter(({ keys, fields }) =>
      kind === "node"
        ? keys.get(subgraph)?.includes(0) === true
        : fields.some(({ name, owners }) => name === "title" && owners.includes(subgraph)),
    )
    .map(({ name }) => name);
}

class ModelMaker {
  readonly entities: RandomEntity[] = [];
  readonly #pick: Pick;
  readonly #subgraphs: number;
  media: RandomMedia | undefined;
  unions: string[][] = [];

  constructor(pick: Pick, subgraphs: number) {
    this.#pick = pick;
    this.#subgraphs = subgraphs;
  }

  chance(percent: number): boolean {
    return this.#pick(100) < percent;
  }

  one<Item>(items: readonly Item[]): Item | undefined {
    return items[this.#pick(Math.max(1, items.length))];
  }

  #others(but: readonly number[]): number[] {
    return Array.from({ length: this.#subgraphs }, (_, index) => index).filter((index) => !but.includes(index));
  }

  /** Each subgraph shares a key with one before it, so that all can be reached from each, if over several others. */
  keys(): Map<number, readonly number[]> {
    const keys = new Map<number, readonly number[]>();
    const members = this.#others([]).filter(() => this.chance(75));
    if (members.length === 0) members.push(this.#pick(this.#subgraphs));
    for (const member of members) {
      const known = [...keys.values()].flat();
      const first = known.length === 0 ? this.#pick(keyTexts.length) : (this.one(known) ?? 0);
      const second = this.#pick(keyTexts.length);
      keys.set(member, this.chance(45) ? [...new Set([first, second])] : [first]);
    }
    return keys;
  }

  field(name: string, kind: FieldKind, owners: readonly number[], target = ""): RandomField {
    const isScalar = kind === "text" || kind === "number";
    return {
      name,
      kind,
      target,
      owners,
      isRequired: kind !== "computed" && this.chance(20),
      areItemsRequired: this.chance(25),
      hasArgument: (isScalar || kind === "one") && this.chance(30),
      isHidden: false,
      override: undefined,
      needs: [],
      provides: undefined,
      isRelied: false,
      isProvided: false,
    };
  }

  owners(members: readonly number[]): number[] {
    const first = this.one(members) ?? 0;
    return this.chance(25) ? [...new Set([first, this.one(members) ?? first])] : [first];
  }

  /** Types that all of these subgraphs can name. */
  targets(owners: readonly number[]): string[] {
    const model = this.model();
    const names = [...this.entities.map(({ name }) => name), ...(this.media === undefined ? [] : ["Media"])];
    return names.filter((name) => owners.every((owner) => canName(model, owner, name)));
  }

  fields(members: readonly number[], count: number): RandomField[] {
    const kinds = "text number text mood value joint one many one grid any titled node".split(" ") as FieldKind[];
    return Array.from({ length: count }, (_, index) => {
      let kind = this.one(kinds) ?? "text";
      let owners = this.owners(members);
      if (kind === "any" || kind === "titled" || kind === "node" || kind === "mood") owners = owners.slice(0, 1);
      const [owner = 0] = owners;
      if (kind === "any" && this.unions[owner]?.length === 0) kind = "text";
      if (kind === "titled" || kind === "node") {
        if (implementers(this.model(), owner, kind).length === 0) kind = "number";
      }
      const isReference = kind === "one" || kind === "many" || kind === "grid";
      return this.field(`f${index}`, kind, owners, isReference ? (this.one(this.targets(owners)) ?? "") : "");
    }).filter(({ kind, target }) => !["one", "many", "grid"].includes(kind) || target !== "");
  }

  model(): RandomModel {
    const { entities, media, unions } = this;
    return { subgraphs: this.#subgraphs, entities, media, unions, roots: [], mutations: [] };
  }

  /** Text fields that a subgraph does not have itself, so that it can require them or provide them. */
  texts(type: string, subgraph: number): RandomField[] {
    const fields = this.entities.find(({ name }) => name === type)?.fields ?? [];
    return fields.filter(
      ({ kind, owners, hasArgument, override }) =>
        kind === "text" && !hasArgument && override === undefined && !owners.includes(subgraph),
    );
  }

  need(source: RandomField, subgraph: number): Need | undefined {
    const { name: field, kind, target, hasArgument } = source;
    const need = { field, kind, n: undefined, inner: undefined };
    if (kind === "one" || kind === "many") {
      if (!canName(this.model(), subgraph, target) || hasArgument) return undefined;
      const inner = this.one(this.texts(target, subgraph));
      return inner && { ...need, inner: { type: target, field: this.rely(inner).name, isFragment: false } };
    }
    if (kind === "any") {
      const shared = this.unions[subgraph]?.filter((type) => this.unions[source.owners[0] ?? 0]?.includes(type)) ?? [];
      const type = this.one(shared);
      const inner = type === undefined ? undefined : this.one(this.texts(type, subgraph));
      if (type === undefined || inner === undefined) return undefined;
      return { ...need, inner: { type, field: this.rely(inner).name, isFragment: true } };
    }
    if (kind !== "text" && kind !== "value" && kind !== "computed") return undefined;
    return { ...need, n: hasArgument && this.chance(70) ? this.#pick(5) : undefined };
  }

  rely(field: RandomField): RandomField {
    field.isRelied = true;
    return field;
  }

  /** A field that is computed of up to three fields of other subgraphs, some of them computed themselves. */
  computed(name: string, owner: number, fields: readonly RandomField[]): RandomField | undefined {
    const sources = fields.filter(({ owners, override }) => !owners.includes(owner) && override === undefined);
    const needs = new Map<string, Need>();
    for (let attempt = 0; attempt < 1 + this.#pick(3); attempt += 1) {
      const source = this.one(sources);
      const need = source && this.need(source, owner);
      if (source !== undefined && need !== undefined) needs.set(this.rely(source).name, need);
    }
    if (needs.size === 0) return undefined;
    return { ...this.field(name, "computed", [owner]), needs: [...needs.values()] };
  }

  /** A field that another subgraph had before, or has until a label is on. */
  overridden(name: string, members: readonly number[]): RandomField | undefined {
    const owner = this.one(members) ?? 0;
    const from = this.one(members.filter((member) => member !== owner));
    if (from === undefined) return undefined;
    const label = this.chance(60) ? `label-${this.#pick(2)}` : undefined;
    return { ...this.field(name, "text", [owner]), hasArgument: false, override: { from, label }, isRelied: true };
  }

  provide(field: RandomField): void {
    const { kind, target, owners } = field;
    const [owner = 0] = owners;
    if ((kind !== "one" && kind !== "many") || owners.length > 1 || target === "Media" || !this.chance(40)) return;
    const provided = this.one(this.texts(target, owner));
    if (provided === undefined) return;
    provided.isProvided = true;
    field.provides = this.rely(provided).name;
  }

  fill(entity: RandomEntity, members: readonly number[]): void {
    const { fields } = entity;
    fields.push(...this.fields(members, 2 + this.#pick(5)));
    if (this.chance(30)) {
      const hidden = this.field("secret", "text", [this.one(members) ?? 0]);
      fields.push({ ...hidden, hasArgument: false, isHidden: true });
    }
    if (this.chance(35)) {
      const field = this.overridden("moved", members);
      if (field !== undefined) fields.push(field);
    }
  }

  finish(fields: RandomField[], members: readonly number[]): void {
    for (let index = 0; index < 3; index += 1) {
      const field = this.chance(70) && this.computed(`c${index}`, this.one(members) ?? 0, fields);
      if (field) fields.push(field);
    }
    for (const field of fields) this.provide(field);
  }

  makeMedia(): void {
    const home = this.#pick(this.#subgraphs);
    const extenders = this.#others([home]).filter(() => this.chance(60));
    const beside = this.#others([home, ...extenders]);
    const types = ["M0", "M1"];
    for (const name of types) {
      const keys = new Map<number, readonly number[]>([[home, [0]]]);
      for (const other of beside) if (this.chance(50)) keys.set(other, [0]);
      this.entities.push({ name, keys, fields: [] });
    }
    this.media = { home, extenders, types, fields: [] };
  }

  roots(prefix: string, count: number): RandomField[] {
    const everyone = this.#others([]);
    const kinds: FieldKind[] = ["one", "many", "grid", "any", "titled", "node", "value"];
    return this.fields(everyone, count * 4)
      .filter(({ kind }) => kinds.includes(kind))
      .slice(0, count)
      .map((field, index) => ({ ...field, name: `${prefix}${index}`, hasArgument: false }));
  }
}

/** Makes a supergraph: entities with several kinds of keys, an entity interface, unions that differ, computed fields. */
export function randomModel(pick: Pick): RandomModel {
  const subgraphs = 2 + pick(3);
  const maker = new ModelMaker(pick, subgraphs);
  for (let index = 0; index < 1 + pick(3); index += 1) {
    maker.entities.push({ name: `E${index}`, keys: maker.keys(), fields: [] });
  }
  if (maker.chance(50)) maker.makeMedia();
  const membersOf = ({ keys }: RandomEntity) => [...keys.keys()];
  for (const entity of maker.entities) {
    if (!maker.chance(50)) continue;
    entity.fields.push({ ...maker.field("title", "text", maker.owners(membersOf(entity))), hasArgument: false });
  }
  maker.unions = Array.from({ length: subgraphs }, (_, subgraph) =>
    maker.entities.filter((entity) => entity.keys.has(subgraph) && maker.chance(70)).map(({ name }) => name),
  );
  for (const entity of maker.entities) maker.fill(entity, membersOf(entity));
  for (const entity of maker.entities) maker.finish(entity.fields, membersOf(entity));
  const { media } = maker;
  if (media !== undefined && media.extenders.length > 0) {
    media.fields.push(
      ...maker.fields(media.extenders, 1 + pick(4)).map((field) => ({ ...field, name: `x${field.name}` })),
    );
    const owner = maker.one(media.extenders) ?? 0;
    const name = { field: "name", kind: "text", n: undefined, inner: undefined } as const;
    media.fields.push({ ...maker.field("xc", "computed", [owner]), needs: [name] });
  }
  const roots = maker.roots("root", 2 + pick(4));
  const mutations = maker.roots("act", 1 + pick(4)).map((field) => ({ ...field, owners: field.owners.slice(0, 1) }));
  return { ...maker.model(), roots, mutations };
}
