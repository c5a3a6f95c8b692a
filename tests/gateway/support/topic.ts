/** Values that are published to whoever listens, each from its own queue. */
export class Topic<Value> {
  readonly #listeners = new Set<(value: Value | undefined) => void>();

  /** How many listen now. */
  get listeners(): number {
    return this.#listeners.size;
  }

  publish(value: Value): void {
    for (const tell of this.#listeners) tell(value);
  }

  /** Completes the streams of all who listen. */
  end(): void {
    for (const tell of this.#listeners) tell(undefined);
  }

  /** An iterator that ends at once when it is returned, as a silent stream must. */
  listen(first: readonly Value[] = []): AsyncGenerator<Value> {
    const queue: (Value | undefined)[] = [...first];
    let wake: (() => void) | undefined;
    const tell = (value: Value | undefined) => {
      queue.push(value);
      wake?.();
    };
    this.#listeners.add(tell);
    let isOver = false;
    const stop = async () => {
      this.#listeners.delete(tell);
      isOver = true;
      wake?.();
      return { done: true as const, value: undefined };
    };
    return {
      next: async () => {
        while (queue.length === 0 && !isOver) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        const value = queue.shift();
        return value === undefined || isOver ? stop() : { done: false, value };
      },
      return: stop,
      throw: stop,
      [Symbol.asyncIterator]() {
        return this;
      },
      [Symbol.asyncDispose]: async () => {
        await stop();
      },
    } as AsyncGenerator<Value>;
  }
}
