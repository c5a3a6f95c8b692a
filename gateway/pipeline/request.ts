import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  type OperationDefinitionNode,
} from "graphql";
import { defaultExpansionBudget, exceedsBudget } from "../documents/expansion-budget.ts";
import { whyIntrospectsTooMuch } from "../documents/introspection-budget.ts";

/** The values of a request's variables, as the schema reads them. */
export type Variables = Readonly<Record<string, unknown>>;

function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "BAD_USER_INPUT", http: { status: 400 } } });
}

const mostNesting = 1_000;

function nestsTooDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > mostNesting) return true;
    level = level.flatMap((each) => (typeof each === "object" && each !== null ? Object.values(each) : []));
  }
  return false;
}

/**
 * Reads the variables of a request by the types of the operation.
 * @returns the values, or why they cannot be used: BAD_USER_INPUT, one error for each
 */
export function readVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>>,
): { readonly variables: Variables } | { readonly errors: readonly GraphQLError[] } {
  const definitions = operation.variableDefinitions ?? [];
  if (definitions.length === 0) return { variables: {} };
  // graphql-js would write it to an object's prototype.
  if (definitions.some(({ variable }) => variable.name.value === "__proto__")) {
    return { errors: [badInput("a variable cannot be called __proto__")] };
  }
  const { coerced, errors } = getVariableValues(schema, definitions, given, { maxErrors: 20 });
  if (errors === undefined) return { variables: coerced };
  // It would be told in the words of the engine's stack.
  if (nestsTooDeep(given)) return { errors: [badInput(`a variable nests deeper than ${mostNesting} levels`)] };
  return { errors: errors.map(({ message }) => badInput(message)) };
}

/** @throws GraphQLError BAD_USER_INPUT when the document would be too large once expanded, or asks too much of the schema */
export function assertWithinBudget(schema: GraphQLSchema, document: DocumentNode): void {
  const reason = exceedsBudget(document, defaultExpansionBudget) ?? whyIntrospectsTooMuch(schema, document);
  if (reason !== undefined) throw badInput(`the document is refused: ${reason}`);
}
