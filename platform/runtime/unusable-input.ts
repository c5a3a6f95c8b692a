import type { ApolloServerPlugin } from "@apollo/server";
import {
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  type GraphQLSchema,
  isUnionType,
  valueFromASTUntyped,
  visit,
} from "graphql";

type Variables = Readonly<Record<string, unknown>>;

function unusable(message: string): GraphQLError {
  // 200: the gateway hands on the errors of an answer, and reads any other status as an organisation that is broken.
  return new GraphQLError(message, { extensions: { code: "BAD_USER_INPUT", http: { status: 200 } } });
}

const zero = "\u0000";
const halfOfPair = /\p{Cs}/u;
const mostWordsOfPlace = 120;

function refuseText(text: string, where: string): void {
  const has = text.includes(zero) ? "U+0000" : halfOfPair.test(text) ? "half of a surrogate pair" : undefined;
  if (has === undefined) return;
  throw unusable(`${where.slice(0, mostWordsOfPlace)} contains ${has}, which no text here may; leave it out`);
}

function refuseTextsIn(variables: Variables): void {
  // A list of what is still to be looked at, not recursion: nesting must not exhaust the stack.
  const open: { readonly value: unknown; readonly where: string }[] = [{ value: variables, where: "variables" }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, where } = next;
    if (typeof value === "string") refuseText(value, where);
    if (typeof value !== "object" || value === null) continue;
    for (const [key, inner] of Object.entries(value)) {
      refuseText(key, `a name in ${where}`);
      open.push({ value: inner, where: `${where}.${key}` });
    }
  }
}

function checkRepresentation(representation: unknown, entityNames: ReadonlySet<string>): void {
  const isObject = typeof representation === "object" && representation !== null && !Array.isArray(representation);
  const name = isObject ? (representation as { readonly __typename?: unknown }).__typename : undefined;
  if (typeof name === "string" && entityNames.has(name)) return;
  throw unusable("each of _entities' representations must be an object whose __typename is an entity of this subgraph");
}

function checkEntities(field: FieldNode, variables: Variables, entityNames: ReadonlySet<string>): void {
  for (const argument of field.arguments ?? []) {
    const given = valueFromASTUntyped(argument.value, { ...variables });
    for (const representation of [given].flat()) checkRepresentation(representation, entityNames);
  }
}

function entityNamesOf(schema: GraphQLSchema): ReadonlySet<string> {
  const union = schema.getType("_Entity");
  return new Set(isUnionType(union) ? union.getTypes().map(({ name }) => name) : []);
}

/**
 * Refuses what GraphQL lets through and nothing behind it can use: U+0000 and halves of surrogate pairs in any
 * text (PostgreSQL stores neither, UTF-8 has no halves), and representations that name no entity. @throws GraphQLError BAD_USER_INPUT naming the place.
 */
export function refuseUnusable(document: DocumentNode, variables: Variables, schema: GraphQLSchema): void {
  refuseTextsIn(variables);
  const entityNames = entityNamesOf(schema);
  visit(document, {
    StringValue: ({ value }) => refuseText(value, "a text in the document"),
    Field: (field) => {
      if (field.name.value === "_entities") checkEntities(field, variables, entityNames);
    },
  });
}

/** `refuseUnusable` for every operation, before any of its resolvers runs. */
export function unusableInputRefusal<Context extends object>(): ApolloServerPlugin<Context> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ document, request, schema }) =>
        refuseUnusable(document, request.variables ?? {}, schema),
    }),
  };
}
