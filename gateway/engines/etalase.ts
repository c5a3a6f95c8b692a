import {
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  isObjectType,
  validate,
} from "graphql";
import { choiceText, conditionVariables } from "../documents/decide-conditions.ts";
import { deferredBy, defersOf, type IsDeferred } from "../documents/deferred-fragments.ts";
import type {
  CreateEngine,
  EngineOperation,
  EngineParts,
  EngineVersion,
  GatewayInterface,
  GatewayRequest,
  PlannedOperation,
  SchemaListener,
} from "../engine.ts";
import { planText, showPlan } from "../explain/query-plan.ts";
import { type ExecutorParts, execute } from "../pipeline/execute.ts";
import { type PlanInput, planOperation } from "../pipeline/plan.ts";
import { assertWithinBudget, readVariables, type Variables } from "../pipeline/request.ts";
import { isActive } from "../planners/labels.ts";
import { PlanningError } from "../planners/planning-error.ts";
import { defaultPlanningLimits, type PlanningHost, startPlanning } from "../planners/planning-host.ts";
import { createProcessPool, type ProcessPool } from "../planners/process-pool.ts";
import type { ActiveLabels } from "../planners/protocol.ts";
import type { ExecutableOperation } from "../plans/executable-operation.ts";
import { PlanCache } from "../plans/plan-cache.ts";
import type { MayExplain } from "../policy/explain.ts";
import { type AssignLabels, noLabels } from "../policy/labels.ts";
import { createTypeMatcher } from "../projection/locate.ts";
import type { RequestContext } from "../request-context.ts";
import type { AskSubgraph } from "../subgraph-caller.ts";
import type { Supergraph } from "../supergraph/supergraph.ts";
import { assembleSchema } from "./assemble-schema.ts";
import { idempotencyKeyOf, stopOnErrorSdl, stopsOnError } from "./mutation-wishes.ts";

const planCacheBytes = 64 * 1024 * 1024;
/** Operations that are planned before a new supergraph is used. */
const warmedOperations = 200;
// A request that began with a version may still have to be planned when another one is in use, by then or two more.
const retireAfterMs = 30_000;
const retiringVersions = 2;

const deferSdl = `
"The fragment may be answered later, to a client that accepts an answer in parts."
directive @defer("Whether it may." if: Boolean! = true, "Tells the parts apart." label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
`;

// Headers by which a client asks for the plan as Apollo Sandbox shows it, as others show it, and for who resolved what.
const sandboxPlanHeader = "apollo-query-plan-experimental";
// Apollo Router's own. Its value `dry-run`, which is to carry nothing out, is not known here.
const routerPlanHeader = "apollo-expose-query-plan";
const planHeader = "x-query-plan";
const ownershipHeader = "x-ownership";

/** A planned operation, and what to plan again for another version of the supergraph. */
interface KeptOperation {
  readonly input: PlanInput;
  /** The key without the choice of its conditions, where it has any. */
  readonly kin: string | undefined;
  readonly operation: ExecutableOperation;
}

/** One version of a supergraph, ready to run operations. */
class LoadedEngine implements EngineVersion {
  readonly schema: GraphQLSchema;
  readonly host: PlanningHost;
  readonly executor: ExecutorParts;
  readonly assignLabels: AssignLabels;
  readonly mayExplain: MayExplain;
  readonly countedHeaders: readonly string[];
  readonly hasLabels: boolean;
  readonly plans = new PlanCache<KeptOperation>(planCacheBytes, sizeOf);

