import { GraphQLError } from "graphql";
import { gatewayCodes } from "../../policy/error-catalogue.ts";
import {
  type FieldProjection,
  isIncluded,
  type ObjectProjection,
  ownValue,
  type Tree,
} from "../../projection/projection.ts";

/** A mutation's answer before it is told what became of its root fields. */
export interface MutationAnswer {
  readonly projection: ObjectProjection;
  /** As the organisations answered. */
  readonly tree: Tree;
  /** As the client is given it. */
  readonly data: Tree | null;
  readonly errors: readonly GraphQLError[];
  /** Client's keys of root fields that an organisation answered with what cannot be used. */
  readonly misread: ReadonlySet<string | number>;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly correlationId: string;
}

// Codes by which we tell that an organisation gave nothing usable, and that invite to try again.
const ours: ReadonlySet<unknown> = new Set([
  "SUBGRAPH_UNAVAILABLE",
  "SUBGRAPH_TIMEOUT",
  "SUBGRAPH_BAD_RESPONSE",
  "SUBGRAPH_REFUSED",
]);

function unknownOutcome(path: readonly (string | number)[], details: object, cause?: Error): GraphQLError {
  const { message, isRetryable } = gatewayCodes.OUTCOME_UNKNOWN;
  const extensions = { ...details, code: "OUTCOME_UNKNOWN", retryable: isRetryable };
  return new GraphQLError(message, { path, extensions, ...(cause === undefined ? {} : { originalError: cause }) });
}

function notAgain({ message, path, extensions, originalError }: GraphQLError): GraphQLError {
  return new GraphQLError(message, {
    ...(path === undefined ? {} : { path }),
    extensions: { ...extensions, retryable: false },
    ...(originalError === undefined ? {} : { originalError }),
  });
}

/**
 * Lets no error of a mutation read as if nothing had happened once an organisation has answered it. A root field that was carried
 * out and whose answer the client is not given, for whatever reason, is OUTCOME_UNKNOWN; of one whose answer has holes, nothing
 * invites to send it again.
 */
export function tellOutcomes(answer: MutationAnswer): readonly GraphQLError[] {
  const { projection, tree, data, misread, variables, correlationId } = answer;
  const hasActed = ({ plannedKey, clientKey }: FieldProjection) =>
    (ownValue(tree, plannedKey) ?? null) !== null || misread.has(clientKey);
  const acted = projection.fields.filter(
    (field) => field.value !== undefined && isIncluded(field, variables) && hasActed(field),
  );
  const actedKeys = new Set<string | number>(acted.map(({ clientKey }) => clientKey));
  const isLost = (key: string | number) => (ownValue(data ?? {}, String(key)) ?? null) === null;
  const errors = answer.errors.map((error) => {
    const [key] = error.path ?? [];
    const isAbout = key === undefined ? actedKeys.size > 0 : actedKeys.has(key);
    if (!isAbout || !ours.has(error.extensions.code)) return error;
    if (key === undefined || !isLost(key)) return notAgain(error);
    return unknownOutcome(error.path ?? [], error.extensions, error.originalError ?? undefined);
  });
  const told = new Set(
    errors.flatMap(({ path, extensions }) => (extensions.code === "OUTCOME_UNKNOWN" ? (path?.[0] ?? []) : [])),
  );
  for (const key of actedKeys) {
    if (isLost(key) && !told.has(key)) errors.push(unknownOutcome([key], { correlationId }));
  }
  return errors;
}
