import {
  type ASTVisitor,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type InlineFragmentNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValidationContext,
  visit,
} from "graphql";

/** A fragment that is answered apart, and where it stands. */
export interface DeferredFragment {
  /** Ours, as in the plan: each occurrence has another one. */
  readonly label: string;
  /** As the client wrote it. */
  readonly clientLabel: string | undefined;
  /** Label of the deferred fragment around it. */
  readonly parent: string | undefined;
  /** From the root, or from the object of the fragment around it. */
  readonly steps: readonly DeferStep[];
  /** Fragments between the last step's field (or the start) and this one's selections, outermost first. */
  readonly guards: readonly InlineFragmentNode[];
  readonly selections: SelectionSetNode;
}

/** One field on the way down to a deferred fragment. */
export interface DeferStep {
  /** Fragments around the field in its object's selections, outermost first. */
  readonly guards: readonly InlineFragmentNode[];
  readonly field: FieldNode;
}

/** An operation without named fragments, whose remaining `@defer` directives have labels of ours and always apply. */
export interface ExpandedOperation {
  readonly operation: OperationDefinitionNode;
  /** Those around others first. */
  readonly fragments: readonly DeferredFragment[];
}

const known = new WeakMap<DocumentNode, readonly DirectiveNode[]>();

/** The `@defer` directives of a document, in its order. */
export function defersOf(document: DocumentNode): readonly DirectiveNode[] {
  const present = known.get(document);
  if (present !== undefined) return present;
  const found: DirectiveNode[] = [];
  visit(document, {
    Directive: (directive) => {
      if (directive.name.value === "defer") found.push(directive);
    },
  });
  known.set(document, found);
  return found;
}

function argumentOf(directive: DirectiveNode | undefined, name: string) {
  return directive?.arguments?.find((argument) => argument.name.value === name)?.value;
}

function deferOf(selection: SelectionNode): DirectiveNode | undefined {
  return selection.directives?.find(({ name }) => name.value === "defer");
}

/** Whether a `@defer` applies, for the variables that are true. */
export type IsDeferred = (directive: DirectiveNode) => boolean;

/** Tells by the values of variables; a variable without a value counts as the directive's default, true. */
export function deferredBy(variables: Readonly<Record<string, unknown>>): IsDeferred {
  return (directive) => {
    const condition = argumentOf(directive, "if");
    if (condition?.kind === Kind.BOOLEAN) return condition.value;
    return condition?.kind !== Kind.VARIABLE || variables[condition.name.value] !== false;
  };
}

interface Around {
  readonly parent: string | undefined;
  readonly steps: readonly DeferStep[];
  readonly guards: readonly InlineFragmentNode[];
}

class Expander {
  readonly found: DeferredFragment[] = [];
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #isDeferred: IsDeferred;