  constructor(host: PlanningHost, schema: GraphQLSchema, ask: AskSubgraph, parts: EngineParts) {
    const { facts } = host.loaded;
    this.schema = schema;
    this.host = host;
    this.assignLabels = parts.assignLabels;
    this.mayExplain = parts.mayExplain;
    this.countedHeaders = [...parts.labelHeaders, sandboxPlanHeader, routerPlanHeader, planHeader, ownershipHeader];
    this.hasLabels = facts.labels.length > 0;
    const keyFields = new Set(facts.keyFields);
    const abstractNames = new Set(Object.keys(facts.possibleTypes));
    this.executor = {
      ask,
      passedCodes: parts.passedCodes,
      types: {
        matches: createTypeMatcher(facts.possibleTypes),
        isKeyField: (type, field) => keyFields.has(`${type}.${field}`),
        isObjectType: (name) =>
          typeof name === "string" && !abstractNames.has(name) && isObjectType(this.schema.getType(name)),
      },
    };
  }

  run(operation: EngineOperation): Promise<ExecutionResult> {
    return run(this, operation);
  }

  plan(operation: EngineOperation): Promise<PlannedOperation | { readonly errors: readonly GraphQLError[] }> {
    return plan(this, operation, true);
  }

  async operation(key: string, input: PlanInput, kin?: string): Promise<ExecutableOperation> {
    const make = async () => {
      assertWithinBudget(this.schema, input.document);
      return { input, kin, operation: await planOperation(this.schema, this.host, input) };
    };
    return (await this.plans.get(key, make, kin)).operation;
  }

  /** The operation for these variables: with its conditions decided, where it has any. */
  async operationFor(key: string, input: PlanInput, variables: Variables): Promise<ExecutableOperation> {
    const names = conditionVariables(input);
    if (names.length === 0) return this.operation(key, input);
    const text = choiceText(names, variables);
    const chosenKey = `${key} ${text}`;
    const kept = this.plans.peek(chosenKey);
    if (kept !== undefined) return kept.operation;
    const choice = new Map(names.map((name) => [name, variables[name] === true]));
    return this.operation(chosenKey, { ...input, choice }, key);
  }

  /**
   * Plans what another version was asked most, as far as it still fits the schema. Rejects when that is no longer
   * possible: then clients are better off with the other version.
   */
  async warm(hottest: readonly (readonly [key: string, kept: KeptOperation])[]): Promise<void> {
    for (const [key, { input, kin }] of hottest) {
      // Each is checked in one go; what comes in meanwhile must not wait for all two hundred.
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (validate(this.schema, input.document).length > 0) continue;
      try {
        await this.operation(key, input, kin);
      } catch (error) {
        const cause = error instanceof GraphQLError ? error.originalError : error;
        // A planner that is slow today is no reason; whoever asks then is told.
        if (cause instanceof PlanningError && cause.isTimeout) continue;
        const name = input.operation.name?.value ?? "without a name";
        throw new Error(`the operation ${name}, which clients use, can no longer be planned`, { cause });
      }
    }
  }
}

async function loadEngine(supergraph: Supergraph, parts: EngineParts, pool: ProcessPool): Promise<LoadedEngine> {
  const ask = parts.askSubgraphsOf(supergraph);
  const host = await startPlanning(supergraph.sdl, parts.planner, defaultPlanningLimits, pool);
  try {
    const { apiSdl } = host.loaded;
    // A supergraph may declare them itself.
    const added = [stopOnErrorSdl, deferSdl].filter((sdl) => {
      const declaration = /directive @\w+/.exec(sdl)?.[0] ?? "";
      return !apiSdl.some((piece) => piece.includes(declaration));
    });
    return new LoadedEngine(host, await assembleSchema([...apiSdl, ...added]), ask, parts);
  } catch (error) {
    await host.close();
    throw error;
  }
}

/** Roughly what an operation keeps in memory: its text as syntax tree, its plan, its projection. */
function sizeOf(key: string, { operation: { document, plan } }: KeptOperation): number {
  return 2_000 + 20 * key.length + 8 * (document.text?.length ?? 0) + 4 * JSON.stringify(plan).length;
}

/** The one assignment of a request, and the labels that are on by it; undefined in a supergraph without labels. */
interface RequestLabels {
  readonly active: ActiveLabels;
  readonly on: readonly string[] | undefined;
}

