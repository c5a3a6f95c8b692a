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
import { askByType, type InterfaceObjects, readInterfaceObjects } from "./ask-by-type.ts";
import { assertAnswerable, type Externals, readExternals } from "./check-answerable.ts";
import { assertWholeKeys, type MixedKeysByType, readMixedKeys } from "./check-keys.ts";
import { assertRepresented } from "./check-represented.ts";
import { expandAbstractFragments, expandInterfaceFields } from "./expand-abstract-fragments.ts";
import { isActive } from "./labels.ts";
import { orderRequirements } from "./order-requirements.ts";
import { joinComputed, type PartedSupergraph, partComputed } from "./part-computed.ts";
import type { ActiveLabels } from "./protocol.ts";
import { makeStandIns, type StandIns } from "./requirement-arguments.ts";
import { restoreArguments } from "./restore-arguments.ts";
import { runMutationsAlone } from "./run-mutations-alone.ts";
import { readSubgraphShapes, type SubgraphShapes, separateShapes } from "./separate-shapes.ts";
import { sortKeys } from "./sort-keys.ts";
import { readSupergraphFacts, type SupergraphFacts } from "./supergraph-facts.ts";
import { translateApolloPlan } from "./translate-apollo.ts";
import { translateNativePlan } from "./translate-native.ts";

/** The planners of one supergraph. Blocks while it works, and may abort: run it in a process of its own. */
export interface Planning {
  /** In pieces of whole definitions. */
  readonly apiSdl: readonly string[];
  readonly facts: SupergraphFacts;
  readonly planner: PlannerName;
  readonly reason: string | undefined;
  /** @throws Error when the planner cannot plan the document; its message is for the log */
  readonly plan: (document: string, labels: ActiveLabels, planner: PlannerName) => Plan;
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

// Which features are carried out was asked when the supergraph was read.
const supergraphOptions = { supportedFeatures: null, validateSupergraph: false };
const apolloOptions = { incrementalDelivery: { enableDefer: true } };
// Doubles multiply the ways that there are. This is no place to look for the best: any right plan will do, and soon.
const partedOptions = { ...apolloOptions, debug: { maxEvaluatedPlans: 100, pathsLimit: 1_000 } };

/** Apollo's planner of a supergraph, and how its plans are made those of the subgraphs that there are. */
interface ApolloPlanning {
  readonly planner: ApolloPlanner;
  readonly supergraph: Supergraph;
  readonly realNames: PartedSupergraph["realNames"] | undefined;
}

function loadApollo(document: DocumentNode, realNames?: PartedSupergraph["realNames"]): ApolloPlanning {
  const supergraph = Supergraph.build(sortKeys(document, "apollo"), supergraphOptions);
  const options = realNames === undefined ? apolloOptions : partedOptions;
  return { planner: new ApolloPlanner(supergraph, options), supergraph, realNames };
}

class BothPlanners implements Planning {
  readonly apiSdl: readonly string[];
  readonly facts: SupergraphFacts;
  readonly planner: PlannerName;
  readonly reason: string | undefined;
  readonly #standIns: StandIns;
  readonly #shapes: SubgraphShapes;
  readonly #keyFields: ReadonlySet<string>;
  readonly #labelled: ReadonlySet<string>;
  readonly #inherited: ReadonlySet<string>;
  readonly #externals: Externals;
  readonly #mixedKeys: MixedKeysByType;
  readonly #interfaceObjects: InterfaceObjects;
  #native: NativePlanner | string | undefined;
  #apollo: ApolloPlanning | undefined;
  /** The same with computed fields in doubles of their subgraphs; null when it cannot be made. */
  #parted: ApolloPlanning | null | undefined;
  /** Of the API, built when first needed. */
  #schema: GraphQLSchema | undefined;

  constructor(sdl: string, wanted: PlannerName) {
    const document = parse(sdl, { noLocation: true });
    this.facts = readSupergraphFacts(document);
    this.#keyFields = new Set(this.facts.keyFields);
    this.#labelled = new Set(this.facts.labelledFields);
    this.#inherited = new Set(this.facts.inheritedFields);
    this.#standIns = makeStandIns(document);
    this.#shapes = readSubgraphShapes(document);
    this.#externals = readExternals(document, this.facts);
    this.#mixedKeys = readMixedKeys(document);
    this.#interfaceObjects = readInterfaceObjects(document);
    this.apiSdl = printInPieces(Supergraph.build(document, supergraphOptions).apiSchema().toGraphQLJSSchema());
    const native = wanted === "native" ? this.#loadedNative() : undefined;
    this.planner = native === undefined || typeof native === "string" ? "apollo" : "native";
    if (this.planner === "apollo") this.#loadedApollo();
    this.reason = typeof native === "string" ? native : undefined;
  }

  plan(text: string, labels: ActiveLabels, planner: PlannerName): Plan {
    return planner === "native"
      ? this.#planNative(text, labels)
      : this.#planApollo(parse(text, { noLocation: true }), labels);
  }

