import type {
  GatewayExecutionResult,
  GatewayGraphQLRequestContext,
  GatewayInterface,
  GatewaySchemaLoadOrUpdateCallback,
} from "@apollo/server-gateway-interface";
import {
  buildSchema,
  type DocumentNode,
  type GraphQLSchema,
  isObjectType,
  type OperationDefinitionNode,
} from "graphql";
import type { CreateEngine, EngineParts } from "../engine.ts";
import { type ExecutorParts, execute } from "../pipeline/execute.ts";
import { planOperation } from "../pipeline/plan.ts";
import { assertWithinBudget, readVariables } from "../pipeline/request.ts";
import { isActive } from "../planners/labels.ts";
import { type PlanningHost, startPlanning } from "../planners/planning-host.ts";
import type { ActiveLabels } from "../planners/protocol.ts";
import type { ExecutableOperation } from "../plans/executable-operation.ts";
import { PlanCache } from "../plans/plan-cache.ts";
import { type AssignLabels, noLabels } from "../policy/labels.ts";
import { createTypeMatcher } from "../projection/locate.ts";
import type { RequestContext } from "../request-context.ts";
import type { Supergraph } from "../supergraph/supergraph.ts";

const planCacheBytes = 64 * 1024 * 1024;
const planningLimits = { planMs: 10_000, loadMs: 60_000 };

/** Header and directive by which a client asks that a failed root field stop those after it. */
export const stopOnErrorHeader = "x-stop-on-error";
const stopOnErrorDirective = "stopOnError";
const stopOnErrorSdl = `
"Root fields of this mutation are carried out only while those before them go well; the others answer NOT_EXECUTED."
directive @${stopOnErrorDirective} on MUTATION
`;

/** Header by which a client names an attempt, so that trying it again changes nothing twice. */
export const idempotencyHeader = "idempotency-key";

/** One version of a supergraph, ready to run operations. */
class LoadedEngine {
  readonly schema: GraphQLSchema;
  readonly host: PlanningHost;
  readonly executor: ExecutorParts;
  readonly assignLabels: AssignLabels;
  readonly plans = new PlanCache<ExecutableOperation>(planCacheBytes, sizeOf);

  constructor(host: PlanningHost, parts: EngineParts) {
    const { apiSdl, facts } = host.loaded;
    const declared = /\bdirective @stopOnError\b/.test(apiSdl) ? "" : stopOnErrorSdl;
    this.schema = buildSchema(apiSdl + declared, { assumeValid: true, assumeValidSDL: true, noLocation: true });
    this.host = host;
    this.assignLabels = parts.assignLabels;
    const abstractNames = new Set(Object.keys(facts.possibleTypes));
    this.executor = {
      ask: parts.askSubgraph,
      passedCodes: parts.passedCodes,
      types: {
        matches: createTypeMatcher(facts.possibleTypes),
        isObjectType: (name) =>
          typeof name === "string" && !abstractNames.has(name) && isObjectType(this.schema.getType(name)),
      },
    };
  }

  operation(
    key: string,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    labels: ActiveLabels,
    stopsOnError: boolean,
  ) {
    return this.plans.get(key, () => {
      assertWithinBudget(document);
      return planOperation(this.schema, this.host, { document, operation, labels, stopsOnError });
    });
  }
}

/** Roughly what an operation keeps in memory: its text as syntax tree, its plan, its projection. */
function sizeOf(key: string, { document, plan }: ExecutableOperation): number {
  return 2_000 + 20 * key.length + 8 * (document.text?.length ?? 0) + 4 * JSON.stringify(plan).length;
}

function stopsOnError(request: GatewayGraphQLRequestContext): boolean {
  const { operation } = request;
  if (operation.operation !== "mutation") return false;
  if (operation.directives?.some(({ name }) => name.value === stopOnErrorDirective)) return true;
  const header = request.request.http?.headers.get(stopOnErrorHeader);
  return header === "true" || header === "1";
}

async function labelsOf(engine: LoadedEngine, request: GatewayGraphQLRequestContext): Promise<ActiveLabels> {
  const { labels } = engine.host.loaded.facts;
  if (labels.length === 0) return noLabels;
  const { principal } = request.context as RequestContext;
  const header = (name: string) => request.request.http?.headers.get(name) ?? undefined;
  const assigned = await engine.assignLabels({ labels, principal, header });
  return { names: assigned.names.filter((name) => labels.includes(name)), percentage: assigned.percentage };
}

async function run(engine: LoadedEngine, request: GatewayGraphQLRequestContext): Promise<GatewayExecutionResult> {
  const { operation, document, source, operationName } = request;
  const rawVariables = request.request.variables ?? {};
  const read = readVariables(engine.schema, operation, rawVariables);
  if ("errors" in read) return { errors: read.errors };
  const stops = stopsOnError(request);
  const labels = await labelsOf(engine, request);
  const on = engine.host.loaded.facts.labels.filter((label) => isActive(label, labels));
  const key = JSON.stringify([operationName, stops, on, source]);
  const executable = await engine.operation(key, document, operation, labels, stops);
  return execute(engine.executor, {
    operation: executable,
    variables: read.variables,
    rawVariables,
    context: request.context as RequestContext,
    idempotencyKey: request.request.http?.headers.get(idempotencyHeader) ?? undefined,
  });
}

/** The engine `etalase`: our own executor behind either planner. */
export const createEtalaseEngine: CreateEngine = (parts) => {
  let inUse: Supergraph | undefined;
  let loaded: LoadedEngine | undefined;
  const listeners = new Set<GatewaySchemaLoadOrUpdateCallback>();
  const gateway: GatewayInterface = {
    onSchemaLoadOrUpdate: (callback) => {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    load: async () => {
      const host = await startPlanning(parts.supergraph.sdl, parts.planner, planningLimits);
      const engine = new LoadedEngine(host, parts);
      loaded = engine;
      inUse = parts.supergraph;
      const { planner, reason } = host.loaded;
      parts.logger.info({ planner, reason, version: parts.supergraph.version }, "the engine is loaded");
      for (const tell of listeners) tell({ apiSchema: engine.schema, coreSupergraphSdl: parts.supergraph.sdl });
      return { executor: (request) => run(engine, request) };
    },
    stop: async () => {
      await loaded?.host.close();
    },
  };
  return {
    name: "etalase",
    gateway,
    supergraphInUse: () => inUse,
    stop: async () => {
      inUse = undefined;
      await gateway.stop();
    },
  };
};
