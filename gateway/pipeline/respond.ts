import { type ExecutionResult, executeSync, GraphQLError } from "graphql";
import { askedService } from "../plans/asked-service.ts";
import type { ExecutableOperation } from "../plans/executable-operation.ts";
import { gatewayCodes } from "../policy/error-catalogue.ts";
import type { ReportedError } from "../policy/masking.ts";
import { clientPath, isAskedOfOthers } from "../projection/client-path.ts";
import { completeObject, type PathLink, pathOf, plannedPathOf } from "../projection/complete.ts";
import { generateProjection } from "../projection/generate.ts";
import type { ObjectProjection, Tree } from "../projection/projection.ts";
import { KnownPaths } from "./respond/known-paths.ts";
import { tellOutcomes } from "./respond/mutation-outcome.ts";

/** A hole in the data and why; without an error when another one tells of the same. Paths are in planned keys. */
export interface Problem {
  readonly path: readonly (string | number)[] | undefined;
  readonly error: ReportedError | undefined;
}

/** What a request adds to an executable operation's data. */
export interface ResponseInput {
  readonly data: Tree;
  readonly problems: readonly Problem[];
  readonly variables: Readonly<Record<string, unknown>>;
  /** As the client sent them. */
  readonly rawVariables: Readonly<Record<string, unknown>>;
  readonly correlationId: string;
}

type Path = readonly (string | number)[];

function isPrefix(a: Path, b: Path): boolean {
  return a.length <= b.length && a.every((key, index) => key === b[index]);
}

function toError(path: Path, error: ReportedError): GraphQLError {
  return new GraphQLError(error.message, {
    ...(path.length === 0 ? {} : { path }),
    extensions: error.extensions,
  });
}

function introspect({ schema, document }: ExecutableOperation, input: ResponseInput): ExecutionResult | undefined {
  if (document.introspection === undefined) return undefined;
  return executeSync({ schema, document: document.introspection, variableValues: input.rawVariables });
}

interface LocatedProblem {
  readonly path: Path;
  readonly error: ReportedError | undefined;
}

function locate({ projection, deferred }: ExecutableOperation, input: ResponseInput): readonly LocatedProblem[] {
  const whole = deferred?.whole ?? projection;
  return input.problems.flatMap(({ path, error }): readonly LocatedProblem[] => {
    if (path === undefined) return [{ path: [], error }];
    if (isAskedOfOthers(whole, input.data, path)) return [];
    return [{ path: clientPath(whole, input.data, path), error }];
  });
}

function withoutDuplicates(errors: readonly GraphQLError[]): readonly GraphQLError[] {
  const seen = new Set<string>();
  return errors.filter((error) => {
    const text = JSON.stringify([error.message, error.path, error.extensions.code, error.extensions.service]);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}

// Of one answer. What a subgraph sends must not become more errors than anybody reads.
const maximumFlaws = 1_000;

/** Projects an object and tells of its flaws; those that a problem explains are told of once. */
function complete(
  { plan, schema }: ExecutableOperation,
  projection: ObjectProjection,
  tree: Tree,
  at: Path,
  input: ResponseInput,
  located: readonly LocatedProblem[],
  introspection?: ExecutionResult,
): ExecutionResult {
  const errors = located.flatMap(({ path, error }) => (error === undefined ? [] : [toError(path, error)]));
  errors.push(...(introspection?.errors ?? []));
  const explained = new KnownPaths(located.map(({ path }) => path));
  const misread = new Set<string | number>();
  let flaws = 0;
  const report = (flaw: "null" | "wrong-type", link: PathLink, type: string) => {
    const path = pathOf(link);
    const isExplained = explained.meets(path);
    if (!isExplained && path[0] !== undefined) misread.add(path[0]);
    if (flaw === "null" && isExplained) return;
    flaws += 1;
    if (flaws > maximumFlaws) return;
    const { message } = gatewayCodes.SUBGRAPH_BAD_RESPONSE;
    const { correlationId } = input;
    const cause = new Error(flaw === "null" ? `null for ${type}` : `a value that is no ${type}`);
    const planned = plannedPathOf(link);
    const service = planned && askedService(plan.root, planned);
    const who = service === undefined ? {} : { service };
    const extensions = { code: "SUBGRAPH_BAD_RESPONSE", ...who, retryable: true, correlationId };
    errors.push(new GraphQLError(message, { path, originalError: cause, extensions }));
  };
  const start = at.reduce<PathLink | undefined>((previous, key) => ({ previous, key }), undefined);
  const data = completeObject(projection, tree, start, {
    variables: input.variables,
    introspection: introspection?.data as Tree | undefined,
    report,
  });
  if (errors.length === 0) return { data };
  const { variables, correlationId } = input;
  const isMutation = at.length === 0 && projection.type.name === schema.getMutationType()?.name;
  const told = isMutation
    ? tellOutcomes({ projection, tree, data, errors, misread, variables, correlationId })
    : errors;
  return { data, errors: withoutDuplicates(told) };
}

/**
 * Makes the client's answer of the merged data: its selection, its keys, nulls moved up by the specification, and the
 * errors under its own paths. A null without a reason gets one: SUBGRAPH_BAD_RESPONSE.
 */
export function respond(operation: ExecutableOperation, input: ResponseInput): ExecutionResult {
  const { projection } = operation;
  const introspection = introspect(operation, input);
  if (input.problems.length === 0 && introspection?.errors === undefined) {
    const run = { hasFlaw: false, variables: input.variables, introspection: introspection?.data as Tree | undefined };
    const data = generateProjection(projection)(input.data, run);
    if (!run.hasFlaw) return { data };
  }
  return complete(operation, projection, input.data, [], input, locate(operation, input), introspection);
}

/** What a later part of an answer is made of. */
export interface PartInput {
  /** What the fragment selects of the object. */
  readonly projection: ObjectProjection;
  readonly tree: Tree;
  /** Of the object, in the client's keys. */
  readonly path: Path;
  /** Whether problems that lie at no object of the part are told of here. */
  readonly tellsOthers: (path: Path) => boolean;
}

/** Makes the data of one deferred fragment at one object; null, with errors, when a null reached the object itself. */
export function respondPart(operation: ExecutableOperation, input: ResponseInput, part: PartInput): ExecutionResult {
  const { projection, tree, path } = part;
  // Only a part of the root itself can ask for it.
  const introspection = path.length === 0 ? introspect(operation, input) : undefined;
  if (input.problems.length === 0 && introspection?.errors === undefined) {
    const run = { hasFlaw: false, variables: input.variables, introspection: introspection?.data as Tree | undefined };
    const data = generateProjection(projection)(tree, run);
    if (!run.hasFlaw) return { data };
  }
  const located = locate(operation, input).filter(
    (problem) => isPrefix(path, problem.path) || part.tellsOthers(problem.path),
  );
  return complete(operation, projection, tree, path, input, located, introspection);
}
