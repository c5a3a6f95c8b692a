import {
  type DocumentNode,
  type FieldNode,
  Kind,
  parse,
  print,
  type SelectionSetNode,
  stripIgnoredCharacters,
  type TypeNode,
  visit,
} from "graphql";
import { type FetchNode, mapChildren, type PlanNode, type Rewrite } from "../plans/plan.ts";
import { argumentText, readSubgraphs } from "./supergraph-facts.ts";

// A subgraph refuses `... on A { f } ... on B { f }` when A.f is String! and B.f is String there: one response key would
// have two shapes. Clients never write such a document, because they see one type for each field of the supergraph; a
// planner may, because subgraphs differ from it, and because it adds what keys and requirements need. Such a field
// is asked for under a key of its own and gets its real one back when the answer is merged.

/** What the fields of each subgraph look like, by the supergraph. */
export interface SubgraphShapes {
  /** The type of a field as the subgraph itself declares it; undefined when it is not known. */
  readonly typeOf: (subgraph: string, parent: string, field: string) => TypeNode | undefined;
  readonly isComposite: (type: string) => boolean;
  readonly rootType: (kind: FetchNode["operationKind"]) => string;
}

function parseType(text: string): TypeNode {
  const [definition] = parse(`type T { f: ${text} }`, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OBJECT_TYPE_DEFINITION || definition.fields?.[0] === undefined) {
    throw new Error(`not a type: ${text}`);
  }
  return definition.fields[0].type;
}

/** Reads the shapes of a supergraph. */
export function readSubgraphShapes(supergraph: DocumentNode): SubgraphShapes {
  const types = new Map<string, TypeNode>();
  const composites = new Set<string>();
  const roots = { query: "Query", mutation: "Mutation", subscription: "Subscription" };
  const enumNames = new Map(readSubgraphs(supergraph).map(({ name, enumName }) => [enumName, name]));
  for (const definition of supergraph.definitions) {
    if (definition.kind === Kind.SCHEMA_DEFINITION) {
      for (const { operation, type } of definition.operationTypes) roots[operation] = type.name.value;
    }
    if (definition.kind === Kind.UNION_TYPE_DEFINITION) composites.add(definition.name.value);
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    composites.add(definition.name.value);
    for (const field of definition.fields ?? []) {
      const place = `${definition.name.value}.${field.name.value}`;
      types.set(place, field.type);
      for (const directive of field.directives ?? []) {
        const text = directive.name.value === "join__field" ? argumentText(directive, "type") : undefined;
        const subgraph = text && enumNames.get(argumentText(directive, "graph") ?? "");
        if (text !== undefined && subgraph !== undefined) types.set(`${subgraph} ${place}`, parseType(text));
      }
    }
  }
  return {
    typeOf: (subgraph, parent, field) => types.get(`${subgraph} ${parent}.${field}`) ?? types.get(`${parent}.${field}`),
    isComposite: (type) => composites.has(type),
    rootType: (kind) => roots[kind],
  };
}

/** A field in one place of a document, and the type that it is asked of there. */
interface Occurrence {
  readonly field: FieldNode;
  readonly type: TypeNode | undefined;
}

/** Selections of one object, each with the type that the object has for them. */
interface Scoped {
  readonly set: SelectionSetNode;
  readonly parent: string | undefined;
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}

class ShapeSeparator {
  /** The key that a field gets in the place of its own. */
  readonly keys = new Map<FieldNode, string>();
  /** For each root of the answer (`undefined`) or `_entities` alias: what has to be renamed back. */
  readonly rewrites: Rewrite[] = [];
  readonly #shapes: SubgraphShapes;
  readonly #subgraph: string;
  #made: number;

  constructor(shapes: SubgraphShapes, subgraph: string, made: number) {
    this.#shapes = shapes;
    this.#subgraph = subgraph;
    this.#made = made;
  }

  get made(): number {
    return this.#made;
  }

