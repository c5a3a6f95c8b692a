import { createHash } from "node:crypto";
import type { ExecutionResult } from "graphql";
import { type Cancellation, ClientGone } from "../cancellation.ts";
import { joinOwnership, type Ownership, pathText } from "../explain/ownership.ts";
import type { ExecutableOperation } from "../plans/executable-operation.ts";
import { realKeys, rootKeysOf, selectedBy, selectedOfEntities } from "../plans/fetch-keys.ts";
import type { DeferNode, FetchNode, PlanNode, Path as PlanPath } from "../plans/plan.ts";
import { clientPath } from "../projection/client-path.ts";
import { pathOf } from "../projection/complete.ts";
import { objectsAt, placesAt } from "../projection/locate.ts";
import type { Tree } from "../projection/projection.ts";
import type { RequestContext } from "../request-context.ts";
import type { AskSubgraph } from "../subgraph-caller.ts";
import type { SubgraphAnswer } from "../transport/subgraph-answer.ts";
import { SubgraphFault } from "../transport/subgraph-fault.ts";
import { type FetchInput, type FetchOutcome, fetchFrom } from "./fetch.ts";
import { EntityPlaces, placesOfAll } from "./merge/entity-places.ts";
import { onlyAsked } from "./merge/only-asked.ts";
import {
  cloneJson,
  type EntityBatch,
  type EntityGroup,
  groupEntities,
  type MergeTypes,
  mergeData,
  mergeEntities,
  rewriteData,
} from "./merge.ts";
import type { Variables } from "./request.ts";
import { type ErrorPlaces, ProblemReporter } from "./respond/report-problems.ts";
import { type Problem, respond } from "./respond.ts";
import { hasFlaw } from "./root-flaws.ts";

/** What carries out operations, the same for all requests. */
export interface ExecutorParts {
  readonly ask: AskSubgraph;
  readonly types: MergeTypes;
  /** Codes that subgraphs may show to clients in their own words. */
  readonly passedCodes: ReadonlySet<string>;
}

/** One request for an operation. */
export interface ExecutionInput {
  readonly operation: ExecutableOperation;
  readonly variables: Variables;
  readonly rawVariables: Variables;
  readonly context: RequestContext;
  readonly idempotencyKey: string | undefined;
  /** Of a query whose client may go away; never of a mutation. */
  readonly cancellation: Cancellation | undefined;
  /** Whether the answer tells who resolved what. */
  readonly tellsOwnership: boolean;
  /** What has happened before and must show in what is read: an event's number. Own mutations always do. */
  readonly readAfter?: string;
  /** Called when the first fetch has ended. */
  readonly onFirstAnswer?: (() => void) | undefined;
}

/** How an execution is a part of a larger one. */
export interface PartOf {
  /** Of the execution that this one goes on with. */
  readonly data: Tree;
  /** Objects for which a fetch before this part brought nothing. */
  readonly lost: WeakSet<Tree>;
}

/** Told of what deferred parts wait for. */
export interface DeferListener {
  /** A node with deferred parts is about to run; their running is the listener's affair. */
  readonly reached: (node: DeferNode) => void;
  /** A fetch that parts may depend on has ended, well or not. */
  readonly ended: (fetchId: string) => void;
}

type Path = readonly (string | number)[];
const nowhere: ErrorPlaces = { objects: [], below: [] };

interface Fetched {
  readonly service: string;
  readonly place: Path;
  readonly keys: readonly string[];
  readonly startedMs: number;
  readonly tookMs: number;
}

/** Carries out plan nodes for one request and gathers data and problems. Its `run` never rejects because of a subgraph. */
export class Execution {
  readonly data: Tree;
  /** Where each fetch put its data, in planned keys; kept on request only. */
  readonly fetched: Fetched[] = [];
  readonly #startedAt = performance.now();
  readonly #parts: ExecutorParts;
  readonly #input: ExecutionInput;
  readonly #defers: DeferListener | undefined;
  readonly #report: ProblemReporter;
  /** Root fields that were carried out as steps. */
  readonly #done = new Set<string>();
  /** Objects for which a fetch brought nothing. */
  readonly lost: WeakSet<Tree>;

