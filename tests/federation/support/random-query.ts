import type { Pick, RandomEntity, RandomField, RandomWorld } from "./random-world.ts";

/** A document and the variables for it. */
export interface RandomQuery {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const oddAliases = [
  "__proto__",
  "constructor",
  "prototype",
  "id",
  "key",
  "f0",
  "f1",
  "__typename",
  "_entities",
  "toString",
];

class QueryMaker {
  readonly fragments: string[] = [];
  readonly #pick: Pick;
  readonly #entities: readonly RandomEntity[];

  constructor(pick: Pick, entities: readonly RandomEntity[]) {
    this.#pick = pick;
    this.#entities = entities;
  }

  #chance(percent: number): boolean {
    return this.#pick(100) < percent;
  }

  #condition(): string {
    if (!this.#chance(15)) return "";
    return ` @${this.#chance(50) ? "skip" : "include"}(if: ${["$yes", "$no", "true", "false"][this.#pick(4)]})`;
  }

  #key(field: RandomField, used: Map<string, string>, prefix: string, args: string): string {
    const text = field.name + args;
    const wanted = this.#chance(15)
      ? (oddAliases[this.#pick(oddAliases.length)] ?? field.name)
      : this.#chance(20)
        ? `a${this.#pick(3)}`
        : field.name;
    const alias = prefix === "" ? wanted : `${prefix}_${wanted}`;
    // One key of one selection is one field with one set of arguments.
    const present = used.get(alias);
    if (present !== undefined && present !== text) return this.#key({ ...field }, used, `${prefix}x`, args);
    used.set(alias, text);
    return alias === field.name ? text : `${alias}: ${text}`;
  }

  field(field: RandomField, depth: number, used: Map<string, string>, prefix = ""): string {
    const args = field.hasArgument && this.#chance(70) ? `(n: ${["$n", "2", "3", "null"][this.#pick(4)]})` : "";
    const isDeep = field.kind === "one" || field.kind === "many" || field.kind === "any";
    if (isDeep && depth <= 0) return "__typename";
    const key = this.#key(field, used, prefix, args);
    return `${key}${this.#condition()}${this.#below(field, depth - 1)}`;
  }

  #below(field: RandomField, depth: number): string {
    if (field.kind === "value") return this.#chance(50) ? " { a b }" : " { b __typename }";
    if (field.kind === "any") return ` { __typename ${this.#branches(depth)} }`;
    return field.kind === "one" || field.kind === "many" ? ` { ${this.entity(field.target, depth)} }` : "";
  }

  #branches(depth: number): string {
    return this.#entities
      .filter(() => this.#chance(60))
      .map(({ name }) => `... on ${name}${this.#condition()} { ${this.entity(name, depth, name)} }`)
      .concat(this.#chance(40) ? ["... on Node { id }"] : [])
      .join(" ");
  }

  /** Selections of an entity; under a prefix where another type's may stand beside them. */
  entity(name: string, depth: number, prefix = ""): string {
    const used = new Map<string, string>([
      ["id", "id"],
      ["key", "key"],
    ]);
    const fields = this.#entities.find((entity) => entity.name === name)?.fields ?? [];
    const parts = fields
      .filter(() => this.#chance(55))
      .flatMap((field) => {
        const text = this.field(field, depth, used, prefix);
        if (this.#chance(8)) return [`... on ${name}${this.#condition()} { ${text} }`];
        return this.#chance(6) && !text.startsWith("__typename") ? [text, this.#asFragment(name, text)] : [text];
      });
    if (this.#chance(40)) parts.push("id");
    if (this.#chance(15)) parts.push("key");
    if (this.#chance(10)) parts.push("... on Node { id }");
    return parts.length === 0 ? "__typename" : parts.join(" ");
  }

  #asFragment(type: string, text: string): string {
    const name = `F${this.fragments.length}`;
    this.fragments.push(`fragment ${name} on ${type} { ${text} }`);
    return `...${name}${this.#condition()}`;
  }
}

/** Makes a query of a world: aliases that hurt, arguments, fragments, conditions, up to five levels. */
export function randomQuery(pick: Pick, { entities, roots }: RandomWorld): RandomQuery {
  const maker = new QueryMaker(pick, entities);
  const used = new Map<string, string>();
  const chosen = roots.filter(() => pick(100) < 60);
  const [first] = roots;
  const fields = (chosen.length === 0 && first !== undefined ? [first] : chosen).map((root) =>
    maker.field(root, 1 + pick(4), used),
  );
  const variables = { yes: true, no: false, n: pick(5) };
  const query = `query ($yes: Boolean! = true, $no: Boolean! = false, $n: Int) { ${fields.join(" ")} ${pick(5) === 0 ? "__typename" : ""} }`;
  return { query: `${query} ${maker.fragments.join(" ")}`, variables };
}
