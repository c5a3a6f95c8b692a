import type { Logger } from "../../platform/runtime/logger.ts";
import { type FollowTiming, followSupergraph } from "./follow-supergraph.ts";
import type { LastGood } from "./last-good.ts";
import { openSupergraph, readLastGood } from "./open-supergraph.ts";
import type { SupergraphSource } from "./source.ts";
import type { Supergraph } from "./supergraph.ts";

/** Counts what becomes of a source; the gateway's metrics implement it. */
export interface FeedObserver {
  readonly stale: (isStale: boolean) => void;
  readonly reachable: (isReachable: boolean) => void;
  readonly reloaded: (outcome: "used" | "refused") => void;
}

/** A source together with the copy on disk that stands in for it, and what is known of both. */
export class SupergraphFeed {
  readonly #source: SupergraphSource;
  readonly #lastGood: LastGood | undefined;
  readonly #logger: Logger;
  readonly #observer: FeedObserver;
  #staleBecause: string | undefined;
  #refusedAtStart: Supergraph | undefined;
  #stopFollowing: (() => void) | undefined;

  constructor(source: SupergraphSource, lastGood: LastGood | undefined, logger: Logger, observer: FeedObserver) {
    this.#source = source;
    this.#lastGood = lastGood;
    this.#logger = logger.child({ source: source.name });
    this.#observer = observer;
  }

  /** Why the supergraph in use is the copy on disk; undefined when it is the source's own. */
  readonly staleBecause = (): string | undefined => this.#staleBecause;

  /** The first supergraph: the source's own or the copy on disk. Rejects with ConfigurationError. */
  async first(): Promise<Supergraph> {
    const { supergraph, staleBecause } = await openSupergraph(this.#source, this.#lastGood);
    this.#observer.reachable(staleBecause === undefined);
    this.#observer.stale(false);
    if (staleBecause !== undefined) this.#stands(staleBecause, supergraph);
    return supergraph;
  }

  /** The copy on disk in place of a first supergraph that cannot be planned for; undefined when there is no other. */
  async inPlaceOf(refused: Supergraph, error: unknown): Promise<Supergraph | undefined> {
    const kept = await readLastGood(this.#lastGood);
    if (kept === undefined || kept.version === refused.version) return undefined;
    this.#refusedAtStart = refused;
    this.#stands((error as Error).message, kept);
    return kept;
  }

  /** Follows the source from the version in use; `use` as SourceHandlers say. */
  async follow(
    inUse: Supergraph,
    use: (supergraph: Supergraph) => Promise<void>,
    timing?: FollowTiming,
  ): Promise<void> {
    if (this.#staleBecause === undefined) await this.#keep(inUse);
    const handlers = {
      use: async (supergraph: Supergraph) => {
        await use(supergraph);
        this.#observer.reloaded("used");
        await this.#keep(supergraph);
      },
      current: () => {
        if (this.#staleBecause !== undefined) this.#logger.info("the source's own supergraph is in use again");
        this.#staleBecause = undefined;
        this.#observer.stale(false);
      },
      refused: (err: unknown) => {
        this.#observer.reloaded("refused");
        this.#logger.error({ err }, "the new supergraph is refused; the old one stays");
      },
      reachable: (err: unknown) => {
        this.#observer.reachable(err === undefined);
        if (err === undefined) this.#logger.info("the source of the supergraph can be reached again");
        else this.#logger.error({ err }, "the source of the supergraph cannot be reached; the supergraph in use stays");
      },
    };
    const begin = { inUse, refused: this.#refusedAtStart };
    this.#stopFollowing = followSupergraph(this.#source, begin, handlers, timing).stop;
  }

  async stop(): Promise<void> {
    this.#stopFollowing?.();
    await this.#source.close();
  }

  #stands(because: string, { version }: Supergraph): void {
    this.#staleBecause = because;
    this.#observer.stale(true);
    const kept = this.#lastGood?.path;
    this.#logger.error({ because, kept, version }, "the last good supergraph, kept on disk, is used instead");
  }

  /** A disk that refuses costs the next cold start its copy, never this process its supergraph. */
  async #keep({ sdl }: Supergraph): Promise<void> {
    try {
      await this.#lastGood?.keep(sdl);
    } catch (err) {
      this.#logger.warn({ err, path: this.#lastGood?.path }, "the last good supergraph cannot be kept on disk");
    }
  }
}