  constructor(parts: ExecutorParts, input: ExecutionInput, partOf?: PartOf, defers?: DeferListener) {
    this.#parts = parts;
    this.#input = input;
    this.#report = new ProblemReporter(parts.passedCodes, input.context);
    this.lost = partOf?.lost ?? new WeakSet();
    this.#defers = defers;
    this.data = partOf?.data ?? {};
  }

  get problems(): readonly Problem[] {
    return this.#report.problems;
  }

  /** Takes an event of a stream as the answer to its root fetch. */
  takeEvent(primary: FetchNode, answer: SubgraphAnswer): void {
    this.#takeRoot(primary, [this.data], () => [[]], answer);
  }

  async run(node: PlanNode): Promise<void> {
    switch (node.kind) {
      case "sequence":
        for (const child of node.nodes) await this.run(child);
        return;
      case "parallel":
        await Promise.all(node.nodes.map((child) => this.run(child)));
        return;
      case "condition": {
        const chosen = this.#input.variables[node.variable] === true ? node.whenTrue : node.whenFalse;
        return chosen && this.run(chosen);
      }
      case "step":
        if (!this.#wentWell()) return this.#report.skip(node.key);
        this.#done.add(node.key);
        return this.run(node.node);
      case "fetch":
        await (node.entities.length === 0 ? this.#fetchRoot(node) : this.#fetchEntities(node));
        if (node.id !== undefined) this.#defers?.ended(node.id);
        return;
      case "defer":
        this.#defers?.reached(node);
        return node.primary && this.run(node.primary);
      case "subscription":
        throw new Error("a stream is not run as one request");
    }
  }

  /** Whether nothing went wrong at the steps so far or below them: no problem, and data that a client can be given. */
  #wentWell(): boolean {
    const { operation, variables } = this.#input;
    return this.problems.length === 0 && !hasFlaw(operation.projection, this.data, this.#done, variables);
  }

  async #send(fetch: FetchNode, own: FetchInput["own"]): Promise<FetchOutcome> {
    const { variables, context, tellsOwnership, cancellation, readAfter } = this.#input;
    if (cancellation?.isCancelled) throw new ClientGone();
    const idempotencyKey = fetch.operationKind === "mutation" ? this.#keyOf(fetch) : undefined;
    const startedAt = performance.now();
    const outcome = await fetchFrom(
      this.#parts.ask,
      fetch,
      { variables, own, idempotencyKey, cancellation, readAfter },
      context,
    );
    this.#input.onFirstAnswer?.();
    if (tellsOwnership) this.#remember(fetch, startedAt);
    return outcome;
  }

  #remember(fetch: FetchNode, startedAt: number): void {
    const { matches } = this.#parts.types;
    const { subgraph: service } = fetch;
    const startedMs = startedAt - this.#startedAt;
    const tookMs = performance.now() - startedAt;
    const add = (path: PlanPath, keys: readonly string[]) => {
      // Two objects of one place may be of different types, whose keys the client called by different names.
      for (const { link } of placesAt(this.data, path, matches)) {
        this.fetched.push({ service, place: pathOf(link), keys, startedMs, tookMs });
      }
    };
    if (fetch.entities.length === 0) add(fetch.path, rootKeysOf(fetch));
    for (const { alias, paths } of fetch.entities)
      for (const path of paths) add(path, [...selectedOfEntities(fetch, alias).keys()]);
  }

