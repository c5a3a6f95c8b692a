import {
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isCompositeType,
  Kind,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import { type Choice, decideConditions, type OperationInDocument } from "../documents/decide-conditions.ts";
import { type DeferredFragment, defersOf, expandDeferred, type IsDeferred } from "../documents/deferred-fragments.ts";
import { type PlannedDocument, planDocument } from "../documents/planned-document.ts";
import { PlanningError } from "../planners/planning-error.ts";
import type { PlanningHost } from "../planners/planning-host.ts";
import type { ActiveLabels } from "../planners/protocol.ts";
import type { ExecutableOperation, PlannedFragment } from "../plans/executable-operation.ts";
import { mapChildren, type Plan, type PlanNode } from "../plans/plan.ts";
import { gatewayCodes } from "../policy/error-catalogue.ts";
import type { CollectContext } from "../projection/collect-fields.ts";
import { ObjectProjection, ObjectProjections } from "../projection/projection.ts";

/** What decides an operation's plan. */
export interface PlanInput extends OperationInDocument {
  /** The values of the variables in its conditions; absent only where there are none. */
  readonly choice?: Choice | undefined;
  readonly labels: ActiveLabels;
  /** Whether the root fields of a mutation are steps, each carried out only when those before it went well. */
  readonly stopsOnError: boolean;
  /** Whether each root field of a mutation is fetched apart, so that no other one has a part in its idempotency key. */
  readonly fetchesApart: boolean;
  /** Which fragments with `@defer` are answered apart; without it none, and the answer is one. */
  readonly isDeferred?: IsDeferred | undefined;
}

function planningFailed(error: PlanningError): GraphQLError {
  const code = error.isTimeout ? "PLANNING_TIMEOUT" : "PLANNING_FAILED";
  return new GraphQLError(gatewayCodes[code].message, { originalError: error, extensions: { code } });
}

interface RootField {
  readonly key: string;
  readonly selections: SelectionNode[];
}

/** The root fields in their order, each with all its occurrences and their conditions. */
function rootFields(selections: readonly SelectionNode[]): RootField[] {
  const fields = new Map<string, RootField>();
  const add = (key: string, selection: SelectionNode) => {
    const field = fields.get(key) ?? { key, selections: [] };
    fields.set(key, field);
    field.selections.push(selection);
  };
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) add((selection.alias ?? selection.name).value, selection);
    else if (selection.kind === Kind.INLINE_FRAGMENT) {
      for (const inner of rootFields(selection.selectionSet.selections)) {
        const selectionSet = { kind: Kind.SELECTION_SET, selections: inner.selections } as const;
        add(inner.key, { ...selection, selectionSet });
      }
    }
  }
  return [...fields.values()];
}

/** Makes the ids of a plan's fetches, by which deferred parts depend on them, other than those of plans beside it. */
function withOwnIds(node: PlanNode, prefix: string): PlanNode {
  const own = (id: string) => `${prefix} ${id}`;
  const changed = mapChildren(node, (child) => withOwnIds(child, prefix));
  if (changed.kind === "fetch") return changed.id === undefined ? changed : { ...changed, id: own(changed.id) };
  if (changed.kind !== "defer") return changed;
  return { ...changed, deferred: changed.deferred.map((part) => ({ ...part, depends: part.depends.map(own) })) };
}

/** Plans each root field by itself, so that two of one organisation are two requests. */
async function planApart(text: string, { labels, stopsOnError }: PlanInput, host: PlanningHost): Promise<Plan> {
  const document = parse(text, { noLocation: true });
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw new Error("a planned document without an operation");
  const nodes: PlanNode[] = [];
  let planner = host.loaded.planner;
  for (const { key, selections } of rootFields(operation.selectionSet.selections)) {
    const alone = { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections } as const };
    const definitions = document.definitions.map((definition) => (definition === operation ? alone : definition));
    const plan = await host.plan(print({ ...document, definitions }), labels);
    planner = plan.planner;
    if (plan.root === undefined) continue;
    const node = withOwnIds(plan.root, key);
    nodes.push(stopsOnError ? { kind: "step", key, node } : node);
  }
  return { root: { kind: "sequence", nodes }, planner };
}

