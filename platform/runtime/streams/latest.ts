/** Takes states and hands out the latest: what a slow reader has not taken is replaced, so that one state at most waits. */
export class Latest<State> implements AsyncIterableIterator<State> {
  #waiting: State[] = [];
  #isOver = false;
  #fault: { readonly error: unknown } | undefined;
  #reader: { resolve: (result: IteratorResult<State>) => void; reject: (error: unknown) => void } | undefined;
  readonly #left: () => void;

  /** `left` is called once, when the reader leaves or the last of it was read. */
  constructor(left: () => void) {
    this.#left = left;
  }

  /** Offers a state in place of one that still waits. */
  offer(state: State): void {
    if (this.#isOver) return;
    const reader = this.#take();
    if (reader === undefined) this.#waiting = [state];
    else reader.resolve({ done: false, value: state });
  }

  /** No more states; one that waits is still handed out. */
  finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#left();
    this.#take()?.resolve({ done: true, value: undefined });
  }

  /** Ends with an error, after a state that waits. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    const reader = this.#take();
    if (reader === undefined) this.#fault = { error };
    this.finish();
    reader?.reject(error);
  }

  #take() {
    const reader = this.#reader;
    this.#reader = undefined;
    return reader;
  }

  next(): Promise<IteratorResult<State>> {
    const [state] = this.#waiting.splice(0);
    if (state !== undefined) return Promise.resolve({ done: false, value: state });
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault !== undefined) return Promise.reject(fault.error);
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  /** Leaves: a `next` that waits is answered that it is over. */
  return(): Promise<IteratorResult<State>> {
    this.#waiting = [];
    this.#fault = undefined;
    this.finish();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
