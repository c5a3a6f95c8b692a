import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
  type VariableDefinitionNode,
  visit,
} from "graphql";
import { realKeys } from "../plans/fetch-keys.ts";
import { type EntityInput, type FetchNode, fetchesOf, mapChildren, type Path, type PlanNode } from "../plans/plan.ts";
import { AskedByClient, type AskedKeys } from "./asked-by-client.ts";
import { type RequiredKeys, readRequiredKeys } from "./required-keys.ts";
import { withUsedVariables } from "./restore-arguments.ts";
import { argumentText, readSubgraphs } from "./supergraph-facts.ts";

// A subgraph with an interface object knows one type where clients know several. What a client asks of one of them alone,
// planners ask that subgraph of all: an error of a non-null field then takes away an entity of which the field was never
// asked. So the entities of each type are asked for what the client asks of that type, in the same request.

/** Interfaces that a subgraph knows as one object type, as `subgraph Interface`. */
export type InterfaceObjects = ReadonlySet<string>;

/** Reads which subgraphs have which interface objects. */
export function readInterfaceObjects(supergraph: DocumentNode): InterfaceObjects {
  const names = new Map(readSubgraphs(supergraph).map(({ name, enumName }) => [enumName, name]));
  const found = new Set<string>();
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    for (const directive of definition.directives ?? []) {
      if (directive.name.value !== "join__type" || argumentText(directive, "isInterfaceObject") !== "true") continue;
      found.add(`${names.get(argumentText(directive, "graph") ?? "")} ${definition.name.value}`);
    }
  }
  return found;
}

/** What some types of an entity field's objects are asked for, and where those objects are. */
interface Variant {
  readonly set: SelectionSetNode;
  readonly paths: Path[];
}

/** What is asked of the objects of one type, and of all of them. */
interface Wanted {
  readonly mine: AskedKeys;
  readonly all: AskedKeys;
  /** Whether a fetch requires a key here, or below. */
  readonly isRequired: (keys: readonly string[]) => boolean;
}

class EntitySplit {
  readonly #entity: EntityInput;
  readonly #asked: AskedByClient;
  readonly #required: RequiredKeys;

  constructor(entity: EntityInput, asked: AskedByClient, required: RequiredKeys) {
    this.#entity = entity;
    this.#asked = asked;
    this.#required = required;
  }

  /** The selections without what only objects of other types are asked for. */
  #prune(set: SelectionSetNode, wanted: Wanted, above: readonly string[] = []): SelectionSetNode {
    const selections = set.selections.flatMap((selection): readonly SelectionNode[] => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return [selection];
      if (selection.kind === Kind.FIELD) return this.#pruneField(selection, wanted, above);
      const inner = this.#prune(selection.selectionSet, wanted, above);
      return hasFields(inner) ? [{ ...selection, selectionSet: inner }] : [];
    });
    return { ...set, selections };
  }

  #pruneField(field: FieldNode, { mine, all, isRequired }: Wanted, above: readonly string[]): readonly FieldNode[] {
    const [key] = realKeys([(field.alias ?? field.name).value], this.#entity.outputRewrites);
    // What no client asked for is there for some fetch: which objects that one means is not looked into.
    if (typeof key !== "string" || field.name.value === "__typename" || !all.has(key)) return [field];
    const keys = [...above, key];
    if (!mine.has(key)) return isRequired(keys) ? [field] : [];
    const [myBelow, allBelow] = [mine.get(key), all.get(key)];
    if (field.selectionSet === undefined || myBelow === undefined || allBelow === undefined) return [field];
    const selectionSet = this.#prune(field.selectionSet, { mine: myBelow, all: allBelow, isRequired }, keys);
    return [selectionSet.selections.length === 0 ? field : { ...field, selectionSet }];
  }

  /** Undefined when all objects are asked for the same. */
  variants(set: SelectionSetNode): readonly Variant[] | undefined {
    const whole = print(set);
    const variants = new Map<string, Variant>();
    const add = (part: SelectionSetNode, path: Path) => {
      const text = print(part);
      const variant = variants.get(text) ?? { set: part, paths: [] };
      variants.set(text, variant);
      variant.paths.push(path);
    };
    for (const path of this.#entity.paths) {
      const place = this.#asked.at(path);
      if (place === undefined) {
        add(set, path);
        continue;
      }
      const all = this.#asked.keysOf(place);
      const parts = new Map<string, { readonly part: SelectionSetNode; readonly types: string[] }>();
      for (const type of place.types) {
        const isRequired = (keys: readonly string[]) => this.#required.isRequired(path, keys, type);
        const part = this.#prune(set, { mine: this.#asked.keysOf(place, type), all, isRequired });
        const text = print(part);
        const present = parts.get(text) ?? { part, types: [] };
        parts.set(text, present);
        present.types.push(type);
      }
      for (const { part, types } of parts.values()) {
        if (hasFields(part)) add(part, types.length === place.types.length ? path : [...path, types]);
      }
    }
    const isSame = variants.size === 1 && variants.has(whole);
    return isSame || variants.size === 0 ? undefined : [...variants.values()];
  }
}

