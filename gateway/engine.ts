import type { ApolloServerOptionsWithGateway, BaseContext } from "@apollo/server";
import type { Logger } from "../platform/runtime/logger.ts";
import type { PlannerName } from "./plans/plan.ts";
import type { MayExplain } from "./policy/explain.ts";
import type { AssignLabels } from "./policy/labels.ts";
import type { AskSubgraph } from "./subgraph-caller.ts";
import type { Supergraph } from "./supergraph/supergraph.ts";

/** Apollo's contract between its server and whatever runs operations. */
export type GatewayInterface = ApolloServerOptionsWithGateway<BaseContext>["gateway"];

type Executor = NonNullable<Awaited<ReturnType<GatewayInterface["load"]>>["executor"]>;

/** What Apollo Server hands to a gateway for each operation. */
export type GatewayRequest = Parameters<Executor>[0];

/** What a gateway answers. */
export type GatewayResult = Awaited<ReturnType<Executor>>;

/** Told of each schema that a gateway goes over to. */
export type SchemaListener = Parameters<GatewayInterface["onSchemaLoadOrUpdate"]>[0];

/**
 * Turns one client operation into requests to subgraphs and their answers into one.
 * Identity, headers, time-outs, masking and the wire are not its business: they come in as `askSubgraph`.
 */
export interface Engine {
  /** As configuration names it. */
  readonly name: string;
  /** What Apollo Server runs operations with. */
  readonly gateway: GatewayInterface;
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
  readonly askSubgraph: AskSubgraph;
  /** Codes that subgraphs may show to clients in their own words. */
  readonly passedCodes: ReadonlySet<string>;
  /** Whether who asks is told the plan of the operation and who resolved what. */
  readonly mayExplain: MayExplain;
  readonly logger: Logger;
  /** Of the engine `etalase`. */
  readonly planner: PlannerName;
  /** Of the engine `etalase`: which overrides are on for a request. */
  readonly assignLabels: AssignLabels;
}

/** Makes an engine; it loads its supergraph when Apollo Server starts. */
export type CreateEngine = (parts: EngineParts) => Engine;
