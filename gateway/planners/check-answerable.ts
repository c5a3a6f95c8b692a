import {
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
  Kind,
  parse,
  type SelectionSetNode,
  type TypeNode,
} from "graphql";
import { type FetchNode, fetchesOf, type PlanNode, type Requirement } from "../plans/plan.ts";
import { parseFieldSet } from "./requirement-arguments.ts";
import type { SubgraphShapes } from "./separate-shapes.ts";
import { argumentText, isPossibleType, readSubgraphs, type SupergraphFacts } from "./supergraph-facts.ts";

// Apollo's planner, where a requirement has a requirement, sometimes asks a subgraph for a field that is external there,
// for what it should be given; or asks for a field before what it requires was fetched. The native planner, in one start of
// a few, takes what is provided for one type of an interface as provided for all. The subgraph would answer null or
// nonsense, so such a plan must not be carried out.

/** What the subgraphs of a supergraph cannot answer by themselves. Places are `subgraph Type.field`. */
export interface Externals {
  /** Fields that a subgraph names and cannot answer, unless it provides them on the way. Fields of keys are none. */
  readonly fields: ReadonlySet<string>;
  /** Fields that a subgraph must be given others for, and the names of those that are no keys. */
  readonly needs: ReadonlyMap<string, readonly string[]>;
  /** Fields below which a subgraph can answer more, and what. */
  readonly provides: ReadonlyMap<string, SelectionSetNode>;
  /** Object types by `subgraph Interface`. */
  readonly implementers: ReadonlyMap<string, readonly string[]>;
  /** Object types by the interfaces and unions that they belong to. */
  readonly possibleTypes: SupergraphFacts["possibleTypes"];
}

interface Joined {
  readonly subgraph: string;
  readonly provides: string | undefined;
  readonly requires: string | undefined;
  readonly isExternal: boolean;
}

function joinsOf(field: FieldDefinitionNode, names: ReadonlyMap<string, string>): readonly Joined[] {
  return (field.directives ?? []).flatMap((directive) => {
    if (directive.name.value !== "join__field") return [];
    const subgraph = names.get(argumentText(directive, "graph") ?? "");
    if (subgraph === undefined) return [];
    const isExternal = argumentText(directive, "external") === "true";
    const requires = argumentText(directive, "requires");
    return [{ subgraph, provides: argumentText(directive, "provides"), requires, isExternal }];
  });
}

/** Names that a field set has whatever the object's type is. */
function topNames(set: SelectionSetNode): string[] {
  return set.selections.flatMap((selection) => (selection.kind === Kind.FIELD ? [selection.name.value] : []));
}

/** Reads what the subgraphs of a supergraph cannot answer by themselves. */
export function readExternals(supergraph: DocumentNode, facts: SupergraphFacts): Externals {
  const names = new Map(readSubgraphs(supergraph).map(({ name, enumName }) => [enumName, name]));
  const keys = new Set(facts.keyFields);
  const fields = new Set<string>();
  const needs = new Map<string, readonly string[]>();
  const provides = new Map<string, SelectionSetNode>();
  const implementers = new Map<string, string[]>();
  for (const definition of supergraph.definitions) {
    const isInterface = definition.kind === Kind.INTERFACE_TYPE_DEFINITION;
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && !isInterface) continue;
    const type = definition.name.value;
    for (const directive of isInterface ? [] : (definition.directives ?? [])) {
      if (directive.name.value !== "join__implements") continue;
      const place = `${names.get(argumentText(directive, "graph") ?? "")} ${argumentText(directive, "interface")}`;
      implementers.set(place, [...(implementers.get(place) ?? []), type]);
    }
    for (const field of definition.fields ?? []) {
      const name = `${type}.${field.name.value}`;
      for (const joined of joinsOf(field, names)) {
        const place = `${joined.subgraph} ${name}`;
        if (joined.isExternal && !isInterface && !keys.has(name)) fields.add(place);
        if (joined.provides !== undefined) provides.set(place, parseFieldSet(joined.provides));
        const required = joined.requires === undefined ? [] : topNames(parseFieldSet(joined.requires));
        const given = required.filter((each) => !keys.has(`${type}.${each}`));
        if (given.length > 0) needs.set(place, given);
      }
    }
  }
  return { fields, needs, provides, implementers, possibleTypes: facts.possibleTypes };
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}

/** What an entity's representation carries, as the subgraph knows it. */
function namesGiven(requirements: readonly Requirement[]): readonly string[] {
  return requirements.flatMap((part) => ("type" in part ? namesGiven(part.selections) : [part.name]));
}

