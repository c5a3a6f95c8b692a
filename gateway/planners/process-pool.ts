import type { ChildProcess } from "node:child_process";

// A process that has planned for one supergraph reads the next one in a seventh of the time (and CPU) that a new process
// needs: its modules are loaded and its code is compiled. So those of supergraphs that went out of use are kept a while.

/** Bounds of what is kept. */
export interface PoolLimits {
  /** How many processes without work are kept. */
  readonly idleProcesses: number;
  /** How long each. */
  readonly idleMs: number;
}

/** Bounds of an ordinary gateway's. */
export const defaultPoolLimits: PoolLimits = { idleProcesses: 1, idleMs: 600_000 };

/** Planning processes between two supergraphs. */
export interface ProcessPool {
  /** One that waits for a supergraph, if there is any. */
  readonly take: () => ChildProcess | undefined;
  /** Takes back one that plans nothing any more. */
  readonly give: (child: ChildProcess) => void;
  /** Ends those that wait, and all that are given from here on. */
  readonly close: () => void;
}

class Pool implements ProcessPool {
  readonly #limits: PoolLimits;
  /** Each with the timer that ends it. */
  readonly #idle = new Map<ChildProcess, NodeJS.Timeout>();
  #isClosed = false;

  constructor(limits: PoolLimits) {
    this.#limits = limits;
  }

  readonly take = (): ChildProcess | undefined => {
    const [child] = this.#idle.keys();
    if (child !== undefined) this.#forget(child);
    return child;
  };

  readonly give = (child: ChildProcess): void => {
    child.removeAllListeners();
    const { idleProcesses, idleMs } = this.#limits;
    const hasEnded = child.exitCode !== null || child.signalCode !== null || !child.connected;
    if (this.#isClosed || hasEnded || this.#idle.size >= idleProcesses) {
      child.kill("SIGKILL");
      return;
    }
    child.once("error", () => this.#end(child));
    child.once("exit", () => this.#forget(child));
    this.#idle.set(child, setTimeout(() => this.#end(child), idleMs).unref());
  };

  readonly close = (): void => {
    this.#isClosed = true;
    for (const child of [...this.#idle.keys()]) this.#end(child);
  };

  #forget(child: ChildProcess): void {
    clearTimeout(this.#idle.get(child));
    this.#idle.delete(child);
    child.removeAllListeners();
  }

  #end(child: ChildProcess): void {
    this.#forget(child);
    child.kill("SIGKILL");
  }
}

/** Makes an empty pool. */
export function createProcessPool(limits: PoolLimits = defaultPoolLimits): ProcessPool {
  return new Pool(limits);
}