async function labelsOf(engine: LoadedEngine, { context, header }: EngineOperation): Promise<RequestLabels> {
  const { labels } = engine.host.loaded.facts;
  if (labels.length === 0) return { active: noLabels, on: undefined };
  const assigned = await engine.assignLabels({ labels, principal: context.principal, header });
  const active = {
    names: assigned.names.filter((name) => labels.includes(name)),
    percentage: assigned.percentage,
  };
  return { active, on: labels.filter((label) => isActive(label, active)) };
}

/** What the client asked to be told about its operation, as far as it may. */
function explanations(engine: LoadedEngine, { context, header }: EngineOperation) {
  const asks = (name: string) => (header(name) ?? "") !== "" && engine.mayExplain(context.principal);
  return {
    apolloPlan: asks(sandboxPlanHeader) || (header(routerPlanHeader) === "true" && asks(routerPlanHeader)),
    plan: asks(planHeader),
    ownership: asks(ownershipHeader),
  };
}

/** Which fragments are answered apart, as a part of the plan's key. */
function deferKey(document: DocumentNode, isDeferred: IsDeferred): string {
  return defersOf(document)
    .map((directive) => (isDeferred(directive) ? "1" : "0"))
    .join("");
}

async function plan(
  engine: LoadedEngine,
  request: EngineOperation,
  inParts: boolean,
): Promise<PlannedOperation | { readonly errors: readonly GraphQLError[] }> {
  const { operation, document, documentKey } = request;
  const read = readVariables(engine.schema, operation, request.variables);
  if ("errors" in read) return { errors: read.errors };
  const stops = stopsOnError(request);
  const idempotencyKey = idempotencyKeyOf(request);
  const apart = idempotencyKey !== undefined;
  const { active: labels, on } = await labelsOf(engine, request);
  const isDeferred = inParts ? deferredBy(read.variables) : undefined;
  const parts = isDeferred === undefined ? "" : deferKey(document, isDeferred);
  const key = `${documentKey} ${operation.name?.value ?? ""} ${stops ? "stops" : apart ? "apart" : ""} ${parts} ${JSON.stringify(on ?? [])}`;
  const input = { document, operation, labels, stopsOnError: stops, fetchesApart: apart, isDeferred };
  const executable = await engine.operationFor(key, input, read.variables);
  return { executor: engine.executor, operation: executable, variables: read.variables, on, idempotencyKey };
}

async function run(engine: LoadedEngine, request: EngineOperation): Promise<ExecutionResult> {
  const planned = await plan(engine, request, false);
  if ("errors" in planned) return { errors: planned.errors };
  const { operation: executable, variables, on, idempotencyKey } = planned;
  const asked = explanations(engine, request);
  const result = await execute(engine.executor, {
    operation: executable,
    variables,
    rawVariables: request.variables,
    context: withLabels(request.context, on),
    idempotencyKey,
    // What moves money runs to its end, whoever hangs up.
    cancellation: request.operation.operation === "query" ? request.cancellation : undefined,
    tellsOwnership: asked.ownership,
    onFirstAnswer: request.onFirstAnswer,
  });
  if (!asked.plan && !asked.apolloPlan) return result;
  const { plan: used } = executable;
  const extensions = {
    ...result.extensions,
    ...(asked.plan ? { queryPlan: showPlan(used, on) } : {}),
    ...(asked.apolloPlan ? { apolloQueryPlan: { object: showPlan(used), text: planText(used, on) } } : {}),
  };
  return { ...result, extensions };
}

/** Every line that the request logs from here on says which labels it ran with. */
function withLabels(context: RequestContext, on: readonly string[] | undefined): RequestContext {
  if (on === undefined) return context;
  const logger = context.logger.child({ labels: on });
  logger.info("labels are assigned");
  return { ...context, logger };
}

