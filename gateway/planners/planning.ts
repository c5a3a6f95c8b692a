import { createRequire } from "node:module";
import { operationFromDocument, Supergraph } from "@apollo/federation-internals";
import { QueryPlanner as ApolloPlanner } from "@apollo/query-planner";
import type { QueryPlanner as NativePlanner } from "@graphql-hive/router-query-planner";
import { type DocumentNode, type GraphQLSchema, parse, print, printSchema, visit } from "graphql";
import { fetchesOf, type Plan, type PlanNode, type PlannerName } from "../plans/plan.ts";
import { isActive } from "./labels.ts";
import type { ActiveLabels } from "./protocol.ts";
import { makeStandIns, type StandIns } from "./requirement-arguments.ts";
import { restoreArguments } from "./restore-arguments.ts";
import { runMutationsAlone } from "./run-mutations-alone.ts";
import { readSubgraphShapes, type SubgraphShapes, separateShapes } from "./separate-shapes.ts";
import { readSupergraphFacts, type SupergraphFacts, sortKeys } from "./supergraph-facts.ts";
import { translateApolloPlan } from "./translate-apollo.ts";
import { translateNativePlan } from "./translate-native.ts";

/** The planners of one supergraph. Blocks while it works, and may abort: run it in a process of its own. */
export interface Planning {
  /** In pieces of whole definitions. */
  readonly apiSdl: readonly string[];
  readonly facts: SupergraphFacts;
  readonly planner: PlannerName;
  readonly reason: string | undefined;
  /** @throws Error when no planner can plan the document; its message is for the log */
  readonly plan: (document: string, labels: ActiveLabels, avoidsNative: boolean) => Plan;
}

type NativeModule = { readonly QueryPlanner: new (sdl: string) => NativePlanner };

function loadNative(sdl: string): NativePlanner | string {
  try {
    // By require, not import: a platform without the binary is no reason to fail.
    const native = createRequire(import.meta.url)("@graphql-hive/router-query-planner") as NativeModule;
    return new native.QueryPlanner(sdl);
  } catch (error) {
    return (error as Error).message;
  }
}

/** Characters of a piece, or of its only definition when that is longer. */
const pieceLength = 4_000;

function printInPieces(schema: GraphQLSchema): string[] {
  const { definitions } = parse(printSchema(schema), { noLocation: true });
  const pieces: string[] = [];
  let piece = "";
  for (const definition of definitions) {
    const text = `${print(definition)}\n`;
    if (piece !== "" && piece.length + text.length > pieceLength) {
      pieces.push(piece);
      piece = "";
    }
    piece += text;
  }
  return [...pieces, piece];
}

class BothPlanners implements Planning {
  readonly apiSdl: readonly string[];
  readonly facts: SupergraphFacts;
  readonly planner: PlannerName;
  readonly reason: string | undefined;
  readonly #supergraph: Supergraph;
  readonly #standIns: StandIns;
  readonly #shapes: SubgraphShapes;
  readonly #contextFields: ReadonlySet<string>;
  readonly #native: NativePlanner | undefined;
  #apollo: ApolloPlanner | undefined;

  constructor(sdl: string, wanted: PlannerName) {
    const document = parse(sdl, { noLocation: true });
    this.facts = readSupergraphFacts(document);
    this.#contextFields = new Set(this.facts.contextFields);
    this.#standIns = makeStandIns(sortKeys(document));
    this.#shapes = readSubgraphShapes(document);
    const options = { supportedFeatures: null, validateSupergraph: false };
    this.apiSdl = printInPieces(Supergraph.build(document, options).apiSchema().toGraphQLJSSchema());
    this.#supergraph = Supergraph.build(this.#standIns.document, options);
    const native = wanted === "native" ? loadNative(print(this.#standIns.document)) : "not wanted";
    this.#native = typeof native === "string" ? undefined : native;
    this.planner = this.#native === undefined ? "apollo" : "native";
    if (this.#native === undefined) this.#apollo = new ApolloPlanner(this.#supergraph);
    this.reason = wanted === "native" && typeof native === "string" ? native : undefined;
  }

  plan(text: string, labels: ActiveLabels, avoidsNative: boolean): Plan {
    const document = parse(text, { noLocation: true });
    if (this.#native === undefined || avoidsNative || this.#usesContext(document)) {
      return this.#planApollo(document, labels);
    }
    try {
      const active = new Set(labels.names);
      const raw = this.#native.plan(text, undefined, active, labels.percentage);
      return this.#finish(translateNativePlan(raw), "native");
    } catch {
      // It cannot plan some documents (conditions around entity fetches): the other planner can.
      return this.#planApollo(document, labels);
    }
  }

  #planApollo(document: DocumentNode, labels: ActiveLabels): Plan {
    this.#apollo ??= new ApolloPlanner(this.#supergraph);
    const operation = operationFromDocument(this.#supergraph.apiSchema(), document, { validate: false });
    const overrideConditions = new Map(this.facts.labels.map((label) => [label, isActive(label, labels)]));
    const raw = this.#apollo.buildQueryPlan(operation, { overrideConditions });
    return this.#finish(translateApolloPlan(raw), "apollo");
  }

  #finish(node: PlanNode | undefined, planner: PlannerName): Plan {
    if (node === undefined || fetchesOf(node).length === 0) throw new Error("the planner made an empty plan");
    const restored = restoreArguments(node, this.#standIns);
    return { root: runMutationsAlone(separateShapes(restored, this.#shapes)), planner };
  }

  /** The native planner leaves out arguments that come from a context. */
  #usesContext(document: DocumentNode): boolean {
    if (this.#contextFields.size === 0) return false;
    let isUsed = false;
    visit(document, {
      Field: ({ name }) => {
        if (this.#contextFields.has(name.value)) isUsed = true;
      },
    });
    return isUsed;
  }
}

/** Reads a supergraph for planning. @throws Error when it cannot be used */
export function createPlanning(sdl: string, wanted: PlannerName): Planning {
  return new BothPlanners(sdl, wanted);
}
