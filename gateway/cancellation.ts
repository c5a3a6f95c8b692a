/** Tells everybody who works for a request that its client has gone. Lighter than an AbortSignal, which every fetch would pay for. */
export interface Cancellation {
  readonly isCancelled: boolean;
  /** Calls back once, when it is cancelled; at once when it was. Answers a function that takes the call back. */
  readonly onCancel: (callback: () => void) => () => void;
}

/** A cancellation and the way to bring it about. */
export class CancellationSource implements Cancellation {
  #isCancelled = false;
  #callbacks: Set<() => void> | undefined;

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  onCancel(callback: () => void): () => void {
    if (this.#isCancelled) {
      callback();
      return () => undefined;
    }
    this.#callbacks ??= new Set();
    this.#callbacks.add(callback);
    return () => this.#callbacks?.delete(callback);
  }

  cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    const callbacks = this.#callbacks ?? [];
    this.#callbacks = undefined;
    for (const callback of callbacks) callback();
  }
}

/** Work was given up because nobody waits for it any more. Nothing went wrong, and nobody is to be told. */
export class ClientGone extends Error {
  override readonly name = "ClientGone";

  constructor() {
    super("the client has gone");
  }
}