  #collect({ set, parent }: Scoped, into: Map<string, Occurrence[]>): void {
    for (const selection of set.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const inner = selection.typeCondition?.name.value ?? parent;
        this.#collect({ set: selection.selectionSet, parent: inner }, into);
      } else if (selection.kind === Kind.FIELD && selection.name.value !== "__typename") {
        const key = (selection.alias ?? selection.name).value;
        const type =
          parent === undefined ? undefined : this.#shapes.typeOf(this.#subgraph, parent, selection.name.value);
        into.set(key, [...(into.get(key) ?? []), { field: selection, type }]);
      }
    }
  }

  /** Equal wrappers of lists and non-null, and equal leaves. Source: GraphQL specification, SameResponseShape. */
  #areAlike(a: TypeNode | undefined, b: TypeNode | undefined): boolean {
    if (a === undefined || b === undefined) return true;
    if (a.kind === Kind.NAMED_TYPE && b.kind === Kind.NAMED_TYPE) {
      if (a.name.value === b.name.value) return true;
      return this.#shapes.isComposite(a.name.value) && this.#shapes.isComposite(b.name.value);
    }
    if (a.kind === Kind.NAMED_TYPE || b.kind === Kind.NAMED_TYPE) return false;
    return a.kind === b.kind && this.#areAlike(a.type, b.type);
  }

  /** Gives keys of their own to what cannot share one, here and below. */
  separate(scopes: readonly Scoped[], path: readonly string[]): void {
    const occurrences = new Map<string, Occurrence[]>();
    for (const scope of scopes) this.#collect(scope, occurrences);
    for (const [key, all] of occurrences) {
      const alike: Occurrence[][] = [];
      for (const occurrence of all) {
        const home = alike.find((group) => group.every(({ type }) => this.#areAlike(type, occurrence.type)));
        if (home === undefined) alike.push([occurrence]);
        else home.push(occurrence);
      }
      alike.forEach((group, index) => {
        this.#settle(group, [...path, index === 0 ? key : `_s${this.#made++}_${key}`], key);
      });
    }
  }

  #settle(group: readonly Occurrence[], path: readonly string[], key: string): void {
    const scopes = group.flatMap(({ field, type }): Scoped[] =>
      field.selectionSet === undefined
        ? []
        : [{ set: field.selectionSet, parent: type === undefined ? undefined : namedType(type) }],
    );
    if (scopes.length > 0) this.separate(scopes, path);
    const used = path.at(-1) ?? key;
    if (used === key) return;
    for (const { field } of group) this.keys.set(field, used);
    // After those below it, which still go by the key that is renamed here.
    this.rewrites.push({ path, action: { rename: key } });
  }
}

function mayHaveTwoShapes({ operation }: FetchNode): boolean {
  return operation.split("...").length > 2;
}

function separateFetch(fetch: FetchNode, shapes: SubgraphShapes): FetchNode {
  if (!mayHaveTwoShapes(fetch)) return fetch;
  const document = parse(fetch.operation, { noLocation: true });
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw new Error("a fetch without an operation");
  const keys = new Map<FieldNode, string>();
  let made = 0;
  const rewritesOf = (set: SelectionSetNode, parent: string | undefined) => {
    const separator = new ShapeSeparator(shapes, fetch.subgraph, made);
    separator.separate([{ set, parent }], []);
    made = separator.made;
    for (const [field, key] of separator.keys) keys.set(field, key);
    return separator.rewrites;
  };
  const { selections } = operation.selectionSet;
  const rewrites =
    fetch.entities.length === 0 ? rewritesOf(operation.selectionSet, shapes.rootType(fetch.operationKind)) : [];
  const entities = fetch.entities.map((entity) => {
    const field = selections.find(
      (candidate): candidate is FieldNode =>
        candidate.kind === Kind.FIELD && (candidate.alias ?? candidate.name).value === entity.alias,
    );
    const own = field?.selectionSet === undefined ? [] : rewritesOf(field.selectionSet, undefined);
    return { ...entity, outputRewrites: [...own, ...entity.outputRewrites] };
  });
  if (keys.size === 0) return fetch;
  const renamed = visit(document, {
    Field: {
      // On entering, while nodes are still those that were looked at.
      enter: (field) => {
        const key = keys.get(field);
        return key === undefined ? undefined : { ...field, alias: { kind: Kind.NAME, value: key } };
      },
    },
  });
  return {
    ...fetch,
    operation: stripIgnoredCharacters(print(renamed)),
    entities,
    outputRewrites: [...rewrites, ...fetch.outputRewrites],
  };
}

/** Lets no fetch ask for one response key in two shapes. */
export function separateShapes(node: PlanNode, shapes: SubgraphShapes): PlanNode {
  if (node.kind === "fetch") return separateFetch(node, shapes);
  return mapChildren(node, (child) => separateShapes(child, shapes));
}
