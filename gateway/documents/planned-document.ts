import {
  type ASTNode,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from "graphql";
import { ResponseKeys } from "./response-keys.ts";

/** An operation of a client, and the document that is planned in its place. */
export interface PlannedDocument {
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly keys: ResponseKeys;
  /** What the planner sees; undefined when nothing has to be fetched. */
  readonly text: string | undefined;
  /** The introspection that the operation asks for, to be answered here; undefined when it asks for none. */
  readonly introspection: DocumentNode | undefined;
}

const typenameNode: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } };

function isIntrospection(selection: SelectionNode): boolean {
  return selection.kind === Kind.FIELD && (selection.name.value === "__schema" || selection.name.value === "__type");
}

/** The conditions that depend on variables, and a `@defer` of an expanded document; "never" when a literal excludes the selection. */
function conditionsOf(selection: SelectionNode): readonly DirectiveNode[] | "never" {
  const kept: DirectiveNode[] = [];
  for (const directive of selection.directives ?? []) {
    const name = directive.name.value;
    if (name === "defer") kept.push(directive);
    if (name !== "skip" && name !== "include") continue;
    const value = directive.arguments?.find((argument) => argument.name.value === "if")?.value;
    if (value?.kind === Kind.BOOLEAN) {
      if (value.value === (name === "skip")) return "never";
    } else kept.push(directive);
  }
  return kept;
}

function fragmentsOf(document: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  return fragments;
}

class Rewriter {
  readonly rewritten = new Map<string, FragmentDefinitionNode>();
  readonly #schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #keys: ResponseKeys;

  constructor(schema: GraphQLSchema, fragments: ReadonlyMap<string, FragmentDefinitionNode>, keys: ResponseKeys) {
    this.#schema = schema;
    this.#fragments = fragments;
    this.#keys = keys;
  }

  #typeOf(name: string | undefined, otherwise: GraphQLCompositeType): GraphQLCompositeType {
    const type = name === undefined ? undefined : this.#schema.getType(name);
    return isCompositeType(type) ? type : otherwise;
  }

  /** Root selections have their fragments put in place, so that introspection can be taken out of them. */
  root(set: SelectionSetNode, type: GraphQLCompositeType): readonly SelectionNode[] {
    return set.selections.flatMap((selection): readonly SelectionNode[] => {
      const directives = conditionsOf(selection);
      if (directives === "never") return [];
      if (selection.kind === Kind.FIELD) {
        return isIntrospection(selection) || selection.name.value === "__typename"
          ? []
          : [this.#field(selection, type, directives)];
      }
      const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value);
      if (inner === undefined) return [];
      const selections = this.root(inner.selectionSet, type);
      if (selections.length === 0) return [];
      if (directives.length === 0) return selections;
      return [{ kind: Kind.INLINE_FRAGMENT, directives, selectionSet: { kind: Kind.SELECTION_SET, selections } }];
    });
  }

  #field(field: FieldNode, parent: GraphQLCompositeType, directives: readonly DirectiveNode[]): FieldNode {
    const key = this.#keys.plannedKey(field);
    const definition =
      isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[field.name.value] : undefined;
    const type = definition && getNamedType(definition.type);
    const selectionSet =
      field.selectionSet === undefined || !isCompositeType(type)
        ? field.selectionSet
        : this.#set(field.selectionSet, type, isAbstractType(type) && this.#isNarrowed(field.selectionSet, type));
    return {
      kind: Kind.FIELD,
      name: field.name,
      ...(key === field.name.value ? {} : { alias: { kind: Kind.NAME, value: key } }),
      ...(field.arguments === undefined ? {} : { arguments: field.arguments }),
      directives,
      ...(selectionSet === undefined ? {} : { selectionSet }),
    };
  }

  #set(set: SelectionSetNode, type: GraphQLCompositeType, withTypename: boolean): SelectionSetNode {
    const selections = set.selections.flatMap((selection): readonly SelectionNode[] => {
      const directives = conditionsOf(selection);
      if (directives === "never" || isIntrospection(selection)) return [];
      if (selection.kind === Kind.FIELD) {
        return [selection.name.value === "__typename" ? typenameNode : this.#field(selection, type, directives)];
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        this.#fragment(selection.name.value);
        return [{ ...selection, directives }];
      }
      const inner = this.#typeOf(selection.typeCondition?.name.value, type);
      return [{ ...selection, directives, selectionSet: this.#set(selection.selectionSet, inner, false) }];
    });
    const fields = selections.filter((selection) => selection !== typenameNode);
    const needsTypename = withTypename || selections.length === 0 || fields.length < selections.length;
    return { kind: Kind.SELECTION_SET, selections: needsTypename ? [typenameNode, ...fields] : fields };
  }

  #fragment(name: string): void {
    const fragment = this.#fragments.get(name);
    if (fragment === undefined || this.rewritten.has(name)) return;
    this.rewritten.set(name, fragment);
    const type = this.#schema.getType(fragment.typeCondition.name.value);
    if (!isCompositeType(type)) return;
    const selectionSet = this.#set(fragment.selectionSet, type, false);
    this.rewritten.set(name, { ...fragment, directives: [], selectionSet });
  }

  /** Whether what is selected depends on which object type it turns out to be. */
  #isNarrowed(set: SelectionSetNode, type: GraphQLCompositeType): boolean {
    return set.selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return selection.name.value === "__typename";
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value);
      if (fragment === undefined) return false;
      const condition = fragment.typeCondition?.name.value;
      if (condition !== undefined && condition !== type.name) return true;
      return this.#isNarrowed(fragment.selectionSet, type);
    });
  }
}

