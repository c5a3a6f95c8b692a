import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";

function inlineSpreads(document: DocumentNode): DocumentNode {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const inline = (set: SelectionSetNode): SelectionSetNode => ({
    ...set,
    selections: set.selections.map((selection): SelectionNode => {
      if (selection.kind === Kind.FIELD) {
        return selection.selectionSet === undefined
          ? selection
          : { ...selection, selectionSet: inline(selection.selectionSet) };
      }
      if (selection.kind === Kind.INLINE_FRAGMENT)
        return { ...selection, selectionSet: inline(selection.selectionSet) };
      const fragment = fragments.get(selection.name.value);
      if (fragment === undefined) throw new Error(`the document has no fragment ${selection.name.value}`);
      const { typeCondition, selectionSet } = fragment;
      const { directives = [] } = selection;
      return { kind: Kind.INLINE_FRAGMENT, typeCondition, directives, selectionSet: inline(selectionSet) };
    }),
  });
  return {
    ...document,
    definitions: document.definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION
        ? [{ ...definition, selectionSet: inline(definition.selectionSet) }]
        : [],
    ),
  };
}

/**
 * The same document with some fields of interfaces asked of each object type by itself. Source: Apollo's planner takes a
 * field of an interface from whoever declares the interface, whatever the label of the field says of a type behind it.
 */
export function expandInterfaceFields(
  document: DocumentNode,
  schema: GraphQLSchema,
  isMeant: (type: string, field: string) => boolean,
): DocumentNode {
  const types = new TypeInfo(schema);
  return visit(
    document,
    visitWithTypeInfo(types, {
      SelectionSet: (set) => {
        const parent = types.getParentType();
        if (!isInterfaceType(parent)) return undefined;
        const possible = schema.getPossibleTypes(parent).map(({ name }) => name);
        const selections = set.selections.flatMap((selection): readonly SelectionNode[] => {
          const field = selection.kind === Kind.FIELD ? selection.name.value : undefined;
          if (field === undefined || !possible.some((type) => isMeant(type, field))) return [selection];
          return possible.map((type) => narrowed(type, [selection]));
        });
        return { ...set, selections };
      },
    }),
  );
}

function narrowed(type: string, selections: readonly SelectionNode[]): SelectionNode {
  const typeCondition = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type } } as const;
  return { kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet: { kind: Kind.SELECTION_SET, selections } };
}

/**
 * The same document without fragments on interfaces and unions: each is written once for each object type that it means.
 * Source: Apollo's planner throws ("We should have an edge from ...") over a fragment on an interface that the owner of
 * an interface object does not know; fragments on object types it takes everywhere.
 */
export function expandAbstractFragments(document: DocumentNode, schema: GraphQLSchema): DocumentNode {
  const types = new TypeInfo(schema);
  const inlined = inlineSpreads(document);
  return visit(
    inlined,
    visitWithTypeInfo(types, {
      SelectionSet: (set) => {
        const parent = types.getParentType();
        if (!isCompositeType(parent) || !isAbstractType(parent)) return undefined;
        const selections = set.selections.flatMap((selection): readonly SelectionNode[] => {
          if (selection.kind !== Kind.INLINE_FRAGMENT || selection.typeCondition === undefined) return [selection];
          const condition = schema.getType(selection.typeCondition.name.value);
          if (!isAbstractType(condition) || condition === getNamedType(parent)) return [selection];
          return schema
            .getPossibleTypes(condition)
            .filter((type) => schema.isSubType(parent, type))
            .map(({ name }) => ({
              ...selection,
              typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: name } },
            }));
        });
        // Nothing that is selected can ever apply, but a selection must not be empty.
        return { ...set, selections: selections.length === 0 ? [typename] : selections };
      },
    }),
  );
}

const typename: SelectionNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } };
