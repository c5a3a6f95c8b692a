import { createRequire } from "node:module";
import { operationFromDocument, Supergraph } from "@apollo/federation-internals";
import { QueryPlanner as ApolloPlanner } from "@apollo/query-planner";
import type { QueryPlanner as NativePlanner } from "@graphql-hive/router-query-planner";
import {
  buildSchema,
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  isObjectType,
  parse,
  print,
  printSchema,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { fetchesOf, type Plan, type PlanNode, type PlannerName } from "../plans/plan.ts";
import { assertAnswerable, type Externals, readExternals } from "./check-answerable.ts";
import { expandAbstractFragments, expandInterfaceFields } from "./expand-abstract-fragments.ts";
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

const apolloOptions = { incrementalDelivery: { enableDefer: true } };

class BothPlanners implements Planning {
  readonly apiSdl: readonly string[];
  readonly facts: SupergraphFacts;
  readonly planner: PlannerName;
  readonly reason: string | undefined;
  readonly #supergraph: Supergraph;
  readonly #standIns: StandIns;
  readonly #shapes: SubgraphShapes;
  readonly #contextFields: ReadonlySet<string>;
  readonly #labelled: ReadonlySet<string>;
  readonly #inherited: ReadonlySet<string>;
  readonly #externals: Externals;
  #native: NativePlanner | string | undefined;
  #apollo: ApolloPlanner | undefined;
  /** Of the API, built when first needed. */
  #schema: GraphQLSchema | undefined;

  constructor(sdl: string, wanted: PlannerName) {
    const document = parse(sdl, { noLocation: true });
    this.facts = readSupergraphFacts(document);
    this.#contextFields = new Set(this.facts.contextFields);
    this.#labelled = new Set(this.facts.labelledFields);
    this.#inherited = new Set(this.facts.inheritedFields);
    this.#standIns = makeStandIns(sortKeys(document));
    this.#shapes = readSubgraphShapes(document);
    this.#externals = readExternals(document, this.facts);
    const options = { supportedFeatures: null, validateSupergraph: false };
    this.apiSdl = printInPieces(Supergraph.build(document, options).apiSchema().toGraphQLJSSchema());
    this.#supergraph = Supergraph.build(this.#standIns.document, options);
    const native = wanted === "native" ? this.#loadedNative() : undefined;
    this.planner = native === undefined || typeof native === "string" ? "apollo" : "native";
    if (this.planner === "apollo") this.#apollo = new ApolloPlanner(this.#supergraph, apolloOptions);
    this.reason = typeof native === "string" ? native : undefined;
  }

  plan(text: string, labels: ActiveLabels, avoidsNative: boolean): Plan {
    const document = parse(text, { noLocation: true });
    if (avoidsNative || this.#needsApollo(document)) return this.#planApollo(document, labels);
    // What one of them cannot plan (the native one: conditions around entity fetches), the other one can.
    const planners = [() => this.#planNative(text, labels), () => this.#planApollo(document, labels)] as const;
    const [first, second] = this.planner === "native" ? planners : ([planners[1], planners[0]] as const);
    try {
      return first();
    } catch (error) {
      try {
        return second();
      } catch (other) {
        const { message } = this.planner === "native" ? (other as Error) : (error as Error);
        throw new Error(message, { cause: [error, other] });
      }
    }
  }

  #loadedNative(): NativePlanner | string {
    this.#native ??= loadNative(print(this.#standIns.document));
    return this.#native;
  }

  #planNative(text: string, labels: ActiveLabels): Plan {
    const native = this.#loadedNative();
    if (typeof native === "string") throw new Error(native);
    const raw = native.plan(text, undefined, new Set(labels.names), labels.percentage);
    return this.#finish(translateNativePlan(raw), "native");
  }

  #planApollo(document: DocumentNode, labels: ActiveLabels): Plan {
    try {
      return this.#planByApollo(document, labels);
    } catch (error) {
      const expanded = expandAbstractFragments(document, this.#apiSchema());
      if (print(expanded) === print(document)) throw error;
      return this.#planByApollo(expanded, labels);
    }
  }

  #apiSchema(): GraphQLSchema {
    this.#schema ??= buildSchema(this.apiSdl.join("\n"), { assumeValid: true, assumeValidSDL: true, noLocation: true });
    return this.#schema;
  }

  #planByApollo(document: DocumentNode, labels: ActiveLabels): Plan {
    this.#apollo ??= new ApolloPlanner(this.#supergraph, apolloOptions);
    const asked =
      this.#labelled.size === 0
        ? document
        : expandInterfaceFields(document, this.#apiSchema(), (type, field) => this.#labelled.has(`${type}.${field}`));
    const operation = operationFromDocument(this.#supergraph.apiSchema(), asked, { validate: false });
    const overrideConditions = new Map(this.facts.labels.map((label) => [label, isActive(label, labels)]));
    const raw = this.#apollo.buildQueryPlan(operation, { overrideConditions });
    return this.#finish(translateApolloPlan(raw), "apollo");
  }

  #finish(node: PlanNode | undefined, planner: PlannerName): Plan {
    if (node === undefined || fetchesOf(node).length === 0) throw new Error("the planner made an empty plan");
    const restored = restoreArguments(node, this.#standIns);
    assertAnswerable(restored, this.#externals, this.#shapes);
    return { root: runMutationsAlone(separateShapes(restored, this.#shapes)), planner };
  }

  /** The native planner leaves out arguments that come from a context, and does not know @defer. */
  #needsApollo(document: DocumentNode): boolean {
    let isNeeded = false;
    visit(document, {
      Field: ({ name }) => {
        if (this.#contextFields.has(name.value)) isNeeded = true;
      },
      Directive: ({ name }) => {
        if (name.value === "defer") isNeeded = true;
      },
    });
    return isNeeded || this.#splitsInterfaceObject(document);
  }

  /**
   * Whether fields of an interface object are asked of several of its types by themselves. Source: the native planner
   * joins what it fetches for each of them and keeps the representation of one; the others' fields stay empty.
   */
  #splitsInterfaceObject(document: DocumentNode): boolean {
    if (this.#inherited.size === 0) return false;
    const types = new TypeInfo(this.#apiSchema());
    const split = new Set<string>();
    const Field = ({ name }: FieldNode) => {
      const parent = types.getParentType();
      if (isObjectType(parent) && this.#inherited.has(`${parent.name}.${name.value}`)) split.add(parent.name);
    };
    visit(document, visitWithTypeInfo(types, { Field }));
    return split.size > 1;
  }
}

/** Reads a supergraph for planning. @throws Error when it cannot be used */
export function createPlanning(sdl: string, wanted: PlannerName): Planning {
  return new BothPlanners(sdl, wanted);
}
