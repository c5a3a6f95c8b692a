import type { Plan, PlannerName } from "../plans/plan.ts";
import type { SupergraphFacts } from "./supergraph-facts.ts";

/** The first thing that a planning process is told; when it is told again, it forgets the supergraph before. */
export interface ReadRequest {
  readonly kind: "read";
  readonly sdl: string;
  readonly planner: PlannerName;
  /** Resident memory above which the process is replaced. */
  readonly memoryBytes: number;
}

/** What the process says once it has read its supergraph. */
export interface LoadedSupergraph {
  readonly kind: "loaded";
  /** SDL of what clients see, in pieces of whole definitions: so that it can be read a piece at a time. */
  readonly apiSdl: readonly string[];
  readonly facts: SupergraphFacts;
  /** The planner that is used first, and why it is not the one that was wanted. */
  readonly planner: PlannerName;
  readonly reason: string | undefined;
}

/** The labels of `@override` that are on for a request. */
export interface ActiveLabels {
  readonly names: readonly string[];
  /** Between 0 and 100: labels `percent(n)` are on where it is below n. */
  readonly percentage: number;
}

/** One document to plan. */
export interface PlanRequest {
  readonly kind: "plan";
  readonly id: number;
  readonly document: string;
  readonly labels: ActiveLabels;
  readonly planner: PlannerName;
}

/** The answer to it. `isFull`: the process uses more memory than it may and wants to be replaced. */
export type PlanReply =
  | { readonly kind: "planned"; readonly id: number; readonly plan: Plan; readonly isFull: boolean }
  | { readonly kind: "refused"; readonly id: number; readonly reason: string; readonly isFull: boolean };

/** Everything that the process can say. */
export type PlannerMessage = LoadedSupergraph | PlanReply | { readonly kind: "unusable"; readonly reason: string };
