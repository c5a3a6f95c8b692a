import type { FormattedExecutionResult, GraphQLFormattedError } from "graphql";

/** What a stream is made of. */
export interface StreamParts {
  readonly source: AsyncIterator<unknown>;
  readonly answer: (event: unknown) => Promise<FormattedExecutionResult>;
  /** How a failure of the source is told. */
  readonly report: (error: unknown) => GraphQLFormattedError[];
  /** Called once, when the stream is over. */
  readonly closed: () => void;
}

/**
 * One subscription's events. The source is asked for the next event when the last one was taken: a slow consumer makes
 * the source skip, and nothing piles up here.
 */
export class Stream implements AsyncIterableIterator<FormattedExecutionResult> {
  readonly #parts: StreamParts;
  #lastWords: readonly GraphQLFormattedError[] | undefined;
  #isOver = false;

  constructor(parts: StreamParts) {
    this.#parts = parts;
  }

  /** Ends the stream after one last event with these errors and no data. An event that is being answered goes before it. */
  end(errors: readonly GraphQLFormattedError[]): void {
    this.#lastWords ??= errors;
    this.#leave();
  }

  async next(): Promise<IteratorResult<FormattedExecutionResult>> {
    if (this.#isOver) return { done: true, value: undefined };
    try {
      const event = this.#lastWords === undefined ? await this.#parts.source.next() : undefined;
      if (this.#lastWords !== undefined) return this.#say(this.#lastWords);
      if (event !== undefined && event.done !== true) {
        return { done: false, value: await this.#parts.answer(event.value) };
      }
    } catch (error) {
      return this.#say(this.#parts.report(error));
    }
    return this.return();
  }

  #say(errors: readonly GraphQLFormattedError[]): IteratorResult<FormattedExecutionResult> {
    const wasOver = this.#isOver;
    this.#close();
    return wasOver ? { done: true, value: undefined } : { done: false, value: { errors } };
  }

  #close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#leave();
    this.#parts.closed();
  }

  /** A source that waits for its next event stops waiting. */
  #leave(): void {
    this.#parts.source.return?.().catch(this.#parts.report);
  }

  async return(): Promise<IteratorResult<FormattedExecutionResult>> {
    this.#close();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<FormattedExecutionResult>> {
    this.#close();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