  /** The same whenever the client sends a root field again; what becomes of others changes nothing: each is fetched apart. */
  #keyOf(fetch: FetchNode): string | undefined {
    const { idempotencyKey, operation } = this.#input;
    if (idempotencyKey === undefined) return undefined;
    // By its root fields in the client's keys, as ours are numbered: the same when one before it is left out or skipped.
    const projection = operation.deferred?.whole ?? operation.projection;
    const keys = rootKeysOf(fetch).map((key) => clientPath(projection, this.data, [key])[0] ?? key);
    const place = JSON.stringify([idempotencyKey, fetch.subgraph, keys]);
    return createHash("sha256").update(place).digest("base64url");
  }

  async #fetchRoot(fetch: FetchNode): Promise<void> {
    const { types } = this.#parts;
    const isMutation = fetch.operationKind === "mutation";
    const targets = objectsAt(this.data, fetch.path, types.matches);
    if (targets.length === 0) return;
    const outcome = await this.#send(fetch, []);
    const placed = () => placesAt(this.data, fetch.path, types.matches).map(({ link }) => pathOf(link));
    if ("fault" in outcome) {
      const paths = placed().flatMap((prefix) => rootKeysOf(fetch).map((key) => [...prefix, key]));
      return this.#report.fault(outcome.fault, isMutation, paths);
    }
    this.#takeRoot(fetch, targets, placed, outcome.answer);
  }

  #takeRoot(fetch: FetchNode, targets: readonly Tree[], placed: () => readonly Path[], answer: SubgraphAnswer): void {
    const { types } = this.#parts;
    if (answer.errors != null && answer.errors.length > 0) {
      const objects = placed();
      this.#report.errors(fetch.subgraph, answer, (path) =>
        path === undefined ? nowhere : { objects, below: realKeys(path, fetch.outputRewrites) },
      );
    }
    if (answer.data == null) {
      this.#report.explain(placed().flatMap((prefix) => rootKeysOf(fetch).map((key) => [...prefix, key])));
      return;
    }
    const isShared = answer.isShared === true;
    const mustCopyFirst = isShared && fetch.outputRewrites.length > 0;
    const asked = onlyAsked(answer.data, selectedBy(fetch));
    const data = mustCopyFirst ? (cloneJson(asked) as Tree) : asked;
    for (const rewrite of fetch.outputRewrites) rewriteData(data, rewrite, types);
    const last = targets.length - 1;
    targets.forEach((target, index) => {
      mergeData(target, data, types, (isShared && !mustCopyFirst) || index !== last);
    });
  }

  async #fetchEntities(fetch: FetchNode): Promise<void> {
    const { types } = this.#parts;
    const how = { types, lost: this.lost };
    const grouped = fetch.entities.map((entity) => groupEntities(this.data, entity, how));
    const rounds = Math.max(...grouped.map((batches) => batches.length));
    // Several rounds only where one entity field depends on contexts: each context is a request of its own.
    await Promise.all(
      Array.from({ length: rounds }, (_, round) =>
        this.#fetchRound(
          fetch,
          grouped.map((batches) => batches[round]),
        ),
      ),
    );
  }

  async #fetchRound(fetch: FetchNode, batches: readonly (EntityBatch | undefined)[]): Promise<void> {
    const own: [name: string, json: string][] = [];
    fetch.entities.forEach(({ variable, contexts }, index) => {
      const batch = batches[index];
      if (batch !== undefined) {
        for (const { variable: name } of contexts) own.push([name, JSON.stringify(batch.context[name])]);
      }
      own.push([variable, batch?.representations ?? "[]"]);
    });
    const outcome = await this.#send(fetch, own);
    const places = () => fetch.entities.map((entity) => new EntityPlaces(this.data, entity, this.#parts.types));
    if ("fault" in outcome) {
      for (const batch of batches) this.#lose(batch?.groups ?? []);
      return this.#report.fault(outcome.fault, false, placesOfAll(places(), batches));
    }
    const { answer } = outcome;
    if (answer.errors != null && answer.errors.length > 0) {
      const found = places();
      const all = placesOfAll(found, batches);
      const first: ErrorPlaces = { objects: all.slice(0, 1), below: [] };
      this.#report.errors(fetch.subgraph, answer, (path) => this.#entityPaths(fetch, batches, found, path) ?? first);
      const { data } = answer;
      if (data == null || fetch.entities.some(({ alias }) => data[alias] == null)) this.#report.explain(all);
    }
    this.#mergeRound(fetch, batches, answer, places);
  }

  #lose(groups: readonly EntityGroup[]): void {
    for (const { targets } of groups) for (const target of targets) this.lost.add(target);
  }

  /** Places of the objects that an error's `[alias, index, ...]` is about; undefined when it is about none of them. */
  #entityPaths(
    fetch: FetchNode,
    batches: readonly (EntityBatch | undefined)[],
    places: readonly EntityPlaces[],
    path: Path | undefined,
  ): ErrorPlaces | undefined {
    const [alias, position, ...rest] = path ?? [];
    const index = fetch.entities.findIndex((entity) => entity.alias === alias);
    const group = typeof position === "number" ? batches[index]?.groups[position] : undefined;
    const below = realKeys(rest, fetch.entities[index]?.outputRewrites ?? []);
    return group && { objects: places[index]?.of(group.targets) ?? [], below };
  }

  #mergeRound(
    fetch: FetchNode,
    batches: readonly (EntityBatch | undefined)[],
    answer: SubgraphAnswer,
    places: () => EntityPlaces[],
  ): void {
    const data = answer.data ?? {};
    const isShared = answer.isShared === true;
    fetch.entities.forEach((entity, index) => {
      const batch = batches[index];
      if (batch === undefined) return;
      const entities = Object.hasOwn(data, entity.alias) ? data[entity.alias] : undefined;
      const lose = (...groups: readonly EntityGroup[]) => this.#lose(groups);
      const refuse = (why: string, groups: readonly EntityGroup[]) => {
        lose(...groups);
        const targets = groups.flatMap((group) => group.targets);
        const fault = new SubgraphFault(why, { service: fetch.subgraph, kind: "bad-response", mayHaveActed: false });
        this.#report.fault(fault, false, places()[index]?.of(targets) ?? []);
      };
      const isExplained = answer.errors != null && answer.errors.length > 0;
      if ((entities === null || answer.data == null) && isExplained) {
        lose(...batch.groups);
        return;
      }
      if (!Array.isArray(entities) || entities.length !== batch.groups.length) {
        refuse(`answered another number of entities than the ${batch.groups.length} asked for`, batch.groups);
        return;
      }
      const refuseType = (group: EntityGroup) =>
        refuse("answered an entity of another type than was asked for", [group]);
      const asked = selectedOfEntities(fetch, entity.alias);
      mergeEntities(batch, entities, { entity, asked }, this.#parts.types, { refuse: refuseType, lose }, isShared);
    });
  }
}

