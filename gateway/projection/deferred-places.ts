import type { FieldNode, InlineFragmentNode } from "graphql";
import type { DeferredFragment } from "../documents/deferred-fragments.ts";
import type { ResponseKeys } from "../documents/response-keys.ts";
import { conditionsOf } from "./collect-fields.ts";
import type { TypeMatcher } from "./locate.ts";
import { ownValue, type Tree } from "./projection.ts";

/** An object of an answer that a deferred fragment belongs to. */
export interface DeferredPlace {
  /** As it was fetched. */
  readonly tree: Tree;
  /** As the client has it so far. */
  readonly answer: Tree;
  /** In the client's keys. */
  readonly path: readonly (string | number)[];
}

/** What decides where a fragment applies. */
export interface PlaceContext {
  readonly keys: ResponseKeys;
  readonly matches: TypeMatcher;
  readonly variables: Readonly<Record<string, unknown>>;
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isIncluded(node: InlineFragmentNode | FieldNode, variables: PlaceContext["variables"]): boolean {
  const conditions = conditionsOf(node);
  return conditions !== "never" && conditions.every(({ variable, value }) => (variables[variable] === true) === value);
}

function pass(guards: readonly InlineFragmentNode[], tree: Tree, { matches, variables }: PlaceContext): boolean {
  return guards.every((guard) => {
    const type = guard.typeCondition?.name.value;
    const fits = type === undefined || tree.__typename === undefined || matches(tree.__typename, type);
    return fits && isIncluded(guard, variables);
  });
}

/** The objects below a value and its counterpart in the answer; lists are passed through. */
function below(value: unknown, answer: unknown, path: DeferredPlace["path"]): DeferredPlace[] {
  if (Array.isArray(value) && Array.isArray(answer)) {
    return value.flatMap((item, index) => below(item, answer[index], [...path, index]));
  }
  return isTree(value) && isTree(answer) ? [{ tree: value, answer, path }] : [];
}

/**
 * Where a deferred fragment applies, below the objects of the fragment around it (or the root). An object that the client
 * was answered as null has no later parts.
 */
export function deferredPlaces(
  fragment: DeferredFragment,
  from: readonly DeferredPlace[],
  context: PlaceContext,
): readonly DeferredPlace[] {
  let places = from;
  for (const { guards, field } of fragment.steps) {
    const clientKey = field.alias?.value ?? field.name.value;
    const plannedKey = context.keys.plannedKey(field);
    places = places.flatMap(({ tree, answer, path }) =>
      pass(guards, tree, context) && isIncluded(field, context.variables)
        ? below(ownValue(tree, plannedKey), ownValue(answer, clientKey), [...path, clientKey])
        : [],
    );
  }
  return places.filter(({ tree }) => pass(fragment.guards, tree, context));
}
