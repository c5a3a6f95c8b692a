import { type ExecutionResult, GraphQLError, type GraphQLFormattedError } from "graphql";
import type { RequestContext } from "../../request-context.ts";
import type { ClientStream } from "../subscriptions.ts";
import { type LiveDoorParts, maskErrors, maskResult } from "./door-parts.ts";

/** A mask of ours has been applied; the library only needs objects of its class. */
export function toErrors(errors: readonly GraphQLFormattedError[]): readonly GraphQLError[] {
  return errors.map(({ message, path, extensions }) => {
    return new GraphQLError(message, {
      ...(path === undefined ? {} : { path }),
      ...(extensions === undefined ? {} : { extensions }),
    });
  });
}

/**
 * A client's stream as the library reads it. Not a generator: ending one waits until its next value has come, and a silent
 * stream has none.
 */
export class SocketStream implements AsyncGenerator<ExecutionResult, void, void> {
  readonly #stream: ClientStream;
  readonly #parts: LiveDoorParts;
  readonly #context: RequestContext;

  constructor(stream: ClientStream, parts: LiveDoorParts, context: RequestContext) {
    this.#stream = stream;
    this.#parts = parts;
    this.#context = context;
  }

  async next(): Promise<IteratorResult<ExecutionResult, void>> {
    const item = await this.#stream.take();
    if (item.kind === "answer") {
      const { errors = [], ...rest } = maskResult(item.result, "subscription", this.#parts, this.#context);
      return { done: false, value: errors.length === 0 ? rest : { ...rest, errors: toErrors(errors) } };
    }
    const [first] = toErrors(maskErrors(item.errors, this.#parts, this.#context));
    // The library sends what is thrown as the operation's `error`.
    if (first !== undefined) throw first;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<ExecutionResult, void>> {
    this.#stream.close();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<ExecutionResult, void>> {
    this.#stream.close();
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stream.close();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** What the library makes the operation's `error` of; were it thrown at once, the whole connection would end. */
export function refusedStream(error: Error): AsyncIterable<ExecutionResult> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) };
}