function hasFields({ selections }: SelectionSetNode): boolean {
  return selections.some((selection) =>
    selection.kind === Kind.INLINE_FRAGMENT
      ? hasFields(selection.selectionSet)
      : selection.kind !== Kind.FIELD || selection.name.value !== "__typename",
  );
}

function namesInterfaceObject({ selectionSet }: FieldNode, subgraph: string, known: InterfaceObjects): boolean {
  return (selectionSet?.selections ?? []).some(
    (selection) =>
      selection.kind === Kind.INLINE_FRAGMENT && known.has(`${subgraph} ${selection.typeCondition?.name.value}`),
  );
}

/** The same entity field for some of the objects: with a key and a variable of its own. */
function asVariant(field: FieldNode, entity: EntityInput, { set, paths }: Variant, index: number) {
  const own = (name: string) => (index === 0 ? name : `${name}_t${index}`);
  const alias = own(entity.alias);
  const variable = own(entity.variable);
  const renamed = visit(
    { ...field, selectionSet: { ...set, selections: [] } },
    { Variable: (node) => ({ ...node, name: { ...node.name, value: variable } }) },
  );
  const key = index === 0 ? {} : ({ alias: { kind: Kind.NAME, value: alias } } as const);
  const part: FieldNode = { ...renamed, ...key, selectionSet: set };
  return { entity: { ...entity, alias, variable, paths }, field: part };
}

function definitionsFor(
  { variableDefinitions = [] }: OperationDefinitionNode,
  entity: EntityInput,
  count: number,
): readonly VariableDefinitionNode[] {
  const definition = variableDefinitions.find(({ variable }) => variable.name.value === entity.variable);
  if (definition === undefined) throw new Error("an entity fetch that does not declare its representations");
  return Array.from({ length: count - 1 }, (_, index) => ({
    ...definition,
    variable: {
      kind: Kind.VARIABLE,
      name: { kind: Kind.NAME, value: `${entity.variable}_t${index + 1}` },
    },
  }));
}

function splitFetch(fetch: FetchNode, known: InterfaceObjects, split: (entity: EntityInput) => EntitySplit): FetchNode {
  const document = parse(fetch.operation, { noLocation: true });
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw new Error("a fetch without an operation");
  const entities: EntityInput[] = [];
  const added: VariableDefinitionNode[] = [];
  const selections = operation.selectionSet.selections.flatMap((field): readonly SelectionNode[] => {
    const entity =
      field.kind === Kind.FIELD
        ? fetch.entities.find(({ alias }) => alias === (field.alias ?? field.name).value)
        : undefined;
    if (entity === undefined || field.kind !== Kind.FIELD || field.selectionSet === undefined) return [field];
    const isMeant = namesInterfaceObject(field, fetch.subgraph, known);
    const variants = isMeant ? split(entity).variants(field.selectionSet) : undefined;
    if (variants === undefined) {
      entities.push(entity);
      return [field];
    }
    added.push(...definitionsFor(operation, entity, variants.length));
    const parts = variants.map((variant, index) => asVariant(field, entity, variant, index));
    entities.push(...parts.map((part) => part.entity));
    return parts.map((part) => part.field);
  });
  if (selections.every((selection, index) => selection === operation.selectionSet.selections[index])) return fetch;
  const changed = {
    ...operation,
    variableDefinitions: [...(operation.variableDefinitions ?? []), ...added],
    selectionSet: { ...operation.selectionSet, selections },
  };
  const definitions = document.definitions.map((definition) => (definition === operation ? changed : definition));
  return { ...fetch, ...withUsedVariables(fetch, { ...document, definitions }), entities };
}

/**
 * Lets interface objects be asked only for what the client asks of their types.
 * @param document - what was planned
 */
export function askByType(
  root: PlanNode,
  document: DocumentNode,
  known: InterfaceObjects,
  schemaOf: () => GraphQLSchema,
): PlanNode {
  const fetches = fetchesOf(root);
  const isMeant = ({ subgraph, operation, entities }: FetchNode) =>
    entities.length > 0 && [...known].some((place) => place.startsWith(`${subgraph} `)) && operation.includes("...");
  // Arguments from contexts are variables of a whole fetch: objects that are asked for apart would want several.
  if (!fetches.some(isMeant) || fetches.some(({ entities }) => entities.some(({ contexts }) => contexts.length > 0))) {
    return root;
  }
  const asked = new AskedByClient(document, schemaOf());
  const required = readRequiredKeys(fetches, (type, condition) => asked.isOfType(type, condition));
  const change = (node: PlanNode): PlanNode => {
    if (node.kind !== "fetch") return mapChildren(node, change);
    return isMeant(node) ? splitFetch(node, known, (entity) => new EntitySplit(entity, asked, required)) : node;
  };
  return change(root);
}
