import {
  implementers,
  keysOf,
  keyTexts,
  mayLackCode,
  type RandomEntity,
  type RandomField,
  type RandomModel,
} from "./random-model.ts";

const keyDeclarations: Readonly<Record<string, string>> = {
  id: "id: ID!",
  code: "code: String!",
  no: "no: Int!",
  lot: "lot: String!",
  part: "part: Part!",
};

function jointName(type: string, { name }: RandomField): string {
  return `Joint_${type}_${name}`;
}

function typeText(field: RandomField, parent: string): string {
  const items = field.areItemsRequired ? `${field.target}!` : field.target;
  const named = {
    text: "String",
    number: "Int",
    mood: "Mood",
    value: "Value",
    joint: jointName(parent, field),
    one: field.target,
    many: `[${items}]`,
    grid: `[[${items}]]`,
    any: "Any",
    titled: "Titled",
    node: "Node",
    computed: "String",
  }[field.kind];
  return field.isRequired ? `${named}!` : named;
}

function fieldText(field: RandomField, parent: string, directives = ""): string {
  return `${field.name}${field.hasArgument ? "(n: Int = 1)" : ""}: ${typeText(field, parent)} ${directives}`;
}

function needText({ needs }: RandomField): string {
  return needs
    .map(({ field, kind, n, inner }) => {
      const given = n === undefined ? field : `${field}(n: ${n})`;
      if (kind === "value") return `${given} { a b }`;
      if (inner === undefined) return given;
      return inner.isFragment ? `${given} { ... on ${inner.type} { ${inner.field} } }` : `${given} { ${inner.field} }`;
    })
    .join(" ");
}

function keyFields(model: RandomModel, type: string, keys: Iterable<number>): string[] {
  const names = [...keys].flatMap((key) =>
    (keyTexts[key] ?? "")
      .replace(/\{.*\}/, "")
      .trim()
      .split(" "),
  );
  return [...new Set(names)].map((name) =>
    name === "code" && mayLackCode(model, type) ? "code: String" : (keyDeclarations[name] ?? ""),
  );
}

/** Fields of each type that a subgraph names without answering them. */
function externalsOf(model: RandomModel, subgraph: number): Map<string, Map<string, RandomField>> {
  const externals = new Map<string, Map<string, RandomField>>();
  const add = (type: string, name: string) => {
    const field = model.entities.find((entity) => entity.name === type)?.fields.find((each) => each.name === name);
    if (field === undefined || field.owners.includes(subgraph)) return;
    externals.set(type, (externals.get(type) ?? new Map()).set(name, field));
  };
  const types = [
    ...model.entities,
    ...(model.media === undefined ? [] : [{ name: "Media", fields: model.media.fields }]),
  ];
  for (const { name, fields } of types) {
    for (const field of fields.filter(({ owners }) => owners.includes(subgraph))) {
      for (const { field: source, kind, inner } of field.needs) {
        add(name, source);
        const target = model.entities.find((entity) => entity.name === name)?.fields.find((f) => f.name === source);
        if (inner !== undefined) add(kind === "any" ? inner.type : (target?.target ?? ""), inner.field);
      }
      if (field.provides !== undefined) add(field.target, field.provides);
    }
  }
  for (const { owners, target, provides } of [...model.roots, ...model.mutations]) {
    if (owners.includes(subgraph) && provides !== undefined) add(target, provides);
  }
  return externals;
}

class SubgraphWriter {
  readonly #model: RandomModel;
  readonly #knower: number;
  readonly #externals: ReturnType<typeof externalsOf>;

  constructor(model: RandomModel, knower: number) {
    this.#model = model;
    this.#knower = knower;
    this.#externals = externalsOf(model, knower);
  }

