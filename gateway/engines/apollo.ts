import { ApolloGateway, type GraphQLDataSource } from "@apollo/gateway";
import { type FieldNode, Kind, parse, type SelectionNode } from "graphql";
import type { CreateEngine, EngineParts, GatewayInterface } from "../engine.ts";
import type { MayExplain } from "../policy/explain.ts";
import { type ReportedError, reportFault, reportSubgraphError } from "../policy/masking.ts";
import type { RequestContext } from "../request-context.ts";
import type { AskSubgraph, SubgraphOperation } from "../subgraph-caller.ts";
import type { Supergraph } from "../supergraph/supergraph.ts";
import { SubgraphFault } from "../transport/subgraph-fault.ts";

// A fetch for many entities that fails could report each of them; the first ones tell the story.
const maximumEntityPaths = 10;

type Path = readonly (string | number)[];

function responseKeys(selections: readonly SelectionNode[]): string[] {
  return selections.flatMap((selection): string[] => {
    if (selection.kind === Kind.FIELD) return [(selection as FieldNode).alias?.value ?? selection.name.value];
    return selection.kind === Kind.INLINE_FRAGMENT ? responseKeys(selection.selectionSet.selections) : [];
  });
}

/** Where a failed fetch leaves a hole, in the paths of the subgraph's own answer; @apollo/gateway makes them the client's. */
function failedPaths(operation: SubgraphOperation): Path[] {
  const representations = operation.variables?.representations;
  if (Array.isArray(representations)) {
    return representations.slice(0, maximumEntityPaths).map((_, index) => ["_entities", index]);
  }
  const definition = parse(operation.document).definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  if (definition?.kind !== Kind.OPERATION_DEFINITION) return [];
  return [...new Set(responseKeys(definition.selectionSet.selections))].map((key) => [key]);
}

function reportFetchFault(error: unknown, operation: SubgraphOperation, context: RequestContext): ReportedError[] {
  if (!(error instanceof SubgraphFault)) throw error;
  const reported = reportFault(error, operation.kind === "mutation", context);
  return failedPaths(operation).map((path) => ({ ...reported, path }));
}

/** The name says what the client is doing, as OrderStatus__storefront__1: it is not for every organisation to know. */
function withoutName(document: string): string {
  return document.replace(/^(\s*(?:query|mutation))\s+[_A-Za-z]\w*/, "$1");
}

/** Hands the fetches of one subgraph's plan nodes to our own transport, and its errors on masked. */
function dataSource(service: string, ask: AskSubgraph, parts: EngineParts): GraphQLDataSource {
  return {
    async process({ request, context }) {
      const requestContext = context as RequestContext;
      const document = withoutName(request.query ?? "");
      const operation: SubgraphOperation = {
        service,
        document,
        variables: request.variables,
        kind: /^\s*mutation\b/.test(document) ? "mutation" : "query",
      };
      try {
        const { data, errors, isShared } = await ask(operation, requestContext);
        return {
          // It joins answers by changing them.
          data: isShared === true ? structuredClone(data ?? null) : (data ?? null),
          ...(errors == null
            ? {}
            : { errors: errors.map((e) => reportSubgraphError(e, service, parts.passedCodes, requestContext)) }),
        };
      } catch (error) {
        return { data: null, errors: reportFetchFault(error, operation, requestContext) };
      }
    },
  };
}

const planHeader = "apollo-query-plan-experimental";

/** Takes the wish for a plan away from who may not see it. */
function explainingOnlyTo(mayExplain: MayExplain, gateway: ApolloGateway): GatewayInterface {
  return {
    onSchemaLoadOrUpdate: (callback) => gateway.onSchemaLoadOrUpdate(callback),
    load: async (options) => {
      const { executor } = await gateway.load(options);
      return {
        executor: (request) => {
          const { principal } = request.context as RequestContext;
          if (!mayExplain(principal)) request.request.http?.headers.delete(planHeader);
          return executor(request);
        },
      };
    },
    stop: () => gateway.stop(),
  };
}

/** The engine `apollo`: @apollo/gateway plans and merges; every request to a subgraph goes through our transport. */
export const createApolloEngine: CreateEngine = (parts) => {
  let inUse: Supergraph | undefined;
  const ask = parts.askSubgraphsOf(parts.supergraph);
  const gateway = new ApolloGateway({
    supergraphSdl: parts.supergraph.sdl,
    buildService: ({ name }) => dataSource(name, ask, parts),
    logger: parts.logger,
    debug: false,
    validateSupergraph: false,
    // Who may see plans is decided for each request, below.
    __exposeQueryPlanExperimental: true,
  });
  gateway.onSchemaLoadOrUpdate(() => {
    inUse = parts.supergraph;
  });
  return {
    name: "apollo",
    gateway: explainingOnlyTo(parts.mayExplain, gateway),
    supergraphInUse: () => inUse,
    stop: async () => {
      inUse = undefined;
      await gateway.stop();
    },
  };
};
