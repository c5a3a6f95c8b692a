import {
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
  parse,
  type SelectionSetNode,
  type TypeNode,
} from "graphql";
import { type FetchNode, fetchesOf, type PlanNode } from "../plans/plan.ts";
import { parseFieldSet } from "./requirement-arguments.ts";
import type { SubgraphShapes } from "./separate-shapes.ts";
import { argumentText, readSubgraphs } from "./supergraph-facts.ts";

// Apollo's planner, where a requirement has a requirement, sometimes asks a subgraph for a field that is external there:
// for what it should be given. The subgraph would answer null or nonsense, so such a plan must not be carried out.

/** Fields that a subgraph names and cannot answer, as `subgraph Type.field`. */
export type Externals = ReadonlySet<string>;

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
  readonly isExternal: boolean;
}

function joinsOf(field: FieldDefinitionNode, names: ReadonlyMap<string, string>): readonly Joined[] {
  return (field.directives ?? []).flatMap((directive) => {
    if (directive.name.value !== "join__field") return [];
    const subgraph = names.get(argumentText(directive, "graph") ?? "");
    if (subgraph === undefined) return [];
    const isExternal = argumentText(directive, "external") === "true";
    return [{ subgraph, provides: argumentText(directive, "provides"), isExternal }];
  });
}

/**
 * Reads the external fields of a supergraph. Left out are fields of keys, which every subgraph knows, and fields that
 * the subgraph provides somewhere.
 */
export function readExternals(supergraph: DocumentNode, keyFields: readonly string[]): Externals {
  const names = new Map(readSubgraphs(supergraph).map(({ name, enumName }) => [enumName, name]));
  const keys = new Set(keyFields);
  const external = new Map<string, string>();
  const provided = new Set<string>();
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
    for (const field of definition.fields ?? []) {
      const place = `${definition.name.value}.${field.name.value}`;
      for (const { subgraph, provides, isExternal } of joinsOf(field, names)) {
        if (isExternal && !keys.has(place)) external.set(`${subgraph} ${place}`, `${subgraph} ${field.name.value}`);
        if (provides === undefined) continue;
        for (const name of fieldNames(parseFieldSet(provides))) provided.add(`${subgraph} ${name}`);
      }
    }
  }
  return new Set([...external].flatMap(([place, name]) => (provided.has(name) ? [] : [place])));
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}

function externalIn(
  set: SelectionSetNode,
  parent: string | undefined,
  fetch: FetchNode,
  externals: Externals,
  shapes: SubgraphShapes,
): string | undefined {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
    let type = parent;
    if (selection.kind === Kind.INLINE_FRAGMENT) type = selection.typeCondition?.name.value ?? parent;
    else if (parent !== undefined) {
      const place = `${fetch.subgraph} ${parent}.${selection.name.value}`;
      if (externals.has(place)) return place;
      const fieldType = shapes.typeOf(fetch.subgraph, parent, selection.name.value);
      type = fieldType && namedType(fieldType);
    }
    const found = selection.selectionSet && externalIn(selection.selectionSet, type, fetch, externals, shapes);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @throws Error when a fetch asks a subgraph for a field that is external there */
export function assertNoExternals(node: PlanNode | undefined, externals: Externals, shapes: SubgraphShapes): void {
  if (externals.size === 0) return;
  for (const fetch of fetchesOf(node)) {
    const { definitions } = parse(fetch.operation, { noLocation: true });
    const operation = definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    if (operation?.kind !== Kind.OPERATION_DEFINITION) continue;
    const root = fetch.entities.length === 0 ? shapes.rootType(fetch.operationKind) : undefined;
    const found = externalIn(operation.selectionSet, root, fetch, externals, shapes);
    if (found !== undefined) throw new Error(`the planner asks a subgraph for what is external there: ${found}`);
  }
}
