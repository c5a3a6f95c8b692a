import {
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
  parse,
  type SelectionSetNode,
  type TypeNode,
} from "graphql";
import { type FetchNode, fetchesOf, type PlanNode, type Requirement } from "../plans/plan.ts";
import { parseFieldSet } from "./requirement-arguments.ts";
import type { SubgraphShapes } from "./separate-shapes.ts";
import { argumentText, readSubgraphs } from "./supergraph-facts.ts";

// Apollo's planner, where a requirement has a requirement, sometimes asks a subgraph for a field that is external there,
// for what it should be given; or asks for a field before what it requires was fetched. The subgraph would answer null or
// nonsense, so such a plan must not be carried out.

/** What the subgraphs of a supergraph cannot answer by themselves. */
export interface Externals {
  /** Fields that a subgraph names and cannot answer, as `subgraph Type.field`. */
  readonly fields: ReadonlySet<string>;
  /** Fields that a subgraph must be given others for, as `subgraph Type.field`, and the names of those. */
  readonly needs: ReadonlyMap<string, readonly string[]>;
}

function fieldNames(set: SelectionSetNode): string[] {
  return set.selections.flatMap((selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [];
    const below = selection.selectionSet === undefined ? [] : fieldNames(selection.selectionSet);
    return selection.kind === Kind.FIELD ? [selection.name.value, ...below] : below;
  });
}

interface Joined {
  readonly subgraph: string;
  readonly provides: string | undefined;
  readonly requires: string | undefined;
  readonly isExternal: boolean;
}

function joinsOf(field: FieldDefinitionNode, names: ReadonlyMap<string, string>): readonly Joined[] {
  return (field.directives ?? []).flatMap((directive) => {
    if (directive.name.value !== "join__field") return [];
    const subgraph = names.get(argumentText(directive, "graph") ?? "");
    if (subgraph === undefined) return [];
    const isExternal = argumentText(directive, "external") === "true";
    const requires = argumentText(directive, "requires");
    return [{ subgraph, provides: argumentText(directive, "provides"), requires, isExternal }];
  });
}

/** Names that a field set has whatever the object's type is. */
function topNames(set: SelectionSetNode): string[] {
  return set.selections.flatMap((selection) => (selection.kind === Kind.FIELD ? [selection.name.value] : []));
}

/**
 * Reads the external fields of a supergraph, and what fields require. Left out are fields of keys, which every subgraph
 * knows, and fields that the subgraph provides somewhere.
 */
export function readExternals(supergraph: DocumentNode, keyFields: readonly string[]): Externals {
  const names = new Map(readSubgraphs(supergraph).map(({ name, enumName }) => [enumName, name]));
  const keys = new Set(keyFields);
  const external = new Map<string, string>();
  const provided = new Set<string>();
  const required = new Map<string, { readonly subgraph: string; readonly type: string; readonly names: string[] }>();
  for (const definition of supergraph.definitions) {
    const isInterface = definition.kind === Kind.INTERFACE_TYPE_DEFINITION;
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && !isInterface) continue;
    const type = definition.name.value;
    for (const field of definition.fields ?? []) {
      const place = `${type}.${field.name.value}`;
      for (const { subgraph, provides, requires, isExternal } of joinsOf(field, names)) {
        if (isExternal && !isInterface && !keys.has(place)) {
          external.set(`${subgraph} ${place}`, `${subgraph} ${field.name.value}`);
        }
        if (requires !== undefined) {
          required.set(`${subgraph} ${place}`, { subgraph, type, names: topNames(parseFieldSet(requires)) });
        }
        if (provides === undefined) continue;
        for (const name of fieldNames(parseFieldSet(provides))) provided.add(`${subgraph} ${name}`);
      }
    }
  }
  const needs = [...required].map(([place, { subgraph, type, names: all }]) => {
    const given = all.filter((name) => !keys.has(`${type}.${name}`) && !provided.has(`${subgraph} ${name}`));
    return [place, given] as const;
  });
  return {
    fields: new Set([...external].flatMap(([place, name]) => (provided.has(name) ? [] : [place]))),
    needs: new Map(needs.filter(([, given]) => given.length > 0)),
  };
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}

/** What an entity's representation carries, as the subgraph knows it. */
function namesGiven(requirements: readonly Requirement[]): readonly string[] {
  return requirements.flatMap((part) => ("type" in part ? namesGiven(part.selections) : [part.name]));
}

class FetchCheck {
  readonly #fetch: FetchNode;
  readonly #externals: Externals;
  readonly #shapes: SubgraphShapes;

  constructor(fetch: FetchNode, externals: Externals, shapes: SubgraphShapes) {
    this.#fetch = fetch;
    this.#externals = externals;
    this.#shapes = shapes;
  }

  /** What is wrong; undefined when nothing is. */
  whyWrong(): string | undefined {
    const { operation: text, entities, operationKind } = this.#fetch;
    const operation = parse(text, { noLocation: true }).definitions.find(
      (definition) => definition.kind === Kind.OPERATION_DEFINITION,
    );
    if (operation === undefined) return undefined;
    const { selectionSet } = operation;
    if (entities.length === 0) return this.#find(selectionSet, this.#shapes.rootType(operationKind), []);
    for (const field of selectionSet.selections) {
      if (field.kind !== Kind.FIELD || field.selectionSet === undefined) continue;
      const entity = entities.find(({ alias }) => alias === (field.alias ?? field.name).value);
      const found = this.#find(field.selectionSet, undefined, namesGiven(entity?.requires ?? []));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #find(set: SelectionSetNode, parent: string | undefined, given: readonly string[]): string | undefined {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
      const isField = selection.kind === Kind.FIELD;
      const wrong = isField && parent !== undefined ? this.#whyField(parent, selection.name.value, given) : undefined;
      if (wrong !== undefined) return wrong;
      const type = isField
        ? this.#typeOf(parent, selection.name.value)
        : (selection.typeCondition?.name.value ?? parent);
      const found = selection.selectionSet && this.#find(selection.selectionSet, type, isField ? [] : given);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #typeOf(parent: string | undefined, field: string): string | undefined {
    const type = parent === undefined ? undefined : this.#shapes.typeOf(this.#fetch.subgraph, parent, field);
    return type && namedType(type);
  }

  #whyField(parent: string, field: string, given: readonly string[]): string | undefined {
    const place = `${this.#fetch.subgraph} ${parent}.${field}`;
    if (this.#externals.fields.has(place)) return `for what is external there: ${place}`;
    const missing = this.#externals.needs.get(place)?.find((name) => !given.includes(name));
    return missing && `for ${place} without ${missing}, which that requires`;
  }
}

/** @throws Error when a fetch asks a subgraph for a field that it cannot answer */
export function assertAnswerable(node: PlanNode | undefined, externals: Externals, shapes: SubgraphShapes): void {
  if (externals.fields.size === 0 && externals.needs.size === 0) return;
  for (const fetch of fetchesOf(node)) {
    const wrong = new FetchCheck(fetch, externals, shapes).whyWrong();
    if (wrong !== undefined) throw new Error(`the planner asks a subgraph ${wrong}`);
  }
}
