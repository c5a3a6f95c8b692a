import type { Plan, PlannerName } from "../plans/plan.ts";
import type { SupergraphFacts } from "./supergraph-facts.ts";

/** What a planning thread is started with. */
export interface PlanningThreadData {
  readonly sdl: string;
  readonly planner: PlannerName;
}

/** What a thread says once it has read its supergraph. */
export interface LoadedSupergraph {
  readonly kind: "loaded";
  /** SDL of what clients see. */
  readonly apiSdl: string;
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
  readonly id: number;
  readonly document: string;
  readonly labels: ActiveLabels;
}

/** A thread's answer. */
export type PlanReply =
  | { readonly kind: "planned"; readonly id: number; readonly plan: Plan }
  | { readonly kind: "refused"; readonly id: number; readonly reason: string };

/** Everything that a thread can say. */
export type ThreadMessage = LoadedSupergraph | PlanReply | { readonly kind: "unusable"; readonly reason: string };