async function makePlan(document: PlannedDocument, input: PlanInput, host: PlanningHost): Promise<Plan> {
  if (document.text === undefined) return { root: undefined, planner: host.loaded.planner };
  try {
    const isApart = input.stopsOnError || input.fetchesApart;
    return isApart && input.operation.operation === "mutation"
      ? await planApart(document.text, input, host)
      : await host.plan(document.text, input.labels);
  } catch (error) {
    throw error instanceof PlanningError ? planningFailed(error) : error;
  }
}

/** The type of the objects that a deferred fragment stands in. */
function typeAround(schema: GraphQLSchema, start: GraphQLCompositeType, steps: DeferredFragment["steps"]) {
  return steps.reduce((type: GraphQLCompositeType, { guards, field }) => {
    const around = narrowest(schema, type, guards);
    const definition = "getFields" in around ? around.getFields()[field.name.value] : undefined;
    const inner = definition && getNamedType(definition.type);
    if (!isCompositeType(inner)) throw new Error(`a validated document selects below ${field.name.value}`);
    return inner;
  }, start);
}

function narrowest(schema: GraphQLSchema, type: GraphQLCompositeType, guards: readonly InlineFragmentNode[]) {
  const condition = guards.findLast(({ typeCondition }) => typeCondition !== undefined)?.typeCondition?.name.value;
  const narrow = condition === undefined ? type : schema.getType(condition);
  return isCompositeType(narrow) ? narrow : type;
}

function planFragments(
  context: CollectContext,
  root: GraphQLCompositeType,
  fragments: readonly DeferredFragment[],
): readonly PlannedFragment[] {
  const types = new Map<string, GraphQLCompositeType>();
  return fragments.map((fragment) => {
    const start = fragment.parent === undefined ? root : (types.get(fragment.parent) ?? root);
    const around = typeAround(context.schema, start, fragment.steps);
    const type = narrowest(context.schema, around, fragment.guards);
    types.set(fragment.label, type);
    return { fragment, objects: new ObjectProjections(context, type, [{ set: fragment.selections, when: [] }]) };
  });
}

/** The document with its fragments put in place, where it defers anything. */
function expand({ document, operation, isDeferred }: PlanInput) {
  if (defersOf(document).length === 0) return { document, operation, fragments: [], whole: operation };
  const expanded = expandDeferred(document, operation, isDeferred ?? (() => false));
  const whole = expandDeferred(document, operation, () => false).operation;
  const alone = { kind: Kind.DOCUMENT, definitions: [expanded.operation] } as const;
  return { document: alone, operation: expanded.operation, fragments: expanded.fragments, whole };
}

/** Plans an operation of a validated document. Rejects with a GraphQLError: PLANNING_FAILED, PLANNING_TIMEOUT. */
export async function planOperation(
  schema: GraphQLSchema,
  host: PlanningHost,
  input: PlanInput,
): Promise<ExecutableOperation> {
  const decided = input.choice === undefined ? input : { ...input, ...decideConditions(input, input.choice) };
  const expanded = expand(decided);
  const document = planDocument(schema, expanded.document, expanded.operation);
  const rootType = schema.getRootType(input.operation.operation);
  if (!rootType) throw new GraphQLError(`the schema has no ${input.operation.operation}`);
  const context = { schema, fragments: document.fragments, keys: document.keys };
  const project = (set: SelectionSetNode) => new ObjectProjection(context, rootType, [{ set, when: [] }]);
  const projection = project(expanded.operation.selectionSet);
  const plan = await makePlan(document, input, host);
  if (expanded.fragments.length === 0) return { schema, document, plan, projection };
  const fragments = planFragments(context, rootType, expanded.fragments);
  return { schema, document, plan, projection, deferred: { whole: project(expanded.whole.selectionSet), fragments } };
}
