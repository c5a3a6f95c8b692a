import { type ExecutionResult, GraphQLError } from "graphql";
import { EventQueue, type SlowClientPolicy } from "./event-queue.ts";
import type { Gap } from "./upstream/lasting-upstream.ts";

/** What a client is given next: an answer, or the end of its stream with the reason, if it is not simply over. */
export type LiveItem =
  | { readonly kind: "answer"; readonly result: ExecutionResult }
  | { readonly kind: "end"; readonly errors: readonly GraphQLError[] };

/** An event of a subgraph on its way to one client. */
export interface LiveEvent<Answer> {
  readonly answer: Answer;
  readonly gap: Gap | undefined;
}

/** What a client's stream is made of. */
export interface LiveStreamParts<Answer> {
  /** Makes the client's answer of an event. Rejects only on a bug of ours. */
  readonly answerEvent: (answer: Answer) => Promise<ExecutionResult>;
  readonly bufferedEvents: number;
  readonly bufferedBytes: number;
  readonly bytesOf: (answer: Answer) => number;
  readonly slowClient: SlowClientPolicy;
  /** Why a stream ends whose client reads too slowly. */
  readonly tooSlow: () => GraphQLError;
  /** Told once, when the client has gone, or was told the end. */
  readonly closed: () => void;
}

/** Why events are missing before this one, as `extensions.gap` tells it. */
interface ToldGap {
  readonly reasons: readonly string[];
  readonly droppedEvents?: number;
  readonly forMs?: number;
}

function gapOf(gap: Gap | undefined, dropped: number): ToldGap | undefined {
  if (gap === undefined && dropped === 0) return undefined;
  return {
    reasons: [...(gap === undefined ? [] : [gap.reason]), ...(dropped === 0 ? [] : ["slow-client"])],
    ...(dropped === 0 ? {} : { droppedEvents: dropped }),
    ...(gap === undefined ? {} : { forMs: gap.forMs }),
  };
}

/** Two gaps with nothing told between them; the worse reason of the two. */
function addGaps(earlier: Gap | undefined, later: Gap | undefined): Gap | undefined {
  if (earlier === undefined || later === undefined) return earlier ?? later;
  const reason = [earlier, later].some((gap) => gap.reason === "upstream-lost") ? "upstream-lost" : later.reason;
  return { reason, forMs: earlier.forMs + later.forMs };
}

/**
 * One client's stream between the subgraph's events and the client's connection. The door takes one item after another,
 * each when the one before was written: so nothing is answered ahead of a client that does not read.
 */
export class LiveStream<Answer> {
  readonly #parts: LiveStreamParts<Answer>;
  readonly #queue: EventQueue<LiveEvent<Answer>>;
  #end: readonly GraphQLError[] | undefined;
  #isClosed = false;
  #wake: (() => void) | undefined;
  /** Of events that were dropped and right after which the next one comes. */
  #missedGap: Gap | undefined;

  constructor(parts: LiveStreamParts<Answer>) {
    this.#parts = parts;
    this.#queue = new EventQueue({
      events: parts.bufferedEvents,
      bytes: parts.bufferedBytes,
      bytesOf: ({ answer }) => parts.bytesOf(answer),
      policy: parts.slowClient,
      dropped: ({ gap }) => {
        this.#missedGap = addGaps(this.#missedGap, gap);
      },
    });
  }

  /** Takes an event of the subgraph. */
  push(answer: Answer, gap: Gap | undefined): void {
    if (this.#end !== undefined || this.#isClosed) return;
    if (this.#queue.put({ answer, gap })) this.#wake?.();
    else this.end([this.#parts.tooSlow()]);
  }

  /** Ends the stream: after what is queued when it is simply over, at once when there is a reason. */
  end(errors: readonly GraphQLError[]): void {
    if (this.#end !== undefined) return;
    if (errors.length > 0) this.#queue.clear();
    this.#end = errors;
    this.#wake?.();
  }

  /** The client has gone. Whoever waits for an item is told the end. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#end ??= [];
    this.#queue.clear();
    this.#wake?.();
    this.#parts.closed();
  }

  /** The next item; after the end, the end again. One may wait at a time. */
  async take(): Promise<LiveItem> {
    for (;;) {
      const taken = this.#isClosed ? undefined : this.#queue.take();
      if (taken !== undefined) {
        const result = await this.#answer(taken.event, taken.dropped);
        // A reason to end that came meanwhile goes before an answer that may no longer be given.
        if (this.#end === undefined || this.#end.length === 0) return { kind: "answer", result };
        continue;
      }
      if (this.#end !== undefined) {
        const errors = this.#end;
        this.close();
        return { kind: "end", errors };
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }

  async #answer({ answer, gap }: LiveEvent<Answer>, dropped: number): Promise<ExecutionResult> {
    const told = gapOf(addGaps(this.#missedGap, gap), dropped);
    this.#missedGap = undefined;
    try {
      const result = await this.#parts.answerEvent(answer);
      return told === undefined ? result : { ...result, extensions: { ...result.extensions, gap: told } };
    } catch (error) {
      const originalError = error instanceof Error ? error : new Error(String(error));
      return { errors: [new GraphQLError("an event could not be answered", { originalError })] };
    }
  }
}