/** Who resolved what, in the client's keys. */
function ownershipOf({ fetched, data }: Execution, { projection }: ExecutableOperation): readonly Ownership[] {
  return joinOwnership(
    fetched.map(({ service, place, keys, startedMs, tookMs }) => {
      const path = clientPath(projection, data, place);
      const clientKeys = keys.flatMap((key) => clientPath(projection, data, [...place, key]).slice(path.length));
      const rounded = { startedMs: Math.round(startedMs), tookMs: Math.round(tookMs) };
      return { path: pathText(path), keys: clientKeys.map(String), service, ...rounded };
    }),
  );
}

/**
 * Carries out one request: fetches by the plan, merges, responds. Never rejects because of a subgraph; rejects with
 * ClientGone once it is cancelled.
 */
export async function execute(parts: ExecutorParts, input: ExecutionInput): Promise<ExecutionResult> {
  const execution = new Execution(parts, input);
  const { root } = input.operation.plan;
  if (root !== undefined) await execution.run(root);
  const result = respond(input.operation, {
    data: execution.data,
    problems: execution.problems,
    variables: input.variables,
    rawVariables: input.rawVariables,
    correlationId: input.context.correlationId,
  });
  if (!input.tellsOwnership) return result;
  return { ...result, extensions: { ownership: ownershipOf(execution, input.operation) } };
}
