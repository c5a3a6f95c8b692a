import type { ExecutionResult } from "graphql";
import { type DeferListener, Execution, type ExecutionInput, type ExecutorParts } from "../pipeline/execute.ts";
import { type Problem, respond, respondPart } from "../pipeline/respond.ts";
import type { PlannedFragment } from "../plans/executable-operation.ts";
import { childrenOf, type DeferNode, type DeferredNode, type PlanNode } from "../plans/plan.ts";
import { type DeferredPlace, deferredPlaces } from "../projection/deferred-places.ts";
import { ownValue, type Tree } from "../projection/projection.ts";

/** One deferred fragment at one object. */
export interface PendingPart {
  readonly id: string;
  /** In the client's keys. */
  readonly path: readonly (string | number)[];
  readonly label: string | undefined;
}

/** A part that has come; its data is null when a null reached the object itself. */
export interface FinishedPart extends PendingPart {
  readonly result: ExecutionResult;
}

/** What is sent at once: parts that have come, and parts that are announced by them. */
export interface PartBatch {
  readonly finished: readonly FinishedPart[];
  readonly pending: readonly PendingPart[];
  readonly hasNext: boolean;
}

/** An answer that comes in parts. */
export interface DeferredAnswer {
  readonly initial: ExecutionResult;
  /** Announced with the first part; none when there is nothing to wait for. */
  readonly pending: readonly PendingPart[];
  /** The batches in their order; the last one has no next. */
  readonly batches: AsyncIterable<PartBatch>;
}

interface AnnouncedPart extends PendingPart {
  readonly place: DeferredPlace;
}

interface WaitingFragment {
  readonly planned: PlannedFragment;
  readonly parts: readonly AnnouncedPart[];
}

function labelsIn(node: PlanNode | undefined): string[] {
  if (node === undefined) return [];
  const own = node.kind === "defer" ? node.deferred.map(({ label }) => label) : [];
  return [...own, ...childrenOf(node).flatMap(labelsIn)];
}

/** Ids of the fetches that run with a node itself, not with the parts that it defers. */
function fetchIdsOf(node: PlanNode | undefined): readonly string[] {
  if (node === undefined) return [];
  if (node.kind === "fetch") return node.id === undefined ? [] : [node.id];
  return node.kind === "defer" ? fetchIdsOf(node.primary) : childrenOf(node).flatMap(fetchIdsOf);
}

/** Fetches of the plan that have ended, for those who wait. */
class EndedFetches {
  readonly #ended = new Set<string>();
  readonly #waiting = new Map<string, (() => void)[]>();

  end(id: string): void {
    this.#ended.add(id);
    for (const resolve of this.#waiting.get(id) ?? []) resolve();
    this.#waiting.delete(id);
  }

  async wait(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      if (this.#ended.has(id)) continue;
      await new Promise<void>((resolve) => {
        this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), resolve]);
      });
    }
  }
}

class DeferredRun {
  readonly #parts: ExecutorParts;
  readonly #input: ExecutionInput;
  readonly #fragments: readonly PlannedFragment[];
  readonly #root: Execution;
  readonly #ended = new EndedFetches();
  /** Fragments whose objects the client has, by label. */
  readonly #waiting = new Map<string, WaitingFragment>();
  /** Problems of fragments whose data has come, by label. */
  readonly #arrived = new Map<string, readonly Problem[]>();
  readonly #planned: ReadonlySet<string>;
  readonly #ready: PartBatch[] = [];
  #running = 0;
  #lastId = 0;
  #isStarted = false;
  #wake: (() => void) | undefined;
  #failure: unknown;

  constructor(parts: ExecutorParts, input: ExecutionInput) {
    this.#parts = parts;
    this.#input = input;
    this.#fragments = input.operation.deferred?.fragments ?? [];
    this.#planned = new Set(labelsIn(input.operation.plan.root));
    this.#root = new Execution(parts, input, undefined, this.#listener());
  }