/** What is at hand for an object: what its representation carries, and what the fields around it provide. */
interface AtHand {
  readonly given: readonly string[];
  readonly provided: readonly SelectionSetNode[];
}

class FetchCheck {
  readonly #fetch: FetchNode;
  readonly #externals: Externals;
  readonly #shapes: SubgraphShapes;

  constructor(fetch: FetchNode, externals: Externals, shapes: SubgraphShapes) {
    this.#fetch = fetch;
    this.#externals = externals;
    this.#shapes = shapes;
  }

  /** What is wrong; undefined when nothing is. */
  whyWrong(): string | undefined {
    const { operation: text, entities, operationKind } = this.#fetch;
    const operation = parse(text, { noLocation: true }).definitions.find(
      (definition) => definition.kind === Kind.OPERATION_DEFINITION,
    );
    if (operation === undefined) return undefined;
    const { selectionSet } = operation;
    if (entities.length === 0) {
      return this.#find(selectionSet, this.#shapes.rootType(operationKind), { given: [], provided: [] });
    }
    for (const field of selectionSet.selections) {
      if (field.kind !== Kind.FIELD || field.selectionSet === undefined) continue;
      const entity = entities.find(({ alias }) => alias === (field.alias ?? field.name).value);
      const atHand = { given: namesGiven(entity?.requires ?? []), provided: [] };
      const found = this.#find(field.selectionSet, undefined, atHand);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #find(set: SelectionSetNode, parent: string | undefined, atHand: AtHand): string | undefined {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
      let type = parent;
      let below = atHand;
      if (selection.kind === Kind.INLINE_FRAGMENT) type = selection.typeCondition?.name.value ?? parent;
      else {
        const name = selection.name.value;
        const types = this.#objectTypes(parent);
        const wrong = types.map((each) => this.#whyField(each, name, atHand)).find((why) => why !== undefined);
        if (wrong !== undefined) return wrong;
        type = this.#typeOf(parent, name);
        below = { given: [], provided: types.flatMap((each) => this.#providedBelow(each, name, atHand)) };
      }
      const found = selection.selectionSet && this.#find(selection.selectionSet, type, below);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The type itself, and what implements it in the subgraph. */
  #objectTypes(type: string | undefined): readonly string[] {
    if (type === undefined) return [];
    return [type, ...(this.#externals.implementers.get(`${this.#fetch.subgraph} ${type}`) ?? [])];
  }

  /** The places of a field in what is provided for objects of a type. */
  #places(sets: readonly SelectionSetNode[], type: string, name: string): FieldNode[] {
    return sets.flatMap(({ selections }) =>
      selections.flatMap((selection): FieldNode[] => {
        if (selection.kind === Kind.FIELD) return selection.name.value === name ? [selection] : [];
        if (selection.kind === Kind.FRAGMENT_SPREAD) return [];
        const condition = selection.typeCondition?.name.value ?? type;
        const isMet = condition === type || isPossibleType(this.#externals.possibleTypes, condition, type);
        return isMet ? this.#places([selection.selectionSet], type, name) : [];
      }),
    );
  }

  #providedBelow(type: string, name: string, { provided }: AtHand): readonly SelectionSetNode[] {
    const own = this.#externals.provides.get(`${this.#fetch.subgraph} ${type}.${name}`);
    const inherited = this.#places(provided, type, name).flatMap(({ selectionSet }) => selectionSet ?? []);
    return own === undefined ? inherited : [own, ...inherited];
  }

  #typeOf(parent: string | undefined, field: string): string | undefined {
    const type = parent === undefined ? undefined : this.#shapes.typeOf(this.#fetch.subgraph, parent, field);
    return type && namedType(type);
  }

  #whyField(type: string, name: string, { given, provided }: AtHand): string | undefined {
    const place = `${this.#fetch.subgraph} ${type}.${name}`;
    const isProvided = (field: string) => this.#places(provided, type, field).length > 0;
    if (this.#externals.fields.has(place) && !isProvided(name)) return `for what is external there: ${place}`;
    const needed = this.#externals.needs.get(place);
    const missing = needed?.find((field) => !given.includes(field) && !isProvided(field));
    return missing && `for ${place} without ${missing}, which that requires`;
  }
}

/** @throws Error when a fetch asks a subgraph for a field that it cannot answer */
export function assertAnswerable(node: PlanNode | undefined, externals: Externals, shapes: SubgraphShapes): void {
  if (externals.fields.size === 0 && externals.needs.size === 0) return;
  for (const fetch of fetchesOf(node)) {
    const wrong = new FetchCheck(fetch, externals, shapes).whyWrong();
    if (wrong !== undefined) throw new Error(`the planner asks a subgraph ${wrong}`);
  }
}
