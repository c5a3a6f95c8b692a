import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
  type SelectionSetNode,
  type TypeDefinitionNode,
  type TypeNode,
  visit,
} from "graphql";
import type { PlannerName } from "../plans/plan.ts";
import { parseFieldSet } from "./requirement-arguments.ts";
import { argumentText } from "./supergraph-facts.ts";

/** Fields of object types and interfaces by type and name. */
export type Fields = ReadonlyMap<string, ReadonlyMap<string, FieldDefinitionNode>>;

/** The fields that a supergraph declares. */
export function fieldsOf(document: DocumentNode): Fields {
  const types = new Map<string, Map<string, FieldDefinitionNode>>();
  for (const node of document.definitions) {
    if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    types.set(node.name.value, new Map((node.fields ?? []).map((field) => [field.name.value, field])));
  }
  return types;
}

/** The name of a type without lists and non-nulls. */
export function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}

/** Whether some object of the type may lack a value of the key. */
export function mayBeNull({ selections }: SelectionSetNode, type: string, fields: Fields): boolean {
  return selections.some((selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return false;
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      return mayBeNull(selection.selectionSet, selection.typeCondition?.name.value ?? type, fields);
    }
    const declared = fields.get(type)?.get(selection.name.value)?.type;
    if (declared === undefined) return false;
    if (declared.kind !== Kind.NON_NULL_TYPE) return true;
    return selection.selectionSet !== undefined && mayBeNull(selection.selectionSet, namedType(declared), fields);
  });
}

/**
 * Orders the keys of each type so that the planner prefers one that can be resolved and is never null. Source: of keys that
 * cost the same, Apollo's planner takes the first, even one with `resolvable: false`, and the native one the last.
 */
export function sortKeys(document: DocumentNode, planner: PlannerName): DocumentNode {
  const fields = fieldsOf(document);
  const direction = planner === "native" ? -1 : 1;
  const rankOf = (directive: ConstDirectiveNode, type: string): number => {
    const key = directive.name.value === "join__type" ? argumentText(directive, "key") : undefined;
    if (key === undefined) return 0;
    const isUnresolvable = argumentText(directive, "resolvable") === "false";
    return (isUnresolvable ? 2 : 0) + (mayBeNull(parseFieldSet(key), type, fields) ? 1 : 0);
  };
  const sort = <Node extends TypeDefinitionNode>(node: Node): Node | undefined => {
    const ranked = (node.directives ?? []).map((directive) => ({
      directive,
      rank: rankOf(directive, node.name.value),
    }));
    if (new Set(ranked.map(({ rank }) => rank)).size < 2) return undefined;
    // Sorting keeps the order of equals.
    ranked.sort((one, other) => direction * (one.rank - other.rank));
    return { ...node, directives: ranked.map(({ directive }) => directive) };
  };
  return visit(document, { ObjectTypeDefinition: sort, InterfaceTypeDefinition: sort });
}