function usedVariables(nodes: readonly ASTNode[]): ReadonlySet<string> {
  const used = new Set<string>();
  for (const node of nodes) {
    visit(node, {
      VariableDefinition: () => false,
      Variable: ({ name }) => {
        used.add(name.value);
      },
    });
  }
  return used;
}

/** The document with the root's introspection fields alone; graphql-js leaves the rest of it out. */
function introspectionOf(
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): DocumentNode | undefined {
  const keep = (set: SelectionSetNode): readonly SelectionNode[] =>
    set.selections.flatMap((selection): readonly SelectionNode[] => {
      if (selection.kind === Kind.FIELD) return isIntrospection(selection) ? [selection] : [];
      const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      const selections = inner === undefined ? [] : keep(inner.selectionSet);
      if (selections.length === 0) return [];
      const { directives = [] } = selection;
      return [{ kind: Kind.INLINE_FRAGMENT, directives, selectionSet: { kind: Kind.SELECTION_SET, selections } }];
    });
  const selections = keep(operation.selectionSet);
  if (selections.length === 0) return undefined;
  const root: OperationDefinitionNode = { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections } };
  return { kind: Kind.DOCUMENT, definitions: [root, ...fragments.values()] };
}

/**
 * Prepares an operation of a validated document for planning: introspection and the root's `__typename` are taken
 * out, conditions on literals are decided, response keys become ours.
 */
export function planDocument(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): PlannedDocument {
  const fragments = fragmentsOf(document);
  const keys = new ResponseKeys();
  const rewriter = new Rewriter(schema, fragments, keys);
  const introspection = introspectionOf(operation, fragments);
  const rootType = schema.getRootType(operation.operation);
  const selections = rootType ? rewriter.root(operation.selectionSet, rootType) : [];
  if (selections.length === 0) return { operation, fragments, keys, text: undefined, introspection };
  const body: OperationDefinitionNode = {
    kind: Kind.OPERATION_DEFINITION,
    operation: operation.operation,
    selectionSet: { kind: Kind.SELECTION_SET, selections },
  };
  const used = usedVariables([body, ...rewriter.rewritten.values()]);
  const planned: OperationDefinitionNode = {
    ...body,
    variableDefinitions: (operation.variableDefinitions ?? [])
      .filter(({ variable }) => used.has(variable.name.value))
      .map((definition) => ({ ...definition, directives: [] })),
  };
  const text = print({ kind: Kind.DOCUMENT, definitions: [planned, ...rewriter.rewritten.values()] });
  return { operation, fragments, keys, text, introspection };
}