  constructor(document: DocumentNode, isDeferred: IsDeferred) {
    this.#isDeferred = isDeferred;
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(definition.name.value, definition);
    }
  }

  set(set: SelectionSetNode, around: Around): SelectionSetNode {
    return {
      kind: Kind.SELECTION_SET,
      selections: set.selections.map((selection) => this.#selection(selection, around)),
    };
  }

  #selection(selection: SelectionNode, around: Around): SelectionNode {
    if (selection.kind === Kind.FIELD) {
      if (selection.selectionSet === undefined) return selection;
      const steps = [...around.steps, { guards: around.guards, field: selection }];
      return { ...selection, selectionSet: this.set(selection.selectionSet, { ...around, steps, guards: [] }) };
    }
    const defer = deferOf(selection);
    const inline = this.#inline(selection);
    const guards = [...around.guards, inline];
    if (defer === undefined || !this.#isDeferred(defer)) {
      return { ...inline, selectionSet: this.set(inline.selectionSet, { ...around, guards }) };
    }
    return this.#deferred(defer, inline, { ...around, guards });
  }

  #deferred(defer: DirectiveNode, inline: InlineFragmentNode, around: Around): InlineFragmentNode {
    const label = `d${this.found.length}`;
    const given = argumentOf(defer, "label");
    const clientLabel = given?.kind === Kind.STRING ? given.value : undefined;
    const position = this.found.length;
    this.found.push({ label, clientLabel, ...around, selections: inline.selectionSet });
    // What stands in it is found from its own object on.
    const selectionSet = this.set(inline.selectionSet, { parent: label, steps: [], guards: [] });
    this.found[position] = { label, clientLabel, ...around, selections: selectionSet };
    const directive: DirectiveNode = {
      kind: Kind.DIRECTIVE,
      name: defer.name,
      arguments: [
        { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: "label" }, value: { kind: Kind.STRING, value: label } },
      ],
    };
    return { ...inline, directives: [...(inline.directives ?? []), directive], selectionSet };
  }

  /** The selection as an inline fragment, without its `@defer`. */
  #inline(selection: Exclude<SelectionNode, FieldNode>): InlineFragmentNode {
    const directives = selection.directives?.filter(({ name }) => name.value !== "defer") ?? [];
    if (selection.kind === Kind.INLINE_FRAGMENT) return { ...selection, directives };
    const fragment = this.#fragments.get(selection.name.value);
    if (fragment === undefined) throw new Error("a validated document spreads a fragment that it does not have");
    const { typeCondition, selectionSet } = fragment;
    return { kind: Kind.INLINE_FRAGMENT, typeCondition, directives, selectionSet };
  }
}

/** Puts every fragment of a validated document in the place of its spreads, and names what is answered apart. */
export function expandDeferred(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  isDeferred: IsDeferred,
): ExpandedOperation {
  const expander = new Expander(document, isDeferred);
  const selectionSet = expander.set(operation.selectionSet, { parent: undefined, steps: [], guards: [] });
  return { operation: { ...operation, selectionSet }, fragments: expander.found };
}

/**
 * What graphql-js 16 does not check of `@defer`: a label is a literal and unique, the root fields of a mutation are not
 * deferred, nothing is in a subscription. Source: GraphQL working draft, Defer And Stream directives rules.
 */
export function DeferRule(context: ValidationContext): ASTVisitor {
  const labels = new Set<string>();
  return {
    Directive: (directive) => {
      const label = directive.name.value === "defer" ? argumentOf(directive, "label") : undefined;
      if (label?.kind === Kind.VARIABLE) {
        context.reportError(new GraphQLError("A label of @defer must not be a variable.", { nodes: directive }));
      }
      if (label?.kind !== Kind.STRING) return;
      if (labels.has(label.value)) {
        context.reportError(new GraphQLError(`The label "${label.value}" is used twice.`, { nodes: directive }));
      }
      labels.add(label.value);
    },
    OperationDefinition: (operation) => {
      const where = misplaced(context.getDocument(), operation);
      if (where !== undefined) {
        context.reportError(new GraphQLError(`@defer cannot be used ${where}.`, { nodes: operation }));
      }
    },
  };
}

/** Where an operation defers what cannot be deferred; a literal `if: false` defers nothing. */
function misplaced(document: DocumentNode, operation: OperationDefinitionNode): string | undefined {
  if (operation.operation === "query" || defersOf(document).length === 0) return undefined;
  const isSubscription = operation.operation === "subscription";
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const seen = new Set<string>();
  const isFound = (set: SelectionSetNode): boolean =>
    set.selections.some((selection) => {
      if (selection.kind === Kind.FIELD) {
        return isSubscription && selection.selectionSet !== undefined && isFound(selection.selectionSet);
      }
      const condition = argumentOf(deferOf(selection), "if");
      const isOff = condition?.kind === Kind.BOOLEAN && !condition.value;
      if (deferOf(selection) !== undefined && !isOff) return true;
      if (selection.kind === Kind.INLINE_FRAGMENT) return isFound(selection.selectionSet);
      const { value: name } = selection.name;
      const fragment = seen.has(name) ? undefined : fragments.get(name);
      seen.add(name);
      return fragment !== undefined && isFound(fragment.selectionSet);
    });
  if (!isFound(operation.selectionSet)) return undefined;
  return isSubscription ? "in a subscription" : "at the root of a mutation";
}
