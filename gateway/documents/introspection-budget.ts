import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLArgument,
  type GraphQLDirective,
  type GraphQLEnumValue,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLSchema,
  type GraphQLType,
  getIntrospectionQuery,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSchema,
  isType,
  isWrappingType,
  Kind,
  parse,
  type SelectionSetNode,
} from "graphql";

/** What introspection tells of by an object of its own. */
type Described =
  | GraphQLSchema
  | GraphQLType
  | GraphQLDirective
  | GraphQLField<unknown, unknown>
  | GraphQLArgument
  | GraphQLInputField
  | GraphQLEnumValue;

/** What the standard query for the whole schema answers, times this, may be asked for by one operation. */
const timesTheStandard = 3;
/** Of a text; one that is longer counts as several values. */
const charactersPerValue = 100;
/** Of small schemas, whose standard query answers little. */
const leastValues = 100_000;
/** Objects of places that are remembered for the next document; the standard query has some 15,000 of a schema of 300 types. */
const mostKept = 200_000;

const standardQuery = parse(
  getIntrospectionQuery({
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
    oneOf: true,
  }),
);

function ofSchema(schema: GraphQLSchema, field: string): readonly Described[] {
  if (field === "types") return Object.values(schema.getTypeMap());
  if (field === "directives") return schema.getDirectives();
  if (field === "queryType") return [schema.getQueryType() ?? []].flat();
  if (field === "mutationType") return [schema.getMutationType() ?? []].flat();
  return field === "subscriptionType" ? [schema.getSubscriptionType() ?? []].flat() : [];
}

function ofType(type: GraphQLType, field: string, schema: GraphQLSchema): readonly Described[] {
  if (field === "ofType") return isWrappingType(type) ? [type.ofType] : [];
  if (field === "enumValues") return isEnumType(type) ? type.getValues() : [];
  if (field === "inputFields") return isInputObjectType(type) ? Object.values(type.getFields()) : [];
  if (field === "possibleTypes") return isAbstractType(type) ? schema.getPossibleTypes(type) : [];
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  if (field === "fields") return Object.values(type.getFields());
  return field === "interfaces" ? type.getInterfaces() : [];
}

/** What a field of introspection leads to; nothing when it is a leaf. Deprecated ones are always among it. */
function below(described: Described, field: string, schema: GraphQLSchema): readonly Described[] {
  if (isSchema(described)) return ofSchema(described, field);
  if (isType(described)) return ofType(described, field, schema);
  if (field === "args") return "args" in described ? described.args : [];
  return field === "type" && "type" in described ? [described.type] : [];
}

/** How many values its description counts as beside one. */
function moreForText(described: Described): number {
  const text = "description" in described ? described.description : undefined;
  return Math.floor((text?.length ?? 0) / charactersPerValue);
}

/** The objects that stand at one place of an answer, each with how often. Aliases of a field lead to the same ones. */
class Population {
  readonly total: number;
  readonly #members: ReadonlyMap<Described, number>;
  readonly #below = new Map<string, Population>();
  #described: number | undefined;

  constructor(members: ReadonlyMap<Described, number>) {
    this.#members = members;
    let total = 0;
    for (const times of members.values()) total += times;
    this.total = total;
  }

  /** How many values a field of them all counts as. */
  valuesOf(field: string): number {
    if (field !== "description") return this.total;
    if (this.#described === undefined) {
      this.#described = this.total;
      for (const [described, times] of this.#members) this.#described += times * moreForText(described);
    }
    return this.#described;
  }

  /** Those below a field; `onMade` is told how many different ones there are when nobody asked before. */
  at(field: string, schema: GraphQLSchema, onMade: (size: number) => void): Population {
    const known = this.#below.get(field);
    if (known !== undefined) return known;
    const members = new Map<Described, number>();
    for (const [described, times] of this.#members) {
      for (const each of below(described, field, schema)) members.set(each, (members.get(each) ?? 0) + times);
    }
    const made = new Population(members);
    this.#below.set(field, made);
    onMade(members.size);
    return made;
  }
}

/** What is known of one schema: what documents asked before need not be looked up again. */
class SchemaPlaces {
  readonly schema: GraphQLSchema;
  #root: Population;
  #kept = 0;

  constructor(schema: GraphQLSchema) {
    this.schema = schema;
    this.#root = new Population(new Map([[schema, 1]]));
  }

