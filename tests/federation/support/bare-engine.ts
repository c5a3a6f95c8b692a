import { buildSchema, type ExecutionResult, isObjectType, Kind, parse, validate } from "graphql";
import { pino } from "pino";
import { conditionVariables } from "../../../gateway/documents/decide-conditions.ts";
import { createGatewayMetrics } from "../../../gateway/metrics.ts";
import { type ExecutorParts, execute } from "../../../gateway/pipeline/execute.ts";
import { planOperation } from "../../../gateway/pipeline/plan.ts";
import { readVariables } from "../../../gateway/pipeline/request.ts";
import type { PlanningHost } from "../../../gateway/planners/planning-host.ts";
import { subgraphCodes } from "../../../gateway/policy/error-catalogue.ts";
import { createTypeMatcher } from "../../../gateway/projection/locate.ts";
import { anonymous } from "../../../gateway/request-context.ts";
import { createSubgraphCaller } from "../../../gateway/subgraph-caller.ts";
import { CallerChanges } from "../../../gateway/transport/caller-changes.ts";
import { createSubgraphTransport, type SubgraphEndpoint } from "../../../gateway/transport/subgraph-transport.ts";
import { createMetrics } from "../../../platform/runtime/metrics.ts";
import type { Answering } from "./compare-with-merged.ts";

/** The pipeline over subgraphs at these addresses, without door and file. */
export function openBareEngine(host: PlanningHost, endpoints: readonly SubgraphEndpoint[]): Answering {
  const { facts, apiSdl } = host.loaded;
  const schema = buildSchema(apiSdl.join("\n"), { assumeValid: true, assumeValidSDL: true });
  const transport = createSubgraphTransport({ responseBytes: 1_000_000, connectionsPerSubgraph: 16 });
  const headers = { "content-type": "application/json", accept: "application/json" };
  const metrics = createGatewayMetrics(createMetrics("gateway"));
  const keyFields = new Set(facts.keyFields);
  const parts: ExecutorParts = {
    ask: createSubgraphCaller(transport, endpoints, async () => ({ ...headers }), metrics, new CallerChanges()),
    passedCodes: subgraphCodes,
    types: {
      matches: createTypeMatcher(facts.possibleTypes),
      isKeyField: (type, field) => keyFields.has(`${type}.${field}`),
      isObjectType: (name) =>
        typeof name === "string" && !Object.hasOwn(facts.possibleTypes, name) && isObjectType(schema.getType(name)),
    },
  };
  return {
    close: () => transport.close(),
    answer: async ({ query, variables: rawVariables, labels }): Promise<ExecutionResult> => {
      const document = parse(query, { noLocation: true });
      const mistakes = validate(schema, document);
      if (mistakes.length > 0) return { errors: mistakes };
      const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
      if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error("a document without an operation");
      const read = readVariables(schema, operation, rawVariables);
      if ("errors" in read) return { errors: read.errors };
      const active = { names: labels, percentage: 100 };
      const names = conditionVariables({ document, operation });
      const choice = new Map(names.map((name) => [name, read.variables[name] === true]));
      const input = { document, operation, choice, labels: active, stopsOnError: false, fetchesApart: false };
      return execute(parts, {
        operation: await planOperation(schema, host, input),
        variables: read.variables,
        rawVariables,
        context: { correlationId: "property", principal: anonymous, logger: pino({ level: "silent" }) },
        idempotencyKey: undefined,
        cancellation: undefined,
        tellsOwnership: false,
      });
    },
  };
}
