import { createAsideReader } from "./read-aside.ts";
import type { SupergraphSource } from "./source.ts";
import type { Supergraph } from "./supergraph.ts";

/** What happens with what a source says. */
export interface SourceHandlers {
  /** May reject: then the version in use stays, and this one is tried again, later each time. */
  readonly use: (supergraph: Supergraph) => Promise<void>;
  /** The version in use is the source's own, whether or not it had to change. */
  readonly current: () => void;
  /** A version that cannot be used; told again when it fails for another reason. */
  readonly refused: (error: unknown) => void;
  /** The source cannot be reached, or again (undefined). Told once, not at each look. */
  readonly reachable: (error: unknown) => void;
}

/** What there is at the beginning. */
export interface FollowBegin {
  readonly inUse: Pick<Supergraph, "version">;
  /** What the source said already and could not be used. */
  readonly refused?: Pick<Supergraph, "sdl"> | undefined;
}

/** When to look and to try again. Milliseconds. */
export interface FollowTiming {
  /** Between tries of one version that could not be used. */
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  /** Between 0 and 1: gateways that started together do not ask together. */
  readonly chance: () => number;
}

/** Ten seconds, doubled up to five minutes, a tenth of it by chance. */
export const defaultFollowTiming: FollowTiming = { firstRetryMs: 10_000, longestRetryMs: 300_000, chance: Math.random };

function doubled(firstMs: number, times: number, longestMs: number): number {
  return Math.min(firstMs * 2 ** Math.min(times - 1, 20), longestMs);
}

class Follower {
  readonly #source: SupergraphSource;
  readonly #handlers: SourceHandlers;
  readonly #timing: FollowTiming;
  readonly #reader = createAsideReader();
  #version: string;
  /** What the source said last and is not in use. */
  #waiting: { readonly sdl: string; tries: number; notBefore: number } | undefined;
  #failures = 0;
  #told: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(source: SupergraphSource, begin: FollowBegin, handlers: SourceHandlers, timing: FollowTiming) {
    this.#source = source;
    this.#version = begin.inUse.version;
    if (begin.refused !== undefined) {
      this.#waiting = { sdl: begin.refused.sdl, tries: 1, notBefore: performance.now() + timing.firstRetryMs };
    }
    this.#handlers = handlers;
    this.#timing = timing;
  }

  schedule(afterMs: number): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => void this.#look().then((next) => this.schedule(next)), afterMs);
    this.#timer.unref();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#reader.close();
  }

  /** Looks, tries what there is to try, and answers when to look again. */
  async #look(): Promise<number> {
    const { intervalMs, longestIntervalMs } = this.#source;
    try {
      const sdl = await this.#source.read();
      if (this.#failures > 0) this.#handlers.reachable(undefined);
      this.#failures = 0;
      if (sdl !== undefined) this.#waiting = { sdl, tries: 0, notBefore: 0 };
    } catch (error) {
      if (this.#failures === 0) this.#handlers.reachable(error);
      this.#failures += 1;
    }
    await this.#try();
    const pause = this.#failures === 0 ? intervalMs : doubled(intervalMs, this.#failures, longestIntervalMs);
    return pause * (0.9 + 0.2 * this.#timing.chance());
  }

  async #try(): Promise<void> {
    const waiting = this.#waiting;
    if (waiting === undefined || performance.now() < waiting.notBefore) return;
    try {
      const supergraph = await this.#reader.read(waiting.sdl, this.#source.name);
      if (this.#isStopped) return;
      if (supergraph.version !== this.#version) await this.#handlers.use(supergraph);
      this.#version = supergraph.version;
      this.#waiting = undefined;
      this.#told = undefined;
      this.#handlers.current();
    } catch (error) {
      waiting.tries += 1;
      const { firstRetryMs, longestRetryMs } = this.#timing;
      waiting.notBefore = performance.now() + doubled(firstRetryMs, waiting.tries, longestRetryMs);
      const words = `${waiting.sdl.length} ${(error as Error).message}`;
      if (words !== this.#told) this.#handlers.refused(error);
      this.#told = words;
    }
  }
}

/**
 * Looks at a source again and again and hands on each new version, one at a time. Whatever goes wrong, the version in use
 * stays: a source that is down, an answer that is no supergraph, one that cannot be planned.
 */
export function followSupergraph(
  source: SupergraphSource,
  begin: FollowBegin,
  handlers: SourceHandlers,
  timing: FollowTiming = defaultFollowTiming,
): { readonly stop: () => void } {
  const follower = new Follower(source, begin, handlers, timing);
  follower.schedule(source.intervalMs);
  return { stop: () => follower.stop() };
}
