import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentSpreadNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  visit,
} from "graphql";

/** The value of each variable that stands in a condition. */
export type Choice = ReadonlyMap<string, boolean>;

/** An operation and the document that it stands in. */
export interface OperationInDocument {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

const known = new WeakMap<OperationDefinitionNode, readonly string[]>();

function isCondition({ name }: DirectiveNode): boolean {
  return name.value === "skip" || name.value === "include";
}

/** The variables that stand in `@skip` and `@include` of an operation and of the fragments that it uses, in their order. */
export function conditionVariables({ document, operation }: OperationInDocument): readonly string[] {
  const present = known.get(operation);
  if (present !== undefined) return present;
  const names = new Set<string>();
  const spreads = new Set<string>();
  const read = {
    FragmentSpread: ({ name }: FragmentSpreadNode) => void spreads.add(name.value),
    Directive: (directive: DirectiveNode) => {
      const value = isCondition(directive) ? directive.arguments?.[0]?.value : undefined;
      if (value?.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  };
  visit(operation, read);
  // What a fragment spreads is added while the set is gone through. Another operation's fragments are not ours to read.
  for (const spread of spreads) {
    const fragment = document.definitions.find(
      (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === spread,
    );
    if (fragment !== undefined) visit(fragment, read);
  }
  const found = [...names];
  known.set(operation, found);
  return found;
}

/**
 * The values of these variables as text, one character each.
 * @throws GraphQLError BAD_USER_INPUT for a null, which a default lets a client give: a condition has no null
 */
export function choiceText(names: readonly string[], variables: Readonly<Record<string, unknown>>): string {
  let text = "";
  for (const name of names) {
    const value = variables[name];
    if (typeof value !== "boolean") {
      const extensions = { code: "BAD_USER_INPUT", http: { status: 400 } };
      throw new GraphQLError(`the variable $${name} stands in a condition and must be true or false`, { extensions });
    }
    text += value ? "1" : "0";
  }
  return text;
}

function isIncluded(directives: readonly DirectiveNode[] | undefined, choice: Choice): boolean {
  return (directives ?? []).every((directive) => {
    const value = isCondition(directive) ? directive.arguments?.[0]?.value : undefined;
    if (value?.kind !== Kind.VARIABLE) return true;
    return choice.get(value.name.value) === (directive.name.value === "include");
  });
}

function isOpen(directive: DirectiveNode): boolean {
  return isCondition(directive) && directive.arguments?.[0]?.value.kind === Kind.VARIABLE;
}

/**
 * The operation with its conditions on variables decided: what they leave out is gone, even when nothing else was
 * selected. So no planner ever meets a condition. Source: the native one aborts its process over conditions around
 * entities, and repeats a mutation's root field without its condition; Apollo's plans ask for external fields.
 */
export function decideConditions({ document, operation }: OperationInDocument, choice: Choice): OperationInDocument {
  const decided = visit(document, {
    OperationDefinition: (other) => (other === operation ? undefined : false),
    SelectionSet: (set): SelectionSetNode | undefined => {
      const selections = set.selections.filter(({ directives }) => isIncluded(directives, choice));
      const isWhole = selections.length === set.selections.length;
      if (isWhole && !selections.some(({ directives }) => directives?.some(isOpen))) return undefined;
      return {
        ...set,
        selections: selections.map((selection) => ({
          ...selection,
          directives: selection.directives?.filter((directive) => !isOpen(directive)),
        })),
      };
    },
  });
  const found = decided.definitions[document.definitions.indexOf(operation)];
  if (found?.kind !== Kind.OPERATION_DEFINITION) throw new Error("a document lost its operation");
  return { document: decided, operation: found };
}
