import type { GraphQLFormattedError } from "graphql";
import { SubgraphFault } from "./subgraph-fault.ts";

/** A GraphQL answer of a subgraph, as it came: its data and errors are not to be believed yet. */
export interface SubgraphAnswer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphQLFormattedError[];
  readonly extensions?: Record<string, unknown>;
  /** Set when others read the same objects: then nobody may change them. */
  readonly isShared?: boolean;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isErrorList(value: unknown): value is GraphQLFormattedError[] {
  return Array.isArray(value) && value.every(isRecord);
}

function hasAnswerShape(body: unknown): body is SubgraphAnswer {
  if (!isRecord(body)) return false;
  const { data, errors } = body;
  if (data !== undefined && data !== null && !isRecord(data)) return false;
  // Servers exist that answer `"errors": null`; that is no error.
  if (errors !== undefined && errors !== null && !isErrorList(errors)) return false;
  // Null data without a reason is no answer. Source: GraphQL specification, response format.
  return isRecord(data) || (Array.isArray(errors) && errors.length > 0);
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isServerSide(status: number): boolean {
  return status >= 500 || status === 408 || status === 499;
}

/**
 * Reads an HTTP answer as GraphQL.
 * @throws SubgraphFault: `refused` for 401 and 403 without data, `unavailable` for a proxy's 502 to 504, else `bad-response`
 */
export function readAnswer(service: string, status: number, text: string): SubgraphAnswer {
  const body = parseBody(text);
  const isAnswer = hasAnswerShape(body);
  if ((status === 401 || status === 403) && !(isAnswer && isRecord(body.data))) {
    throw new SubgraphFault(`refused the request with status ${status}`, {
      service,
      kind: "refused",
      mayHaveActed: false,
      status,
      cause: text.slice(0, 500),
    });
  }
  const isSuccess = status >= 200 && status < 300;
  if (isAnswer && (isSuccess || Array.isArray(body.errors))) return body;
  throw new SubgraphFault(`answered status ${status} with a body that is not a GraphQL answer`, {
    service,
    kind: status >= 502 && status <= 504 ? "unavailable" : "bad-response",
    // A plain 3xx or 4xx says that the request went no further; after anything else it may have been carried out.
    mayHaveActed: isSuccess || isServerSide(status),
    status,
    cause: text.slice(0, 500),
  });
}

/** Reads one event of a stream. @throws SubgraphFault `bad-response` when it is no GraphQL answer */
export function readEvent(service: string, event: unknown): SubgraphAnswer {
  if (hasAnswerShape(event)) return event;
  throw new SubgraphFault("sent an event that is not a GraphQL answer", {
    service,
    kind: "bad-response",
    mayHaveActed: false,
    cause: JSON.stringify(event)?.slice(0, 500),
  });
}

/** Whether an answer to an entity fetch has one entity (or null) for each representation. */
export function hasEntities(answer: SubgraphAnswer, count: number): boolean {
  const entities = answer.data?._entities;
  return Array.isArray(entities) && entities.length === count;
}
