import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { parseFieldSet } from "./requirement-arguments.ts";
import { type Fields, fieldsOf, namedType } from "./sort-keys.ts";
import { argumentText, readSubgraphs } from "./supergraph-facts.ts";

/** A subgraph once more, with one computed field and what is needed around it. */
export interface Double {
  /** Its value of join__Graph. */
  readonly enumName: string;
  readonly name: string;
  /** The value of join__Graph that it is a double of. */
  readonly of: string;
}

/** Doubles of subgraphs, one for each computed field. */
export interface DoubledGraphs {
  readonly doubles: readonly Double[];
  /** Whether arguments are taken from contexts, which are called after subgraphs. */
  readonly usesContexts: boolean;
  readonly doublesOf: (graph: string) => readonly Double[];
  /** The double of a field that is computed in a subgraph. */
  readonly doubleOf: (type: string, field: string, graph: string | undefined) => Double | undefined;
  /** Whether a double has a field that its subgraph has and that is not computed there. */
  readonly has: (double: Double, type: string, field: string) => boolean;
}

type Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

function joinsOf(node: { readonly directives?: readonly ConstDirectiveNode[] | undefined }, name: string) {
  return (node.directives ?? []).filter((directive) => directive.name.value === name);
}

/** What is around a computed field in its subgraph. */
interface Around {
  /** `Type.field` of what keys and the field's requirement name. */
  readonly named: ReadonlySet<string>;
}

class Graph {
  /** Types that can be left, and come back to, by a key. */
  readonly #entities = new Set<string>();
  readonly #keys: (readonly [string, SelectionSetNode])[] = [];
  /** Object types by their interfaces. */
  readonly #implementers = new Map<string, string[]>();
  readonly #fields: Fields;

  constructor(graph: string, types: readonly Composite[], fields: Fields) {
    this.#fields = fields;
    for (const node of types) {
      const type = node.name.value;
      for (const directive of joinsOf(node, "join__type")) {
        const key = argumentText(directive, "graph") === graph ? argumentText(directive, "key") : undefined;
        if (key === undefined) continue;
        this.#keys.push([type, parseFieldSet(key)]);
        if (argumentText(directive, "resolvable") !== "false") this.#entities.add(type);
      }
      if (node.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
      for (const directive of joinsOf(node, "join__implements")) {
        const name = argumentText(directive, "interface");
        if (argumentText(directive, "graph") !== graph || name === undefined) continue;
        this.#implementers.set(name, [...(this.#implementers.get(name) ?? []), type]);
      }
    }
  }

  around(type: string, requires: string): Around {
    const named = new Set<string>();
    for (const [of, set] of this.#keys) this.#name(of, set, named);
    this.#name(type, parseFieldSet(requires), named);
    return { named };
  }

  #name(type: string, set: SelectionSetNode, into: Set<string>): void {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        this.#name(selection.typeCondition?.name.value ?? type, selection.selectionSet, into);
        continue;
      }
      const name = selection.name.value;
      // What is named of an interface is there of each type that has it.
      for (const each of [type, ...(this.#implementers.get(type) ?? [])]) into.add(`${each}.${name}`);
      const definition = this.#fields.get(type)?.get(name);
      if (definition !== undefined && selection.selectionSet !== undefined) {
        this.#name(namedType(definition.type), selection.selectionSet, into);
      }
    }
  }

  /** An object without a key cannot be completed elsewhere: it stays whole. */
  has({ named }: Around, type: string, field: string): boolean {
    if (named.has(`${type}.${field}`)) return true;
    const implementers = this.#implementers.get(type);
    if (implementers === undefined) return !this.#entities.has(type);
    return implementers.every((each) => named.has(`${each}.${field}`) || !this.#entities.has(each));
  }
}

class Doubles implements DoubledGraphs {
  readonly doubles: Double[] = [];
  usesContexts = false;
  readonly #byField = new Map<string, Double>();
  readonly #around = new Map<Double, { readonly graph: Graph; readonly around: Around }>();
  readonly #graphs = new Map<string, Graph>();
  readonly #names: ReadonlyMap<string, string>;

  constructor(document: DocumentNode) {
    this.#names = new Map(readSubgraphs(document).map(({ enumName, name }) => [enumName, name]));
    const fields = fieldsOf(document);
    const types = document.definitions.filter(
      (node): node is Composite =>
        node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION,
    );
    for (const graph of this.#names.keys()) this.#graphs.set(graph, new Graph(graph, types, fields));
    for (const node of types) for (const field of node.fields ?? []) this.#readField(node.name.value, field);
  }

  #readField(type: string, field: FieldDefinitionNode): void {
    for (const directive of joinsOf(field, "join__field")) {
      this.usesContexts ||= directive.arguments?.some(({ name }) => name.value === "contextArguments") === true;
      const of = argumentText(directive, "graph");
      const requires = argumentText(directive, "requires");
      const graph = of === undefined ? undefined : this.#graphs.get(of);
      if (of === undefined || graph === undefined || requires === undefined) continue;
      const number = this.doubles.length;
      const double = { enumName: `${of}__COMPUTED_${number}`, name: `${this.#names.get(of)}__computed_${number}`, of };
      this.doubles.push(double);
      this.#byField.set(`${type}.${field.name.value} ${of}`, double);
      this.#around.set(double, { graph, around: graph.around(type, requires) });
    }
  }

  doublesOf(graph: string): readonly Double[] {
    return this.doubles.filter(({ of }) => of === graph);
  }

  doubleOf(type: string, field: string, graph: string | undefined): Double | undefined {
    return this.#byField.get(`${type}.${field} ${graph}`);
  }

  has(double: Double, type: string, field: string): boolean {
    const found = this.#around.get(double);
    return found?.graph.has(found.around, type, field) === true;
  }
}

/** Reads which fields are computed, and what a double of its subgraph needs for each. */
export function readDoubledGraphs(supergraph: DocumentNode): DoubledGraphs {
  return new Doubles(supergraph);
}
