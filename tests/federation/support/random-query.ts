import type { Pick } from "./random-model.ts";
import { type FieldKind, implementers, keyTexts, type RandomField, type RandomModel } from "./random-model.ts";

/** A document, its variables, and the labels that are on while it is answered. */
export interface RandomQuery {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly labels: readonly string[];
}

const oddAliases = "__proto__ constructor prototype id code f0 f1 c0 title __typename _entities toString _e0 _0".split(
  " ",
);
const declarations = [
  "$yes: Boolean! = true",
  "$no: Boolean! = false",
  "$n: Int",
  "$m: Int = 2",
  "$filter: Filter",
  "$mode: Mode",
];
const deep = new Set<FieldKind>(["one", "many", "grid", "any", "titled", "node"]);

class QueryMaker {
  readonly fragments: string[] = [];
  readonly #pick: Pick;
  readonly #model: RandomModel;

  constructor(pick: Pick, model: RandomModel) {
    this.#pick = pick;
    this.#model = model;
  }

  chance(percent: number): boolean {
    return this.#pick(100) < percent;
  }

  #one<Item>(items: readonly Item[]): Item | undefined {
    return items[this.#pick(Math.max(1, items.length))];
  }

  #condition(): string {
    if (!this.chance(13)) return "";
    const one = () => `@${this.chance(50) ? "skip" : "include"}(if: ${this.#one(["$yes", "$no", "true", "false"])})`;
    const [first, second] = [one(), one()];
    return ` ${first}${this.chance(20) && first.slice(1, 3) !== second.slice(1, 3) ? ` ${second}` : ""}`;
  }

  #key(name: string, used: Map<string, string>, prefix: string, args: string): string {
    const text = name + args;
    const wanted = this.chance(12) ? (this.#one(oddAliases) ?? name) : this.chance(18) ? `a${this.#pick(3)}` : name;
    const alias = prefix === "" ? wanted : `${prefix}_${wanted}`;
    // One key of one selection is one field with one set of arguments.
    const present = used.get(alias);
    if (present !== undefined && present !== text) return this.#key(name, used, `${prefix}x`, args);
    used.set(alias, text);
    return alias === name ? text : `${alias}: ${text}`;
  }

  field(field: RandomField, depth: number, used: Map<string, string>, prefix = "", parent = ""): string {
    const args = field.hasArgument && this.chance(70) ? `(n: ${this.#one(["$n", "$m", "2", "3", "null", "0"])})` : "";
    if (deep.has(field.kind) && depth <= 0) return "__typename";
    const key = this.#key(field.name, used, prefix, args);
    return `${key}${this.#condition()}${this.#below(field, depth - 1, parent)}`;
  }

  #below(field: RandomField, depth: number, parent: string): string {
    switch (field.kind) {
      case "value":
        return this.#one([" { a b }", " { b __typename }", " { x: b a ... on Value { a } }"]) ?? "";
      case "joint": {
        const parts = ["common", ...field.owners.map((owner) => `only${owner}`)].filter(() => this.chance(60));
        return ` { ${parts.length === 0 ? "__typename" : parts.join(" ")} }`;
      }
      case "one":
      case "many":
      case "grid":
        if (field.target !== "Media") return ` { ${this.entity(field.target, depth)} }`;
        return ` { ${this.#media(depth)} }`;
      case "any":
        return ` { ${this.#abstract("", this.#union(), depth)} }`;
      case "titled":
        return ` { ${this.#abstract("title", this.#typesOf("titled"), depth)} }`;
      case "node":
        return ` { ${this.#abstract("id", this.#typesOf("node"), depth)} }`;
      default:
        return parent === "" ? "" : "";
    }
  }

  #union(): string[] {
    return [...new Set(this.#model.unions.flat())];
  }

  #typesOf(kind: "titled" | "node"): string[] {
    const all = Array.from({ length: this.#model.subgraphs }, (_, subgraph) => subgraph);
    return [...new Set(all.flatMap((subgraph) => implementers(this.#model, subgraph, kind)))];
  }

  #media(depth: number): string {
    const { media } = this.#model;
    const used = new Map([
      ["id", "id"],
      ["name", "name"],
    ]);
    const own = (media?.fields ?? []).filter(() => this.chance(50)).map((field) => this.field(field, depth, used));
    const plain = ["id", "name", "__typename"].filter(() => this.chance(35));
    return [...plain, ...own, this.#abstract("", media?.types ?? [], depth)].join(" ");
  }

  /** Selections of an interface or union: its own field, its types, and other abstract types across it. */
  #abstract(own: string, types: readonly string[], depth: number): string {
    const parts = types
      .filter(() => this.chance(55))
      .map((name) => {
        const prefix = this.chance(60) ? name : "";
        return `... on ${name}${this.#condition()} { ${this.entity(name, depth, prefix)} }`;
      });
    if (own !== "" && this.chance(60)) parts.push(own);
    if (this.chance(25) && this.#typesOf("node").length > 0) parts.push("... on Node { id }");
    if (this.chance(25) && this.#typesOf("titled").length > 0)
      parts.push(`... on Titled${this.#condition()} { title }`);
    if (this.chance(15) && this.#model.media !== undefined) parts.push("... on Media { name }");
    if (parts.length === 0 || this.chance(60)) parts.unshift(this.chance(20) ? "t: __typename" : "__typename");
    return parts.join(" ");
  }

  #keysOf(name: string): string[] {
    const keys = this.#model.entities.find((entity) => entity.name === name)?.keys.values() ?? [];
    return [...new Set([...keys].flat().flatMap((key) => this.#keyFields(keyTexts[key] ?? "")))];
  }

  #keyFields(text: string): string[] {
    return text.startsWith("part") ? [text] : text.split(" ");
  }

  /** Selections of an entity; under a prefix where another type's may stand beside them. */
  entity(name: string, depth: number, prefix = ""): string {
    const keys = this.#keysOf(name);
    const used = new Map(keys.map((key) => [key.split(" ")[0] ?? key, key]));
    const { media } = this.#model;
    const entity = this.#model.entities.find((each) => each.name === name);
    const fields = [...(entity?.fields ?? []), ...(media?.types.includes(name) ? media.fields : [])];
    const parts = fields
      .filter(({ isHidden }) => !isHidden && this.chance(45))
      .flatMap((field) => {
        const text = this.field(field, depth, used, prefix, name);
        if (this.chance(8)) return [`... on ${name}${this.#condition()} { ${text} }`];
        if (this.chance(5)) return [`... ${this.#condition()} { ${text} }`];
        return this.chance(6) && !text.startsWith("__typename") ? [text, this.#asFragment(name, text)] : [text];
      });
    parts.push(...keys.filter(() => this.chance(25)));
    if (this.chance(10)) parts.push("__typename");
    return parts.length === 0 ? "__typename" : parts.join(" ");
  }

  #asFragment(type: string, text: string): string {
    const name = `F${this.fragments.length}`;
    this.fragments.push(`fragment ${name} on ${type} { ${text} }`);
    return `...${name}${this.#condition()}`;
  }

  echo(used: Map<string, string>): string {
    const filter = this.#one(["$filter", '{ word: "x", inner: { limit: 2 } }', "null", "{}"]);
    const args = [`filter: ${filter}`, `mode: ${this.#one(["$mode", "ONE", "null"])}`, "list: [[1, $n2], null]"];
    const given = args.filter((arg) => !arg.includes("$n2") && this.chance(50)).join(", ");
    return this.#key(`echo${this.#pick(this.#model.subgraphs)}`, used, "", given === "" ? "" : `(${given})`);
  }

  bump(used: Map<string, string>): string {
    const args = this.chance(15) ? "(fails: true)" : this.chance(20) ? "(fails: $no)" : "";
    return `b${used.size}: ${this.#key(`bump${this.#pick(this.#model.subgraphs)}`, new Map(), "", args).replace(/^.*: (?=bump)/, "")}`;
  }
}

function withDeclarations(kind: string, body: string): string {
  // Apollo Server refuses variables that are declared and not used.
  const used = declarations.filter((text) => new RegExp(`\\${text.split(":")[0]}\\b`).test(body));
  return `${kind} ${used.length === 0 ? "" : `(${used.join(", ")})`} ${body}`;
}

/** Makes an operation: aliases that hurt, arguments, fragments, conditions, up to five levels; some are mutations. */
export function randomQuery(pick: Pick, model: RandomModel): RandomQuery {
  const maker = new QueryMaker(pick, model);
  const used = new Map<string, string>();
  const isMutation = pick(100) < 15;
  const roots = isMutation ? model.mutations : model.roots;
  const depth = () => 1 + pick(4);
  const chosen = roots.filter(() => pick(100) < 60);
  const [first] = roots;
  const fields = (chosen.length === 0 && first !== undefined ? [first] : chosen).map((root) =>
    maker.field(root, depth(), used),
  );
  if (isMutation) {
    for (let index = 0; index < 1 + pick(4); index += 1) {
      const bump = maker.bump(used);
      used.set(bump, bump);
      fields.splice(pick(fields.length + 1), 0, bump);
    }
  } else if (pick(100) < 25) fields.push(maker.echo(used));
  if (pick(5) === 0 || fields.length === 0) fields.push("__typename");
  const variables = {
    ...(pick(2) === 0 ? { yes: pick(2) === 0 } : {}),
    ...(pick(2) === 0 ? { no: pick(2) === 0 } : {}),
    ...(pick(4) === 0 ? {} : { n: pick(6) === 0 ? null : pick(5) }),
    ...(pick(2) === 0 ? { m: pick(5) } : {}),
    ...(pick(3) === 0 ? {} : { filter: pick(3) === 0 ? null : { limit: pick(9), inner: { word: null } } }),
    ...(pick(2) === 0 ? { mode: pick(2) === 0 ? "TWO" : null } : {}),
  };
  const labels = ["label-0", "label-1"].filter(() => pick(2) === 0);
  const body = `{ ${fields.join(" ")} } ${maker.fragments.join(" ")}`;
  return { query: withDeclarations(isMutation ? "mutation" : "query", body), variables, labels };
}
