import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isInterfaceType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import type { ResponseKeys } from "../documents/response-keys.ts";

/** A Boolean variable and the value that it must have. */
export interface Condition {
  readonly variable: string;
  readonly value: boolean;
}

/** All of these must hold; none means always. */
export type Conditions = readonly Condition[];

/** A selection set as it stands in the document, and when it applies. */
export interface GuardedSelections {
  readonly set: SelectionSetNode;
  readonly when: Conditions;
}

/** One key of an answer's object. */
export interface CollectedField {
  readonly clientKey: string;
  readonly plannedKey: string;
  readonly name: string;
  /** Undefined for `__typename` and for introspection. */
  readonly definition: GraphQLField<unknown, unknown> | undefined;
  /** The key is there when these hold; undefined means always. */
  readonly when: Conditions | undefined;
  /** What is selected below, of every occurrence of the key. */
  readonly below: readonly GuardedSelections[];
}

/** A type that an object of an answer has; an interface when the object's own type was not asked for. */
export type ConcreteType = GraphQLObjectType | GraphQLInterfaceType;

/** What is needed to collect the fields of any selection set of one document. */
export interface CollectContext {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly keys: ResponseKeys;
}

interface Gathered {
  readonly node: FieldNode;
  isAlways: boolean;
  readonly below: GuardedSelections[];
}

/** Where a key may come to stand: at the first of its places whose conditions hold. */
interface KeyPlace {
  readonly key: string;
  readonly field: Gathered;
  readonly when: Conditions;
}

/** Whether a selection is answered later. Documents whose fragments are not delivered apart have lost the directive. */
function isDeferred(selection: SelectionNode): boolean {
  return selection.directives?.some(({ name }) => name.value === "defer") === true;
}

/** The conditions of a selection that depend on variables; "never" when a literal excludes it. */
export function conditionsOf(selection: SelectionNode): Conditions | "never" {
  const conditions: Condition[] = [];
  for (const { name, arguments: given } of selection.directives ?? []) {
    if (name.value !== "skip" && name.value !== "include") continue;
    const wanted = name.value === "include";
    const value = given?.find((argument) => argument.name.value === "if")?.value;
    if (value?.kind === Kind.BOOLEAN && value.value !== wanted) return "never";
    if (value?.kind === Kind.VARIABLE) conditions.push({ variable: value.name.value, value: wanted });
  }
  return conditions;
}

function applies(context: CollectContext, condition: string | undefined, type: ConcreteType): boolean {
  if (condition === undefined || condition === type.name) return true;
  const conditionType = context.schema.getType(condition);
  return isAbstractType(conditionType) && context.schema.isSubType(conditionType, type);
}

/**
 * Source: GraphQL specification, CollectFields; but for all values of the variables at once, each key with its
 * conditions. A fragment is followed once for each way that it is guarded.
 */
class Collector {
  readonly places: KeyPlace[] = [];
  readonly #gathered = new Map<string, Gathered>();
  readonly #context: CollectContext;
  readonly #type: ConcreteType;
  readonly #visited = new Set<string>();

  constructor(context: CollectContext, type: ConcreteType) {
    this.#context = context;
    this.#type = type;
  }

  visit({ set, when }: GuardedSelections): void {
    for (const selection of set.selections) {
      const own = conditionsOf(selection);
      if (own === "never" || isDeferred(selection)) continue;
      const guarded = own.length === 0 ? when : [...when, ...own];
      if (selection.kind === Kind.FIELD) this.#add(selection, guarded);
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (!applies(this.#context, selection.typeCondition?.name.value, this.#type)) continue;
        this.visit({ set: selection.selectionSet, when: guarded });
      } else this.#spread(selection.name.value, guarded);
    }
  }

  #spread(name: string, when: Conditions): void {
    const fragment = this.#context.fragments.get(name);
    if (fragment === undefined || !applies(this.#context, fragment.typeCondition.name.value, this.#type)) return;
    const visit = `${name} ${when.map(({ variable, value }) => `${variable}=${value}`).join(" ")}`;
    if (this.#visited.has(visit)) return;
    this.#visited.add(visit);
    this.visit({ set: fragment.selectionSet, when });
  }

  #add(node: FieldNode, when: Conditions): void {
    const key = node.alias?.value ?? node.name.value;
    const field = this.#gathered.get(key) ?? { node, isAlways: false, below: [] };
    this.#gathered.set(key, field);
    if (!field.isAlways) this.places.push({ key, field, when });
    field.isAlways ||= when.length === 0;
    if (node.selectionSet !== undefined) field.below.push({ set: node.selectionSet, when });
  }
}

/**
 * The keys that objects of one type have in the answer, in the order of the specification. A key that depends on
 * conditions is there once for each place where it may stand.
 */
export function collectFields(
  context: CollectContext,
  type: ConcreteType,
  selections: readonly GuardedSelections[],
): readonly CollectedField[] {
  const collector = new Collector(context, type);
  for (const guarded of selections) collector.visit(guarded);
  const definitions = type.getFields();
  return collector.places.flatMap(({ key: clientKey, field: { node, below }, when }): readonly CollectedField[] => {
    const name = node.name.value;
    const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
    if (definition === undefined && !name.startsWith("__")) return [];
    return [
      {
        clientKey,
        plannedKey: name.startsWith("__") ? clientKey : context.keys.plannedKey(node),
        name,
        definition,
        when: when.length === 0 ? undefined : when,
        below,
      },
    ];
  });
}

/** Whether selections name a type narrower than an interface, so that an object's own type must be known. */
export function dependsOnType(
  context: CollectContext,
  type: ConcreteType,
  selections: readonly GuardedSelections[],
): boolean {
  if (!isInterfaceType(type)) return false;
  const isNarrow = (set: SelectionSetNode, seen: Set<string>): boolean =>
    set.selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return selection.name.value === "__typename";
      const spread = selection.kind === Kind.FRAGMENT_SPREAD ? selection.name.value : undefined;
      if (spread !== undefined && seen.has(spread)) return false;
      if (spread !== undefined) seen.add(spread);
      const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : context.fragments.get(selection.name.value);
      if (inner === undefined) return false;
      return !applies(context, inner.typeCondition?.name.value, type) || isNarrow(inner.selectionSet, seen);
    });
  return selections.some(({ set }) => isNarrow(set, new Set()));
}
