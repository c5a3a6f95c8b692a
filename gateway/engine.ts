import type { ApolloServerOptionsWithGateway, BaseContext } from "@apollo/server";
import type { DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema, OperationDefinitionNode } from "graphql";
import type { Logger } from "../platform/runtime/logger.ts";
import type { Cancellation } from "./cancellation.ts";
import type { ExecutorParts } from "./pipeline/execute.ts";
import type { Variables } from "./pipeline/request.ts";
import type { ProcessPool } from "./planners/process-pool.ts";
import type { ExecutableOperation } from "./plans/executable-operation.ts";
import type { PlannerName } from "./plans/plan.ts";
import type { MayExplain } from "./policy/explain.ts";
import type { AssignLabels } from "./policy/labels.ts";
import type { RequestContext } from "./request-context.ts";
import type { AskSubgraph } from "./subgraph-caller.ts";
import type { Supergraph } from "./supergraph/supergraph.ts";

/** Apollo's contract between its server and whatever runs operations. */
export type GatewayInterface = ApolloServerOptionsWithGateway<BaseContext>["gateway"];

type Executor = NonNullable<Awaited<ReturnType<GatewayInterface["load"]>>["executor"]>;

/** What Apollo Server hands to a gateway for each operation. */
export type GatewayRequest = Parameters<Executor>[0];

/** Told of each schema that a gateway goes over to. */
export type SchemaListener = Parameters<GatewayInterface["onSchemaLoadOrUpdate"]>[0];

/** One operation, validated against the schema of the version that runs it. */
export interface EngineOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** The same for the same document, another for any other. */
  readonly documentKey: string;
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** A header of the client's, by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  readonly context: RequestContext;
  readonly cancellation?: Cancellation | undefined;
  /** Called when the first request to a subgraph has been answered, well or not, if any is sent. */
  readonly onFirstAnswer?: (() => void) | undefined;
}

/** An operation whose answer comes in parts, ready to be carried out. */
export interface PlannedOperation {
  readonly executor: ExecutorParts;
  readonly operation: ExecutableOperation;
  readonly variables: Variables;
  /** Labels of `@override` that are on; undefined in a supergraph without any. */
  readonly on: readonly string[] | undefined;
  /** Of the client, for a mutation; an empty one is none. */
  readonly idempotencyKey: string | undefined;
}

/** One version of a supergraph as an engine serves it. It can still be run after another came into use. */
export interface EngineVersion {
  readonly schema: GraphQLSchema;
  /** Headers of clients that may change an answer, in lower case. */
  readonly countedHeaders: readonly string[];
  /** Whether labels decide which subgraphs are asked. */
  readonly hasLabels: boolean;
  /** Runs a query or mutation. Rejects with a GraphQLError when it cannot be planned. */
  readonly run: (operation: EngineOperation) => Promise<ExecutionResult>;
  /**
   * Plans a subscription, or an operation with `@defer` whose fragments are to be answered apart; answers errors for
   * variables that cannot be used. Rejects with a GraphQLError when it cannot be planned.
   */
  readonly plan: (
    operation: EngineOperation,
  ) => Promise<PlannedOperation | { readonly errors: readonly GraphQLError[] }>;
}

/**
 * Turns one client operation into requests to subgraphs and their answers into one.
 * Identity, headers, time-outs, masking and the wire are not its business: they come in as `askSubgraphsOf`.
 */
export interface Engine {
  /** As configuration names it. */
  readonly name: string;
  /** What Apollo Server runs operations with. */
  readonly gateway: GatewayInterface;
  /** What doors of our own run operations with; undefined until the engine can serve. Absent when only Apollo Server can. */
  readonly versionInUse?: () => EngineVersion | undefined;
  /** Makes the engine serve its first supergraph; `gateway.load` does it too. Absent together with `versionInUse`. */
  readonly start?: () => Promise<void>;
  /** The supergraph that operations run on now; undefined until the engine can serve. */
  readonly supergraphInUse: () => Supergraph | undefined;
  /**
   * Goes over to another supergraph without failing a request: those in flight finish on the one they began with.
   * Absent when the engine cannot. Rejects, and stays with the old one, when the new one cannot be used.
   * `atSwap` is called in the very step in which new requests begin to run on the new one.
   */
  readonly update?: (supergraph: Supergraph, atSwap?: () => void) => Promise<void>;
  /** Ends background work; operations in flight have ended before. */
  readonly stop: () => Promise<void>;
}

/** What every engine is made of. */
export interface EngineParts {
  readonly supergraph: Supergraph;
  /** Asked once when `supergraph` cannot be used at the start; undefined when there is no other. */
  readonly instead?: (error: unknown) => Promise<Supergraph | undefined>;
  /**
   * How the subgraphs of a supergraph are asked: requests that began with it go to its addresses to their end.
   * @throws ConfigurationError when it does not say where one is
   */
  readonly askSubgraphsOf: (supergraph: Supergraph) => AskSubgraph;
  /** Codes that subgraphs may show to clients in their own words. */
  readonly passedCodes: ReadonlySet<string>;
  /** Whether who asks is told the plan of the operation and who resolved what. */
  readonly mayExplain: MayExplain;
  readonly logger: Logger;
  /** Of the engine `etalase`. */
  readonly planner: PlannerName;
  /** Of the engine `etalase`: which overrides are on for a request. */
  readonly assignLabels: AssignLabels;
  /** Headers that `assignLabels` reads. */
  readonly labelHeaders: readonly string[];
  /** Of the engine `etalase`: where it has its planning processes from and leaves them; by default, one of its own. */
  readonly processPool?: ProcessPool | undefined;
}

/** Makes an engine; it loads its supergraph when Apollo Server starts. */
export type CreateEngine = (parts: EngineParts) => Engine;