  async answer(): Promise<DeferredAnswer> {
    const { root } = this.#input.operation.plan;
    if (root !== undefined) await this.#runNode(this.#root, root);
    const initial = respond(this.#input.operation, this.#responseInput(this.#root.problems));
    this.#isStarted = true;
    const places = initial.data == null ? [] : [{ tree: this.#root.data, answer: initial.data, path: [] }];
    const pending = this.#announce(undefined, places);
    this.#settle();
    return { initial, pending, batches: this.#batches(pending.length > 0) };
  }

  #listener(): DeferListener {
    return {
      reached: (node: DeferNode) => {
        for (const part of node.deferred) void this.#run(part);
      },
      ended: (id) => this.#ended.end(id),
    };
  }

  async #run({ label, depends, node }: DeferredNode): Promise<void> {
    this.#running += 1;
    try {
      await this.#ended.wait(depends);
      const execution = new Execution(
        this.#parts,
        { ...this.#input, idempotencyKey: undefined },
        { data: this.#root.data, lost: this.#root.lost },
        this.#listener(),
      );
      if (node !== undefined) await this.#runNode(execution, node);
      this.#arrived.set(label, execution.problems);
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#running -= 1;
      this.#settle();
    }
  }

  async #runNode(execution: Execution, node: PlanNode): Promise<void> {
    await execution.run(node);
    // What a condition left out has not run, and nothing will come of it.
    for (const id of fetchIdsOf(node)) this.#ended.end(id);
  }

  #responseInput(problems: readonly Problem[]) {
    const { variables, rawVariables, context } = this.#input;
    return { data: this.#root.data, problems, variables, rawVariables, correlationId: context.correlationId };
  }

  /** Finds where the fragments right inside another one (or the root) apply. */
  #announce(parent: string | undefined, from: readonly DeferredPlace[]): PendingPart[] {
    const { keys } = this.#input.operation.document;
    const context = { keys, matches: this.#parts.types.matches, variables: this.#input.variables };
    return this.#fragments.flatMap((planned) => {
      const { fragment } = planned;
      if (fragment.parent !== parent) return [];
      const parts = deferredPlaces(fragment, from, context).map((place): AnnouncedPart => {
        this.#lastId += 1;
        return { id: String(this.#lastId), path: place.path, label: fragment.clientLabel, place };
      });
      if (parts.length > 0) this.#waiting.set(fragment.label, { planned, parts });
      return parts.map(({ id, path, label }) => ({ id, path, label }));
    });
  }

  /** Makes a batch of what has come and may be told. A fragment that the planner saw no reason to defer has come at once. */
  #settle(): void {
    if (!this.#isStarted) return;
    for (;;) {
      const due = [...this.#waiting].filter(([label]) => this.#arrived.has(label) || !this.#planned.has(label));
      if (due.length === 0) break;
      const finished: FinishedPart[] = [];
      const pending: PendingPart[] = [];
      for (const [label, waiting] of due) {
        this.#waiting.delete(label);
        const delivered = this.#deliver(label, waiting);
        finished.push(...delivered.finished);
        pending.push(...this.#announce(label, delivered.places));
      }
      this.#ready.push({ finished, pending, hasNext: this.#waiting.size > 0 });
    }
    this.#wake?.();
  }

  #deliver(label: string, { planned, parts }: WaitingFragment) {
    const problems = this.#arrived.get(label) ?? [];
    const input = this.#responseInput(problems);
    const places: DeferredPlace[] = [];
    const finished = parts.map(({ place, ...part }, index): FinishedPart => {
      const projection = planned.objects.for(ownValue(place.tree, "__typename"));
      if (projection === undefined) return { ...part, result: { data: null } };
      const isOthers = (path: readonly (string | number)[]) =>
        index === 0 && !parts.some((other) => other.path.every((key, position) => key === path[position]));
      const result = respondPart(this.#input.operation, input, {
        projection,
        tree: place.tree,
        path: place.path,
        tellsOthers: isOthers,
      });
      if (result.data != null) places.push({ ...place, answer: result.data as Tree });
      return { ...part, result };
    });
    return { finished, places };
  }

  async *#batches(hasNext: boolean): AsyncGenerator<PartBatch> {
    let isOpen = hasNext;
    while (isOpen) {
      const batch = this.#ready.shift();
      if (batch !== undefined) {
        isOpen = batch.hasNext || this.#ready.length > 0;
        yield { ...batch, hasNext: isOpen };
        continue;
      }
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#running === 0 && this.#waiting.size > 0) throw new Error("a deferred part that nobody fetches");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** Carries out an operation whose fragments are delivered apart. Resolves with the first part; never rejects because of a subgraph. */
export function answerDeferred(parts: ExecutorParts, input: ExecutionInput): Promise<DeferredAnswer> {
  return new DeferredRun(parts, input).answer();
}
