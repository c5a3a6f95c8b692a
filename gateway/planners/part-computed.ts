import {
  type ConstDirectiveNode,
  type DocumentNode,
  type EnumTypeDefinitionNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type StringValueNode,
  visit,
} from "graphql";
import { mapChildren, type PlanNode } from "../plans/plan.ts";
import { type Double, type DoubledGraphs, readDoubledGraphs } from "./doubled-graphs.ts";
import { argumentText, readSubgraphs } from "./supergraph-facts.ts";

// Apollo's planner asks for a field with @requires right where it meets the object in the subgraph that computes it, when
// what is required has a requirement of its own: it should leave for that and come back. So each such field is put into a
// double of its subgraph, which can be come to by keys alone: then there is always a way there, with what is required.
// Plans are translated back to the subgraphs that there are.

/** A supergraph whose computed fields stand in doubles of their subgraphs. */
export interface PartedSupergraph {
  readonly document: DocumentNode;
  /** Subgraphs by the names of their doubles. */
  readonly realNames: ReadonlyMap<string, string>;
}

type Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/** Each double is planned for as a subgraph of its own. */
const mostDoubles = 24;
/** What says which subgraph has what: with so much of it, reading takes a second, which is a plan's time. */
const mostJoins = 20_000;
const rootNames: ReadonlySet<string> = new Set(["Query", "Mutation", "Subscription"]);

function joinField(graph: string): ConstDirectiveNode {
  return {
    kind: Kind.DIRECTIVE,
    name: { kind: Kind.NAME, value: "join__field" },
    arguments: [
      { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: "graph" }, value: { kind: Kind.ENUM, value: graph } },
    ],
  };
}

function inGraph(directive: ConstDirectiveNode, graph: string): ConstDirectiveNode {
  return {
    ...directive,
    arguments: directive.arguments?.map((argument) =>
      argument.name.value === "graph" ? { ...argument, value: { kind: Kind.ENUM, value: graph } } : argument,
    ),
  };
}

class Parter {
  readonly #graphs: DoubledGraphs;

  constructor(graphs: DoubledGraphs) {
    this.#graphs = graphs;
  }

  #doublesOf(directive: ConstDirectiveNode): readonly Double[] {
    const of = argumentText(directive, "graph");
    return of === undefined ? [] : this.#graphs.doublesOf(of);
  }

  /** What is said of a subgraph is said of its doubles. */
  #repeat(directives: readonly ConstDirectiveNode[] | undefined): readonly ConstDirectiveNode[] {
    return (directives ?? []).flatMap((directive) => [
      directive,
      ...this.#doublesOf(directive).map(({ enumName }) => inGraph(directive, enumName)),
    ]);
  }

  /** A computed field stands in its double alone, another one where it is needed. */
  #joins(type: string, field: string, directive: ConstDirectiveNode): readonly ConstDirectiveNode[] {
    if (directive.name.value !== "join__field") return [directive];
    const own = this.#graphs.doubleOf(type, field, argumentText(directive, "graph"));
    if (own !== undefined) return [inGraph(directive, own.enumName)];
    const isExternal = argumentText(directive, "external") === "true";
    const doubles = this.#doublesOf(directive).filter((double) => isExternal || this.#graphs.has(double, type, field));
    return [directive, ...doubles.map(({ enumName }) => inGraph(directive, enumName))];
  }

  #field(field: FieldDefinitionNode, node: Composite): FieldDefinitionNode {
    const { directives = [], name } = field;
    const isJoined = directives.some((directive) => directive.name.value === "join__field");
    // Without words about it, a field is in every subgraph that has the type.
    const graphs = isJoined ? [] : new Set(typeGraphs(node));
    const said = [...directives, ...[...graphs].map(joinField)];
    const type = node.name.value;
    const joins = rootNames.has(type) ? said : said.flatMap((each) => this.#joins(type, name.value, each));
    return { ...field, directives: joins };
  }

  composite<Node extends Composite>(node: Node): Node {
    const fields = node.fields?.map((field) => this.#field(field, node));
    return { ...node, directives: this.#repeat(node.directives), ...(fields === undefined ? {} : { fields }) };
  }

  other<Node extends { readonly directives?: readonly ConstDirectiveNode[] | undefined }>(node: Node): Node {
    return { ...node, directives: this.#repeat(node.directives) };
  }

  input(field: InputValueDefinitionNode): InputValueDefinitionNode {
    return { ...field, directives: this.#repeat(field.directives) };
  }

  enum(node: EnumTypeDefinitionNode): EnumTypeDefinitionNode {
    if (node.name.value === "join__Graph") return this.#graphValues(node);
    const values = node.values?.map((value) => this.other(value));
    return { ...this.other(node), ...(values === undefined ? {} : { values }) };
  }

  #graphValues(node: EnumTypeDefinitionNode): EnumTypeDefinitionNode {
    const values = (node.values ?? []).flatMap((value) => [
      value,
      ...this.#graphs.doublesOf(value.name.value).map(({ enumName, name }) => ({
        ...value,
        name: { kind: Kind.NAME, value: enumName } as const,
        directives: value.directives?.map((directive) => ({
          ...directive,
          arguments: directive.arguments?.map((argument) => {
            const text: StringValueNode = { kind: Kind.STRING, value: name };
            return argument.name.value === "name" ? { ...argument, value: text } : argument;
          }),
        })),
      })),
    ]);
    return { ...node, values };
  }
}

function typeGraphs({ directives }: Composite): readonly string[] {
  return (directives ?? []).flatMap((directive) =>
    directive.name.value === "join__type" ? (argumentText(directive, "graph") ?? []) : [],
  );
}

/** @returns undefined when nothing is computed, or too much, or arguments come from a context, which goes by subgraphs' names */
export function partComputed(supergraph: DocumentNode): PartedSupergraph | undefined {
  const graphs = readDoubledGraphs(supergraph);
  if (graphs.doubles.length === 0 || graphs.doubles.length > mostDoubles || graphs.usesContexts) return undefined;
  const parter = new Parter(graphs);
  const document = visit(supergraph, {
    ObjectTypeDefinition: (node) => parter.composite(node),
    InterfaceTypeDefinition: (node) => parter.composite(node),
    UnionTypeDefinition: (node) => parter.other(node),
    ScalarTypeDefinition: (node) => parter.other(node),
    InputObjectTypeDefinition: (node) => ({
      ...parter.other(node),
      fields: node.fields?.map((field) => parter.input(field)),
    }),
    EnumTypeDefinition: (node) => parter.enum(node),
  });
  if (countJoins(document) > mostJoins) return undefined;
  const names = new Map(readSubgraphs(supergraph).map(({ enumName, name }) => [enumName, name]));
  return { document, realNames: new Map(graphs.doubles.map(({ name, of }) => [name, names.get(of) ?? name])) };
}

function countJoins(document: DocumentNode): number {
  let count = 0;
  visit(document, {
    Directive: () => {
      count += 1;
      return false;
    },
  });
  return count;
}

/** The plan with the subgraphs that there are. */
export function joinComputed(node: PlanNode, realNames: PartedSupergraph["realNames"]): PlanNode {
  if (node.kind === "fetch") return { ...node, subgraph: realNames.get(node.subgraph) ?? node.subgraph };
  if (node.kind !== "subscription") return mapChildren(node, (child) => joinComputed(child, realNames));
  return { ...node, rest: node.rest && joinComputed(node.rest, realNames) };
}
