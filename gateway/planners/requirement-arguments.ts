import {
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
  type TypeNode,
  visit,
} from "graphql";

// A planner keeps one value for each response key of an object. The value that one `@requires` wants of a field with
// arguments is another than what the client, or another `@requires`, wants of it. So each (type, field, arguments)
// that some `@requires` names becomes a field of its own in the SDL that planners see; plans are translated back.

/** A field that exists for planners alone. */
export interface StandIn {
  /** The field it stands for. */
  readonly field: string;
  /** Its arguments as in a document, brackets included; empty when it is given none. */
  readonly arguments: string;
}

/** The SDL for planners and what is needed to translate their plans back. */
export interface StandIns {
  readonly document: DocumentNode;
  /** By the name of the stand-in. */
  readonly byName: ReadonlyMap<string, StandIn>;
  /** By `Type.field`: the stand-ins that the field's own `@requires` names, directly or nested. */
  readonly neededBy: ReadonlyMap<string, readonly string[]>;
}

/** Prefix of the names of stand-ins. */
export const standInPrefix = "_r";

type Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}

/** Parses the text of a field set, as `id sku { a }`. @throws GraphQLError */
export function parseFieldSet(text: string): SelectionSetNode {
  const [definition] = parse(`{${text}}`, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`not a field set: ${text}`);
  return definition.selectionSet;
}

class StandInMaker {
  readonly byName = new Map<string, StandIn>();
  /** Fields to add, by type. */
  readonly added = new Map<string, Map<string, FieldDefinitionNode>>();
  readonly #names = new Map<string, string>();
  readonly #types = new Map<string, Composite>();
  readonly #implementers = new Map<string, string[]>();

  constructor(document: DocumentNode) {
    for (const definition of document.definitions) {
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION)
        continue;
      this.#types.set(definition.name.value, definition);
      for (const { name } of definition.interfaces ?? []) {
        this.#implementers.set(name.value, [...(this.#implementers.get(name.value) ?? []), definition.name.value]);
      }
    }
  }

  /** The field set with stand-ins for its fields with arguments; their names are pushed to `used`. */
  replace(set: SelectionSetNode, type: string, used: string[]): SelectionSetNode {
    return { ...set, selections: set.selections.map((selection) => this.#replaceOne(selection, type, used)) };
  }

  #replaceOne(selection: SelectionNode, type: string, used: string[]): SelectionNode {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return selection;
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const inner = selection.typeCondition?.name.value ?? type;
      return { ...selection, selectionSet: this.replace(selection.selectionSet, inner, used) };
    }
    const definition = this.#types.get(type)?.fields?.find(({ name }) => name.value === selection.name.value);
    if (definition === undefined) return selection;
    const selectionSet =
      selection.selectionSet && this.replace(selection.selectionSet, namedType(definition.type), used);
    const replaced = { ...selection, ...(selectionSet === undefined ? {} : { selectionSet }) };
    // Arguments that a requirement leaves out may still be given by a client.
    if (definition.arguments === undefined || definition.arguments.length === 0) return replaced;
    const given = (selection.arguments ?? []).map((argument) => print(argument));
    const text = given.length === 0 ? "" : `(${given.join(", ")})`;
    const name = this.#nameOf(selection.name.value, text);
    used.push(name);
    this.#add(type, selection.name.value, name);
    return { ...replaced, name: { kind: Kind.NAME, value: name }, arguments: [] };
  }

  #nameOf(field: string, text: string): string {
    const key = field + text;
    const present = this.#names.get(key);
    if (present !== undefined) return present;
    const name = `${standInPrefix}${this.#names.size}_${field}`;
    this.#names.set(key, name);
    this.byName.set(name, { field, arguments: text });
    return name;
  }

  #add(type: string, field: string, name: string): void {
    const definition = this.#types.get(type)?.fields?.find((candidate) => candidate.name.value === field);
    if (definition === undefined) return;
    const fields = this.added.get(type) ?? new Map<string, FieldDefinitionNode>();
    this.added.set(type, fields);
    if (fields.has(name)) return;
    fields.set(name, { ...definition, name: { kind: Kind.NAME, value: name }, arguments: [] });
    for (const implementer of this.#implementers.get(type) ?? []) this.#add(implementer, field, name);
  }
}

function replaceRequirements(
  document: DocumentNode,
  maker: StandInMaker,
  neededBy: Map<string, string[]>,
): DocumentNode {
  const replaceField = (type: string, field: FieldDefinitionNode): FieldDefinitionNode => {
    const directives = field.directives?.map((directive) => {
      if (directive.name.value !== "join__field") return directive;
      const argumentNodes = directive.arguments?.map((argument) => {
        if (argument.name.value !== "requires" || argument.value.kind !== Kind.STRING) return argument;
        const used: string[] = [];
        const replaced = maker.replace(parseFieldSet(argument.value.value), type, used);
        if (used.length === 0) return argument;
        neededBy.set(`${type}.${field.name.value}`, used);
        const text = print(replaced)
          .replace(/\s+/g, " ")
          .replace(/^\{|\}$/g, "")
          .trim();
        return { ...argument, value: { kind: Kind.STRING, value: text } as const };
      });
      return argumentNodes === undefined ? directive : { ...directive, arguments: argumentNodes };
    });
    return directives === undefined ? field : { ...field, directives };
  };
  const replaceType = <Node extends Composite>(node: Node): Node => ({
    ...node,
    fields: node.fields?.map((field) => replaceField(node.name.value, field)),
  });
  return visit(document, { ObjectTypeDefinition: replaceType, InterfaceTypeDefinition: replaceType });
}

/** Gives every field with arguments inside a `@requires` of a supergraph a stand-in without arguments. */
export function makeStandIns(supergraph: DocumentNode): StandIns {
  const maker = new StandInMaker(supergraph);
  const neededBy = new Map<string, string[]>();
  const replaced = replaceRequirements(supergraph, maker, neededBy);
  const extend = <Node extends Composite>(node: Node): Node | undefined => {
    const fields = maker.added.get(node.name.value);
    return fields === undefined ? undefined : { ...node, fields: [...(node.fields ?? []), ...fields.values()] };
  };
  const document = visit(replaced, { ObjectTypeDefinition: extend, InterfaceTypeDefinition: extend });
  return { document, byName: maker.byName, neededBy };
}
