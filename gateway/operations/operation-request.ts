import type { DocumentNode } from "graphql";
import { BadRequest } from "./bad-request.ts";

/** One operation as a client sends it, through whatever door. Source: GraphQL over HTTP, request parameters. */
export interface OperationRequest {
  readonly query: string | undefined;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly extensions: Readonly<Record<string, unknown>> | undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkQuery(query: unknown): void {
  // An empty or missing query may be a persisted document's; anything else that is no string is a mistake.
  if (typeof query === "string" || !query) return;
  throw new BadRequest(
    (query as Partial<DocumentNode>).kind === "Document"
      ? "GraphQL queries must be strings. It looks like you're sending the internal graphql-js representation of a parsed query in your request instead of a request in the GraphQL query language. You can convert an AST to a string using the `print` function from `graphql`, or use a client like `apollo-client` which converts the internal representation to a string for you."
      : "GraphQL queries must be strings.",
  );
}

function readRecord(body: Record<string, unknown>, name: "variables" | "extensions") {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (isRecord(value)) return value;
  throw new BadRequest(
    typeof value === "string"
      ? `\`${name}\` in a POST body should be provided as an object, not a recursively JSON-encoded string.`
      : `\`${name}\` in a POST body must be an object if provided.`,
  );
}

/**
 * Reads the JSON of a request's body, or of a message that carries one.
 * @throws BadRequest when it is no GraphQL request
 */
export function readOperationRequest(body: unknown): OperationRequest {
  if (!isRecord(body) || Object.keys(body).length === 0) {
    throw new BadRequest("POST body missing, invalid Content-Type, or JSON object has no keys.");
  }
  const { query, operationName } = body;
  checkQuery(query);
  const variables = readRecord(body, "variables");
  const extensions = readRecord(body, "extensions");
  if (operationName !== undefined && operationName !== null && typeof operationName !== "string") {
    throw new BadRequest("`operationName` in a POST body must be a string if provided.");
  }
  return {
    query: typeof query === "string" ? query : undefined,
    operationName: operationName ?? undefined,
    variables,
    extensions,
  };
}

function onlyValue(parameters: URLSearchParams, name: string): string | undefined {
  const values = parameters.getAll(name);
  if (values.length > 1) throw new BadRequest(`The '${name}' search parameter may only be specified once.`);
  return values[0];
}

function onlyRecord(parameters: URLSearchParams, name: string): Record<string, unknown> | undefined {
  const text = onlyValue(parameters, name);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadRequest(`The ${name} search parameter contains invalid JSON.`);
  }
  if (isRecord(value)) return value;
  throw new BadRequest(`The ${name} search parameter should contain a JSON-encoded object.`);
}

/** Reads the query string of a GET. @throws BadRequest when it is no GraphQL request */
export function readSearchParameters(parameters: URLSearchParams): OperationRequest {
  return {
    query: onlyValue(parameters, "query"),
    operationName: onlyValue(parameters, "operationName"),
    variables: onlyRecord(parameters, "variables"),
    extensions: onlyRecord(parameters, "extensions"),
  };
}