  #own(fields: readonly RandomField[]): RandomField[] {
    return fields.filter(({ owners, override }) => owners.includes(this.#knower) || override?.from === this.#knower);
  }

  #directives(field: RandomField): string {
    const { override, owners, needs, provides, isHidden } = field;
    const parts: string[] = [];
    if (needs.length > 0) parts.push(`@requires(fields: "${needText(field)}")`);
    if (override !== undefined && owners.includes(this.#knower)) {
      const label = override.label === undefined ? "" : `, label: "${override.label}"`;
      parts.push(`@override(from: "s${override.from}"${label})`);
    }
    if (owners.length > 1 || field.isProvided) parts.push("@shareable");
    if (provides !== undefined) parts.push(`@provides(fields: "${provides}")`);
    if (isHidden) parts.push("@inaccessible");
    return parts.join(" ");
  }

  #lines(name: string, fields: readonly RandomField[]): string[] {
    return [
      ...this.#own(fields).map((field) => fieldText(field, name, this.#directives(field))),
      ...[...(this.#externals.get(name)?.values() ?? [])].map((field) => fieldText(field, name, "@external")),
    ];
  }

  #entity({ name, keys, fields }: RandomEntity): string {
    const { media } = this.#model;
    const isMember = keys.has(this.#knower);
    const own = keysOf(this.#model, this.#knower, name);
    const isMedia = media?.types.includes(name) === true && media.home === this.#knower;
    const interfaces = [
      ...(implementers(this.#model, this.#knower, "node").includes(name) ? ["Node"] : []),
      ...(implementers(this.#model, this.#knower, "titled").includes(name) ? ["Titled"] : []),
      ...(isMedia ? ["Media"] : []),
    ];
    const directives = own.map((key) => `@key(fields: "${keyTexts[key]}"${isMember ? "" : ", resolvable: false"})`);
    const lines = [
      ...keyFields(this.#model, name, own),
      ...(isMedia ? ["name: String"] : []),
      ...this.#lines(name, fields),
    ];
    const implementing = interfaces.length === 0 ? "" : `implements ${interfaces.join(" & ")}`;
    return `type ${name} ${implementing} ${directives.join(" ")} { ${lines.join("\n")} }`;
  }

  #media(): string[] {
    const { media } = this.#model;
    if (media === undefined) return [];
    if (media.home === this.#knower) return ['interface Media @key(fields: "id") { id: ID! name: String }'];
    if (!media.extenders.includes(this.#knower)) return [];
    const needsName = this.#own(media.fields).some(({ needs }) => needs.length > 0);
    const lines = ["id: ID!", ...(needsName ? ["name: String @external"] : []), ...this.#lines("Media", media.fields)];
    return [`type Media @interfaceObject @key(fields: "id") { ${lines.join("\n")} }`];
  }

  /** Fields of every type that has something here. */
  #present(): [type: string, fields: readonly RandomField[]][] {
    const { entities, media, roots, mutations } = this.#model;
    return [
      ...entities.map((entity): [string, RandomField[]] => [entity.name, entity.fields]),
      ["Media", media?.fields ?? []],
      ["Query", roots],
      ["Mutation", mutations],
    ];
  }

  #named(): Set<string> {
    const named = new Set<string>(this.#externals.keys());
    for (const { name, keys } of this.#model.entities) if (keys.has(this.#knower)) named.add(name);
    for (const [type, fields] of this.#present()) {
      for (const { target } of [...this.#own(fields), ...(this.#externals.get(type)?.values() ?? [])])
        named.add(target);
    }
    return named;
  }

  #joints(): string[] {
    return this.#present().flatMap(([type, fields]) =>
      this.#own(fields)
        .filter(({ kind }) => kind === "joint")
        .map((field) => {
          const common = field.owners.length > 1 ? "@shareable" : "";
          return `type ${jointName(type, field)} { common: String ${common} only${this.#knower}: String }`;
        }),
    );
  }

  write(): string {
    const { entities, roots, mutations, unions } = this.#model;
    const s = this.#knower;
    const named = this.#named();
    const union = unions[s] ?? [];
    const bumps = `bump${s}(fails: Boolean): Int`;
    const text = [
      "interface Node { id: ID! }",
      ...(implementers(this.#model, s, "titled").length > 0 ? ["interface Titled { title: String }"] : []),
      `type Query { echo${s}(filter: Filter, mode: Mode, list: [[Int!]]): String ${this.#lines("Query", roots).join("\n")} }`,
      `type Mutation { ${bumps} ${this.#lines("Mutation", mutations).join("\n")} }`,
      ...entities.filter(({ name }) => named.has(name)).map((entity) => this.#entity(entity)),
      ...this.#media(),
      ...this.#joints(),
      ...(union.length === 0 ? [] : [`union Any = ${union.join(" | ")}`]),
      `enum Mood { OPEN CLOSED ONLY${s} HIDDEN @inaccessible }`,
      `enum Mode { ONE TWO EXTRA${s} }`,
      `input Filter { word: String = "w" limit: Int inner: Filter extra${s}: Boolean }`,
      "type Value @shareable { a: Int! b: String }",
    ].join("\n");
    return text.includes("part: Part!") ? `${text}\ntype Part @shareable { sn: ID! }` : text;
  }
}

/** What one subgraph declares. */
export function subgraphSdl(model: RandomModel, knower: number): string {
  return new SubgraphWriter(model, knower).write();
}

function mergedType(model: RandomModel, { name, keys, fields }: RandomEntity): string {
  const { media } = model;
  const isMedia = media?.types.includes(name) === true;
  const everywhere = Array.from({ length: model.subgraphs }, (_, index) => index);
  const interfaces = [
    ...(everywhere.some((s) => implementers(model, s, "node").includes(name)) ? ["Node"] : []),
    ...(everywhere.some((s) => implementers(model, s, "titled").includes(name)) ? ["Titled"] : []),
    ...(isMedia ? ["Media"] : []),
  ];
  const lines = [
    ...keyFields(model, name, [...keys.values()].flat()),
    ...(isMedia ? ["name: String", ...(media?.fields ?? []).map((field) => fieldText(field, "Media"))] : []),
    ...fields.filter(({ isHidden }) => !isHidden).map((field) => fieldText(field, name)),
  ];
  const implementing = interfaces.length === 0 ? "" : `implements ${interfaces.join(" & ")}`;
  return `type ${name} ${implementing} { ${lines.join("\n")} }`;
}

function mergedJoints(type: string, fields: readonly RandomField[]): string[] {
  return fields
    .filter(({ kind }) => kind === "joint")
    .map((field) => {
      const only = field.owners.map((owner) => `only${owner}: String`);
      return `type ${jointName(type, field)} { common: String ${only.join(" ")} }`;
    });
}

/** The supergraph as one schema, as clients see it. */
export function mergedSdl(model: RandomModel): string {
  const { entities, media, roots, mutations, unions } = model;
  const all = Array.from({ length: model.subgraphs }, (_, index) => index);
  const members = [...new Set(unions.flat())];
  const arguments_ = "(filter: Filter, mode: Mode, list: [[Int!]])";
  const hasTitles = all.some((s) => implementers(model, s, "titled").length > 0);
  return [
    "interface Node { id: ID! }",
    ...(hasTitles ? ["interface Titled { title: String }"] : []),
    ...(media === undefined
      ? []
      : [`interface Media { id: ID! name: String ${media.fields.map((f) => fieldText(f, "Media")).join("\n")} }`]),
    `type Query { ${all.map((s) => `echo${s}${arguments_}: String`).join("\n")} ${roots.map((f) => fieldText(f, "Query")).join("\n")} }`,
    `type Mutation { ${all.map((s) => `bump${s}(fails: Boolean): Int`).join("\n")} ${mutations.map((f) => fieldText(f, "Mutation")).join("\n")} }`,
    ...entities.map((entity) => mergedType(model, entity)),
    ...entities.flatMap(({ name, fields }) => mergedJoints(name, fields)),
    ...mergedJoints("Media", media?.fields ?? []),
    ...(members.length === 0 ? [] : [`union Any = ${members.join(" | ")}`]),
    `enum Mood { OPEN CLOSED ${all.map((s) => `ONLY${s}`).join(" ")} }`,
    "enum Mode { ONE TWO }",
    'input Filter { word: String = "w" limit: Int inner: Filter }',
    "type Value { a: Int! b: String }",
    "type Part { sn: ID! }",
  ].join("\n");
}
