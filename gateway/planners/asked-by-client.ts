import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from "graphql";
import type { Path, PathStep } from "../plans/plan.ts";

/** What is asked of an object, by response key; undefined for a leaf. */
export type AskedKeys = ReadonlyMap<string, AskedKeysBelow | undefined>;

/** Below one response key. */
interface AskedKeysBelow extends ReadonlyMap<string, AskedKeysBelow | undefined> {}

type Growing = Map<string, Growing | undefined>;

/** Objects at one place of an answer. */
interface AskedPlace {
  /** The object types that they may have. */
  readonly types: readonly string[];
  /** All that is selected of them, whatever their type. */
  readonly sets: ReadonlySet<SelectionSetNode>;
}

/** What a document asks of which objects. Conditions in it are taken as met. */
export class AskedByClient {
  readonly #schema: GraphQLSchema;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #root: AskedPlace;

  constructor(document: DocumentNode, schema: GraphQLSchema) {
    this.#schema = schema;
    let root: AskedPlace = { types: [], sets: new Set() };
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(definition.name.value, definition);
      if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
      const type = schema.getRootType(definition.operation);
      root = { types: type ? [type.name] : [], sets: new Set([definition.selectionSet]) };
    }
    this.#root = root;
  }

  /** Whether objects of a type are of another one, or of an interface or union. */
  isOfType(type: string, condition: string): boolean {
    if (type === condition) return true;
    const [object, abstract] = [this.#schema.getType(type), this.#schema.getType(condition)];
    return isObjectType(object) && isAbstractType(abstract) && this.#schema.isSubType(abstract, object);
  }

  /** The objects at a plan's path; undefined when the document asks for none there. */
  at(path: Path): AskedPlace | undefined {
    const place = path.reduce((from: AskedPlace, step) => this.#step(from, step), this.#root);
    return place.types.length === 0 ? undefined : place;
  }

  #step(place: AskedPlace, step: PathStep): AskedPlace {
    if (step === "@") return place;
    if (typeof step !== "string") {
      return { ...place, types: place.types.filter((type) => step.some((one) => this.isOfType(type, one))) };
    }
    const types = new Set<string>();
    const sets = new Set<SelectionSetNode>();
    for (const type of place.types) {
      for (const field of this.#fields(place, type)) {
        if ((field.alias ?? field.name).value !== step) continue;
        if (field.selectionSet !== undefined) sets.add(field.selectionSet);
        for (const each of this.#typesBelow(type, field)) types.add(each);
      }
    }
    return { types: [...types], sets };
  }

  #typesBelow(parent: string, field: FieldNode): readonly string[] {
    const type = this.#schema.getType(parent);
    const definition = isObjectType(type) ? type.getFields()[field.name.value] : undefined;
    const below = definition && getNamedType(definition.type);
    if (isAbstractType(below)) return this.#schema.getPossibleTypes(below).map(({ name }) => name);
    return isObjectType(below) ? [below.name] : [];
  }

  #fields({ sets }: Pick<AskedPlace, "sets">, type: string | undefined): FieldNode[] {
    return [...sets].flatMap(({ selections }) =>
      selections.flatMap((selection): FieldNode[] => {
        if (selection.kind === Kind.FIELD) return [selection];
        const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value);
        if (inner === undefined) return [];
        const condition = inner.typeCondition?.name.value;
        if (type !== undefined && condition !== undefined && !this.isOfType(type, condition)) return [];
        return this.#fields({ sets: new Set([inner.selectionSet]) }, type);
      }),
    );
  }

  /** What is asked of the objects of one type, or of any; further below, of objects of all types together. */
  keysOf(place: Pick<AskedPlace, "sets">, type?: string): AskedKeys {
    const keys: Growing = new Map();
    this.#addKeys(place, type, keys);
    return keys;
  }

  #addKeys(place: Pick<AskedPlace, "sets">, type: string | undefined, into: Growing): void {
    for (const field of this.#fields(place, type)) {
      const key = (field.alias ?? field.name).value;
      const below: Growing | undefined = field.selectionSet && (into.get(key) ?? new Map());
      into.set(key, below);
      if (field.selectionSet !== undefined && below !== undefined) {
        this.#addKeys({ sets: new Set([field.selectionSet]) }, undefined, below);
      }
    }
  }
}