  get root(): Population {
    return this.#root;
  }

  at(population: Population, field: string): Population {
    return population.at(field, this.schema, (size) => {
      this.#kept += size;
    });
  }

  /** Called between documents: odd ones must not fill the memory. */
  forgetIfLarge(): void {
    if (this.#kept <= mostKept) return;
    this.#kept = 0;
    this.#root = new Population(new Map([[this.schema, 1]]));
  }
}

class ValueCount {
  readonly #places: SchemaPlaces;
  readonly #most: number;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #types = new Map<string | undefined, Population>();
  #values = 0;

  constructor(places: SchemaPlaces, document: DocumentNode, most: number) {
    this.#places = places;
    this.#most = most;
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(definition.name.value, definition);
    }
  }

  /** Of one operation; counting ends soon after there are too many. */
  ofRoot(set: SelectionSetNode): number {
    this.#values = 0;
    for (const field of this.#fieldsOf(set)) {
      const name = field.name.value;
      if (field.selectionSet === undefined || (name !== "__schema" && name !== "__type")) continue;
      this.#add(field.selectionSet, name === "__schema" ? this.#places.root : this.#typesOf(field));
    }
    return this.#values;
  }

  /** A type whose name a variable tells may be any; it counts as all of them. */
  #typesOf(field: FieldNode): Population {
    const value = field.arguments?.find(({ name }) => name.value === "name")?.value;
    const name = value?.kind === Kind.STRING ? value.value : undefined;
    const known = this.#types.get(name);
    if (known !== undefined) return known;
    const type = name === undefined ? undefined : this.#places.schema.getType(name);
    const named = new Population(new Map(type === undefined ? [] : [[type, 1]]));
    const population = name === undefined ? this.#places.at(this.#places.root, "types") : named;
    this.#types.set(name, population);
    return population;
  }

  #add(set: SelectionSetNode, population: Population): void {
    if (population.total === 0) return;
    for (const field of this.#fieldsOf(set)) {
      this.#values += population.valuesOf(field.name.value);
      if (this.#values > this.#most) return;
      if (field.selectionSet !== undefined) {
        this.#add(field.selectionSet, this.#places.at(population, field.name.value));
      }
    }
  }

  *#fieldsOf(set: SelectionSetNode): Generator<FieldNode> {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) yield selection;
      else if (selection.kind === Kind.INLINE_FRAGMENT) yield* this.#fieldsOf(selection.selectionSet);
      else {
        const fragment = this.#fragments.get(selection.name.value);
        if (fragment !== undefined) yield* this.#fieldsOf(fragment.selectionSet);
      }
    }
  }
}

/** Of the operation that asks for most, as only one of them is run. */
function mostValuesOf(places: SchemaPlaces, document: DocumentNode, most: number): number {
  const count = new ValueCount(places, document, most);
  const values = document.definitions.map((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? count.ofRoot(definition.selectionSet) : 0,
  );
  return Math.max(0, ...values);
}

interface SchemaBound {
  readonly places: SchemaPlaces;
  readonly bound: number;
}

const bounds = new WeakMap<GraphQLSchema, SchemaBound>();

function boundOf(schema: GraphQLSchema): SchemaBound {
  const known = bounds.get(schema);
  if (known !== undefined) return known;
  const places = new SchemaPlaces(schema);
  const standard = mostValuesOf(places, standardQuery, Number.POSITIVE_INFINITY);
  const made = { places, bound: Math.max(leastValues, timesTheStandard * standard) };
  bounds.set(schema, made);
  return made;
}

/**
 * Whether answering a document's introspection would hold everybody else up: values are counted without being made, in
 * a time that the bound limits. The document must be valid, and within the expansion budget.
 * @returns why it is refused; undefined when it is within the bound
 */
export function whyIntrospectsTooMuch(schema: GraphQLSchema, document: DocumentNode): string | undefined {
  // Most documents ask for no introspection: they need no bound.
  if (mostValuesOf(new SchemaPlaces(schema), document, 0) === 0) return undefined;
  const { places, bound } = boundOf(schema);
  const values = mostValuesOf(places, document, bound);
  places.forgetIfLarge();
  return values <= bound ? undefined : `it asks for more than ${bound} values of the schema`;
}
