import { type DirectiveNode, type DocumentNode, Kind, visit } from "graphql";
import { parseFieldSet } from "./requirement-arguments.ts";

/** A subgraph as the supergraph's `join__Graph` names it. */
export interface SubgraphFacts {
  readonly name: string;
  readonly url: string;
}

/** What must be known of a supergraph to carry out plans, as pure data. */
export interface SupergraphFacts {
  readonly subgraphs: readonly SubgraphFacts[];
  /** Object types by the interfaces and unions that they belong to, inaccessible ones included. */
  readonly possibleTypes: Readonly<Record<string, readonly string[]>>;
  /** `Type.field` for each field that stands in some key of the type. */
  readonly keyFields: readonly string[];
  /** Names of fields with an argument that is taken from a context. */
  readonly contextFields: readonly string[];
  /** `Type.field` for each field whose owner depends on a label. */
  readonly labelledFields: readonly string[];
  /** `Type.field` for each field of an object type that it has from an interface object alone. */
  readonly inheritedFields: readonly string[];
  /** Labels of progressive overrides, sorted: names, and shares as `percent(30)`. */
  readonly labels: readonly string[];
}

/** Whether an object type belongs to an interface or union. Types may have names like `constructor`. */
export function isPossibleType(possible: SupergraphFacts["possibleTypes"], abstract: string, type: string): boolean {
  return Object.hasOwn(possible, abstract) && possible[abstract]?.includes(type) === true;
}

/** The value of a string, enum or Boolean argument of a directive as text. */
export function argumentText(directive: DirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  if (value === undefined) return undefined;
  if (value.kind === Kind.STRING || value.kind === Kind.ENUM) return value.value;
  return value.kind === Kind.BOOLEAN ? String(value.value) : undefined;
}

/** The subgraphs of a supergraph, each with its value of the enum join__Graph. */
export function readSubgraphs(document: DocumentNode): readonly (SubgraphFacts & { readonly enumName: string })[] {
  const graphs = document.definitions.find(
    (definition) => definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === "join__Graph",
  );
  if (graphs?.kind !== Kind.ENUM_TYPE_DEFINITION) return [];
  return (graphs.values ?? []).flatMap(({ name: { value: enumName }, directives }) => {
    const join = directives?.find(({ name }) => name.value === "join__graph");
    const name = join && argumentText(join, "name");
    return join === undefined || name === undefined ? [] : [{ enumName, name, url: argumentText(join, "url") ?? "" }];
  });
}

function readPossibleTypes(document: DocumentNode): Record<string, readonly string[]> {
  const possible = new Map<string, string[]>();
  const add = (abstract: string, type: string) => possible.set(abstract, [...(possible.get(abstract) ?? []), type]);
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) {
      for (const { name } of definition.interfaces ?? []) add(name.value, definition.name.value);
    } else if (definition.kind === Kind.UNION_TYPE_DEFINITION) {
      for (const { name } of definition.types ?? []) add(definition.name.value, name.value);
    }
  }
  return Object.fromEntries(possible);
}

function readKeyFields(document: DocumentNode): readonly string[] {
  const keys = new Set<string>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    for (const directive of definition.directives ?? []) {
      const key = directive.name.value === "join__type" ? argumentText(directive, "key") : undefined;
      for (const selection of key === undefined ? [] : parseFieldSet(key).selections) {
        if (selection.kind === Kind.FIELD) keys.add(`${definition.name.value}.${selection.name.value}`);
      }
    }
  }
  return [...keys];
}

/** Reads the facts of a supergraph. */
export function readSupergraphFacts(document: DocumentNode): SupergraphFacts {
  const contextFields = new Set<string>();
  const labels = new Set<string>();
  const labelledFields = new Set<string>();
  const inheritedFields = new Set<string>();
  let type = "";
  visit(document, {
    ObjectTypeDefinition: ({ name }) => {
      type = name.value;
    },
    InterfaceTypeDefinition: ({ name }) => {
      type = name.value;
    },
    FieldDefinition: ({ name, directives }) => {
      for (const directive of directives ?? []) {
        if (directive.name.value !== "join__field") continue;
        if (argumentText(directive, "graph") === undefined) inheritedFields.add(`${type}.${name.value}`);
        if (directive.arguments?.some((argument) => argument.name.value === "contextArguments")) {
          contextFields.add(name.value);
        }
        const label = argumentText(directive, "overrideLabel");
        if (label === undefined || label === "") continue;
        labels.add(label);
        labelledFields.add(`${type}.${name.value}`);
      }
    },
  });
  return {
    subgraphs: readSubgraphs(document).map(({ name, url }) => ({ name, url })),
    possibleTypes: readPossibleTypes(document),
    keyFields: readKeyFields(document),
    contextFields: [...contextFields].sort(),
    labelledFields: [...labelledFields],
    inheritedFields: [...inheritedFields],
    labels: [...labels].sort(),
  };
}