  #loadedNative(): NativePlanner | string {
    this.#native ??= loadNative(print(sortKeys(this.#standIns.document, "native")));
    return this.#native;
  }

  #loadedApollo(): ApolloPlanning {
    this.#apollo ??= loadApollo(this.#standIns.document);
    return this.#apollo;
  }

  #loadedParted(): ApolloPlanning | null {
    if (this.#parted === undefined) {
      const parted = partComputed(this.#standIns.document);
      this.#parted = parted === undefined ? null : loadApollo(parted.document, parted.realNames);
    }
    return this.#parted;
  }

  #planNative(text: string, labels: ActiveLabels): Plan {
    const native = this.#loadedNative();
    if (typeof native === "string") throw new Error(native);
    if (this.#splitsInterfaceObject(text)) throw new Error("the native planner mixes up types of an interface object");
    const raw = native.plan(text, undefined, new Set(labels.names), labels.percentage);
    const translated = translateNativePlan(raw);
    // Apollo's planner keeps to the order of keys; where it, too, asks by such a key, there is no other one to ask by.
    assertWholeKeys(translated, this.#mixedKeys);
    return this.#finish(translated, parse(text, { noLocation: true }), "native");
  }

  #planApollo(document: DocumentNode, labels: ActiveLabels): Plan {
    try {
      return this.#planByApollo(document, labels, this.#loadedApollo());
    } catch (error) {
      const ways = [() => this.#planExpanded(document, labels), () => this.#planParted(document, labels)];
      for (const way of ways) {
        try {
          const plan = way();
          if (plan !== undefined) return plan;
        } catch {
          // The reason of the plain way is the one to be told.
        }
      }
      throw error;
    }
  }

  #planExpanded(document: DocumentNode, labels: ActiveLabels): Plan | undefined {
    const expanded = expandAbstractFragments(document, this.#apiSchema());
    if (print(expanded) === print(document)) return undefined;
    return this.#planByApollo(expanded, labels, this.#loadedApollo());
  }

  #planParted(document: DocumentNode, labels: ActiveLabels): Plan | undefined {
    const parted = this.#loadedParted();
    if (parted === null) return undefined;
    try {
      return this.#planByApollo(document, labels, parted);
    } catch {
      return this.#planByApollo(expandAbstractFragments(document, this.#apiSchema()), labels, parted);
    }
  }

  #apiSchema(): GraphQLSchema {
    this.#schema ??= buildSchema(this.apiSdl.join("\n"), { assumeValid: true, assumeValidSDL: true, noLocation: true });
    return this.#schema;
  }

  #planByApollo(document: DocumentNode, labels: ActiveLabels, by: ApolloPlanning): Plan {
    const { planner, supergraph, realNames } = by;
    const asked =
      this.#labelled.size === 0
        ? document
        : expandInterfaceFields(document, this.#apiSchema(), (type, field) => this.#labelled.has(`${type}.${field}`));
    const operation = operationFromDocument(supergraph.apiSchema(), asked, { validate: false });
    const overrideConditions = new Map(this.facts.labels.map((label) => [label, isActive(label, labels)]));
    const raw = planner.buildQueryPlan(operation, { overrideConditions });
    const plan = translateApolloPlan(raw);
    const translated = plan && realNames ? joinComputed(plan, realNames) : plan;
    const isKey = (type: string, field: string) => this.#keyFields.has(`${type}.${field}`);
    return this.#finish(translated && orderRequirements(translated, isKey), document, "apollo");
  }

  #finish(node: PlanNode | undefined, document: DocumentNode, planner: PlannerName): Plan {
    if (node === undefined || fetchesOf(node).length === 0) throw new Error("the planner made an empty plan");
    const restored = restoreArguments(node, this.#standIns);
    assertAnswerable(restored, this.#externals, this.#shapes);
    const asked = askByType(restored, document, this.#interfaceObjects, () => this.#apiSchema());
    if (planner === "native") assertRepresented(asked, this.facts.possibleTypes);
    return { root: runMutationsAlone(separateShapes(asked, this.#shapes)), planner };
  }

  /**
   * Whether fields of an interface object are asked of several of its types by themselves. Source: the native planner
   * joins what it fetches for each of them and keeps the representation of one; the others' fields stay empty.
   */
  #splitsInterfaceObject(text: string): boolean {
    if (this.#inherited.size === 0) return false;
    const types = new TypeInfo(this.#apiSchema());
    const split = new Set<string>();
    const Field = ({ name }: FieldNode) => {
      const parent = types.getParentType();
      if (isObjectType(parent) && this.#inherited.has(`${parent.name}.${name.value}`)) split.add(parent.name);
    };
    visit(parse(text, { noLocation: true }), visitWithTypeInfo(types, { Field }));
    return split.size > 1;
  }
}

/** Reads a supergraph for planning. @throws Error when it cannot be used */
export function createPlanning(sdl: string, wanted: PlannerName): Planning {
  return new BothPlanners(sdl, wanted);
}