/** An operation as Apollo Server hands it over. */
function toEngineOperation({ document, operation, queryHash, request, context }: GatewayRequest): EngineOperation {
  return {
    document,
    operation,
    documentKey: queryHash,
    variables: request.variables ?? {},
    header: (name) => request.http?.headers.get(name) ?? undefined,
    context: context as RequestContext,
  };
}

class EtalaseGateway implements GatewayInterface {
  readonly #parts: EngineParts;
  readonly #listeners = new Set<SchemaListener>();
  /** Apollo Server tells by its schema which version a request began with. */
  readonly #versions = new WeakMap<GraphQLSchema, LoadedEngine>();
  readonly #pool: ProcessPool;
  /** Versions that requests may still be planned by, the oldest first, and when each ends. */
  readonly #retiring = new Map<PlanningHost, NodeJS.Timeout>();
  #current: LoadedEngine | undefined;
  #supergraph: Supergraph | undefined;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#pool = parts.processPool ?? createProcessPool();
  }

  get supergraph(): Supergraph | undefined {
    return this.#supergraph;
  }

  get version(): EngineVersion | undefined {
    return this.#current;
  }

  onSchemaLoadOrUpdate(callback: SchemaListener) {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  }

  async load() {
    await this.start();
    return {
      executor: (request: GatewayRequest) => {
        const engine = this.#versions.get(request.schema) ?? this.#current;
        if (engine === undefined) throw new Error("the engine has stopped");
        return run(engine, toEngineOperation(request));
      },
    };
  }

  async start(): Promise<void> {
    if (this.#current !== undefined) return;
    try {
      await this.update(this.#parts.supergraph);
    } catch (error) {
      const other = await this.#parts.instead?.(error);
      if (other === undefined) throw error;
      await this.update(other);
    }
  }

  async update(supergraph: Supergraph, atSwap?: () => void): Promise<void> {
    const engine = await loadEngine(supergraph, this.#parts, this.#pool);
    const old = this.#current;
    try {
      if (old !== undefined) await engine.warm(old.plans.hottest(warmedOperations));
    } catch (error) {
      await engine.host.close();
      throw error;
    }
    atSwap?.();
    this.#versions.set(engine.schema, engine);
    this.#current = engine;
    this.#supergraph = supergraph;
    for (const tell of this.#listeners) tell({ apiSchema: engine.schema, coreSupergraphSdl: supergraph.sdl });
    if (old !== undefined) this.#retireLater(old.host);
    const { planner, reason } = engine.host.loaded;
    this.#parts.logger.info({ planner, reason, version: supergraph.version }, "the engine has loaded a supergraph");
  }

  async stop(): Promise<void> {
    this.#supergraph = undefined;
    for (const host of [...this.#retiring.keys()]) this.#retire(host);
    if (this.#parts.processPool === undefined) {
      this.#pool.close();
      await this.#current?.host.close();
    } else this.#current?.host.retire();
  }

  #retireLater(host: PlanningHost): void {
    this.#retiring.set(host, setTimeout(() => this.#retire(host), retireAfterMs).unref());
    const [oldest] = this.#retiring.keys();
    if (oldest !== undefined && this.#retiring.size > retiringVersions) this.#retire(oldest);
  }

  #retire(host: PlanningHost): void {
    clearTimeout(this.#retiring.get(host));
    this.#retiring.delete(host);
    host.retire();
  }
}

/** The engine `etalase`: our own executor behind either planner. */
export const createEtalaseEngine: CreateEngine = (parts) => {
  const gateway = new EtalaseGateway(parts);
  return {
    name: "etalase",
    gateway,
    versionInUse: () => gateway.version,
    start: () => gateway.start(),
    supergraphInUse: () => gateway.supergraph,
    update: (supergraph, atSwap) => gateway.update(supergraph, atSwap),
    stop: () => gateway.stop(),
  };
};
