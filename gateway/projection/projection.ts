import {
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import {
  type CollectContext,
  type CollectedField,
  type ConcreteType,
  collectFields,
  dependsOnType,
  type GuardedSelections,
} from "./collect-fields.ts";
import { type LeafReader, leafReader } from "./leaf-values.ts";

/** A JSON object as it came. */
export type Tree = Record<string, unknown>;

/** The value of a key that belongs to the object itself and not to its prototype. */
export function ownValue(tree: Tree, key: string): unknown {
  return Object.hasOwn(tree, key) ? tree[key] : undefined;
}

/** What the client selects of objects of one type, its parts found when first needed. */
export class ObjectProjection {
  readonly type: ConcreteType;
  readonly fields: readonly FieldProjection[];

  constructor(context: CollectContext, type: ConcreteType, selections: readonly GuardedSelections[]) {
    this.type = type;
    // Places of one key read the same value, and share what is below them.
    const values = new Map<CollectedField["below"], ValueProjection>();
    this.fields = collectFields(context, type, selections).map((field) => {
      if (field.definition === undefined) return { ...field, value: undefined };
      const value = values.get(field.below) ?? projectionOf(context, field.definition.type, field.below);
      values.set(field.below, value);
      return { ...field, value };
    });
  }
}

/** One key of an object and how its value is read; no value for `__typename` and introspection. */
export interface FieldProjection extends CollectedField {
  readonly value: ValueProjection | undefined;
}

/** How a value of one type is read. */
export interface ValueProjection {
  readonly type: GraphQLOutputType;
  /** Reader of the leaf at the bottom, when there is one. */
  readonly leaf: LeafReader | undefined;
  /** Reader of the objects at the bottom, when there are. */
  readonly objects: ObjectProjections | undefined;
}

/** What the client selects of a composite type: one projection for each object type that turns up. */
export class ObjectProjections {
  /** Set when the type is an object type. */
  readonly objectType: GraphQLObjectType | undefined;
  readonly typeName: string;
  readonly #context: CollectContext;
  readonly #selections: readonly GuardedSelections[];
  readonly #byName = new Map<string, ObjectProjection>();
  #ofInterface: ObjectProjection | undefined;

  constructor(context: CollectContext, type: GraphQLOutputType, selections: readonly GuardedSelections[]) {
    const named = getNamedType(type);
    this.#context = context;
    this.#selections = selections;
    this.typeName = named.name;
    this.objectType = isObjectType(named) ? named : undefined;
    if (isInterfaceType(named) && !dependsOnType(context, named, selections)) {
      this.#ofInterface = new ObjectProjection(context, named, selections);
    }
  }

  /** The projection for an object that says of itself what it is; undefined when it cannot be of this type. */
  for(typename: unknown): ObjectProjection | undefined {
    if (this.objectType !== undefined) {
      if (typename !== undefined && typename !== this.objectType.name) return undefined;
      return this.#forType(this.objectType);
    }
    if (typename === undefined || typename === this.typeName) return this.#ofInterface;
    if (typeof typename !== "string") return undefined;
    const present = this.#byName.get(typename);
    if (present !== undefined) return present;
    const { schema } = this.#context;
    const type = schema.getType(typename);
    const abstract = schema.getType(this.typeName);
    if (!isObjectType(type) || !isAbstractType(abstract) || !schema.isSubType(abstract, type)) return undefined;
    return this.#forType(type);
  }

  /** The field of a planned key, whatever type the object would have been: one that became null does not say. */
  fieldOfUnknown(plannedKey: string): FieldProjection | undefined {
    const { schema } = this.#context;
    const type = schema.getType(this.typeName);
    for (const possible of isAbstractType(type) ? schema.getPossibleTypes(type) : []) {
      const found = this.#forType(possible).fields.find((field) => field.plannedKey === plannedKey);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #forType(type: GraphQLObjectType): ObjectProjection {
    const present = this.#byName.get(type.name);
    if (present !== undefined) return present;
    const projection = new ObjectProjection(this.#context, type, this.#selections);
    this.#byName.set(type.name, projection);
    return projection;
  }
}

function projectionOf(
  context: CollectContext,
  type: GraphQLOutputType,
  below: readonly GuardedSelections[],
): ValueProjection {
  const named = getNamedType(type);
  return {
    type,
    leaf: isLeafType(named) ? leafReader(named) : undefined,
    objects: isLeafType(named) ? undefined : new ObjectProjections(context, type, below),
  };
}

/** Whether a field stands at this place of the answer for these values of the variables. */
export function isIncluded(field: CollectedField, variables: Readonly<Record<string, unknown>>): boolean {
  return (
    field.when === undefined || field.when.every(({ variable, value }) => (variables[variable] === true) === value)
  );
}

/** Takes non-null off a type; says whether it was there. */
export function unwrapNonNull(type: GraphQLOutputType): {
  readonly type: GraphQLOutputType;
  readonly isRequired: boolean;
} {
  return isNonNullType(type) ? { type: type.ofType, isRequired: true } : { type, isRequired: false };
}

/** The type of a list's items; undefined when the type is no list. */
export function itemTypeOf(type: GraphQLOutputType): GraphQLOutputType | undefined {
  return isListType(type) ? type.ofType : undefined;
}
