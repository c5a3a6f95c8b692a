import { isDeepStrictEqual } from "node:util";
import { isDatabaseFault } from "../database-fault.ts";
import type { Logger } from "../logger.ts";
import { operationalError } from "../operational-error.ts";
import { Latest } from "./latest.ts";
import type { WakeUps } from "./wake-ups.ts";

/** What is streamed: the state of the thing a key names, read from tables. */
export interface StateSource<State> {
  /** Reads the state in one statement, so that all of it is of one moment; null when there is no such thing. */
  readonly read: (key: string) => Promise<State | null>;
  /** What the thing is called in wake-ups. */
  readonly wakeUpKey: (key: string) => string;
  /** Least time between two reads of one thing, and so between two events. */
  readonly intervalMs: number;
  /** Whether it changes no more: then it is the last event. */
  readonly isFinal?: (state: State) => boolean;
  /** When it changes without anybody writing, as at its end; null when it does not. */
  readonly changesAt?: (state: State) => Date | null;
}

/** How long streams wait for what they are not told. */
export interface StateSettings {
  /** About how often a state is looked at without a wake-up. */
  readonly pollMs: number;
  /** For how long a database that does not answer is waited for, before running streams end. */
  readonly patienceMs: number;
}

const defaultSettings: StateSettings = { pollMs: 15_000, patienceMs: 60_000 };
const retryMs = 500;

interface Parts<State> {
  readonly source: StateSource<State>;
  readonly wakeUps: WakeUps;
  readonly settings: StateSettings;
  readonly logger: Logger;
}

/** The streams of one thing: one read serves all of them. */
class Thing<State> {
  readonly #key: string;
  readonly #parts: Parts<State>;
  /** Those who have not had their first state yet; it must be read after they came. */
  readonly #coming = new Set<Latest<State>>();
  readonly #following = new Set<Latest<State>>();
  readonly #unwatch: () => void;
  readonly #empty: () => void;
  #last: State | undefined;
  #isReading = false;
  #isDirty = false;
  #readAt = 0;
  #failingSince: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(key: string, parts: Parts<State>, empty: () => void) {
    this.#key = key;
    this.#parts = parts;
    this.#empty = empty;
    // Watched before the first read: what changes after that read wakes us.
    this.#unwatch = parts.wakeUps.watch(parts.source.wakeUpKey(key), () => this.#wake());
  }

  join(left: () => void): Latest<State> {
    const latest: Latest<State> = new Latest(() => {
      this.#leave(latest);
      left();
    });
    this.#coming.add(latest);
    this.#plan();
    return latest;
  }

  end(): void {
    for (const latest of [...this.#coming, ...this.#following]) latest.finish();
  }

  #leave(latest: Latest<State>): void {
    this.#coming.delete(latest);
    this.#following.delete(latest);
    if (this.#coming.size + this.#following.size > 0) return;
    clearTimeout(this.#timer);
    this.#unwatch();
    this.#empty();
  }

  #wake(): void {
    this.#isDirty = true;
    this.#plan();
  }

  /** Plans the next read: at once for who has no state yet, else not before the interval is over. */
  #plan(): void {
    if (this.#isReading) return;
    clearTimeout(this.#timer);
    const sinceMs = Date.now() - this.#readAt;
    let inMs = this.#restMs();
    if (this.#isDirty) inMs = Math.min(inMs, this.#parts.source.intervalMs - sinceMs);
    if (this.#coming.size > 0) inMs = 0;
    if (this.#failingSince !== undefined) inMs = retryMs;
    this.#timer = setTimeout(() => void this.#read(), Math.max(0, inMs));
  }

  /** How long to sleep unless woken: streams that began together do not all look at one moment. */
  #restMs(): number {
    const { pollMs } = this.#parts.settings;
    const spreadMs = pollMs * (0.8 + Math.random() * 0.4);
    const changesAt = this.#last === undefined ? null : (this.#parts.source.changesAt?.(this.#last) ?? null);
    if (changesAt === null) return spreadMs;
    const untilMs = changesAt.getTime() - Date.now();
    // The database's clock may be a little behind this one: once past, the usual round finds out.
    return untilMs > 0 ? Math.min(spreadMs, untilMs + 50) : Math.min(spreadMs, 1_000);
  }

  async #read(): Promise<void> {
    const coming = [...this.#coming];
    this.#isReading = true;
    this.#isDirty = false;
    this.#readAt = Date.now();
    try {
      const state = await this.#parts.source.read(this.#key);
      this.#failingSince = undefined;
      if (state === null) this.#gone();
      else this.#publish(state, coming);
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#isReading = false;
      if (this.#coming.size + this.#following.size > 0) this.#plan();
    }
  }

  #publish(state: State, coming: readonly Latest<State>[]): void {
    const isNew = !isDeepStrictEqual(state, this.#last);
    if (isNew) for (const latest of this.#following) latest.offer(state);
    this.#last = state;
    for (const latest of coming) {
      if (!this.#coming.delete(latest)) continue;
      this.#following.add(latest);
      latest.offer(state);
    }
    if (this.#parts.source.isFinal?.(state) === true) this.end();
  }

  #gone(): void {
    for (const latest of [...this.#coming]) latest.fail(operationalError("NOT_FOUND", "there is nothing with this id"));
    for (const latest of [...this.#following]) latest.finish();
  }

  #failed(error: unknown): void {
    this.#failingSince ??= Date.now();
    const isPatient = isDatabaseFault(error) && Date.now() - this.#failingSince < this.#parts.settings.patienceMs;
    if (isPatient) this.#parts.logger.debug({ err: error }, "a state cannot be read yet; trying again");
    // Who asks only now is told at once; who is here already waits, and misses nothing.
    const hopeless = isPatient ? [...this.#coming] : [...this.#coming, ...this.#following];
    for (const latest of hopeless) latest.fail(error);
  }
}

/**
 * Streams the states of things, the present one first: a state of which there is nothing new to say is not told, states
 * follow each other as they were, the last one is always told. However many streams a thing has, it is read once for all.
 */
export class StateStreams<State> {
  readonly #things = new Map<string, Thing<State>>();
  readonly #parts: Parts<State>;

  constructor(source: StateSource<State>, wakeUps: WakeUps, logger: Logger, settings: Partial<StateSettings> = {}) {
    this.#parts = { source, wakeUps, logger, settings: { ...defaultSettings, ...settings } };
  }

  /**
   * Streams one thing. Its iterator fails with NOT_FOUND when there is no such thing, and as the database does when that
   * does not answer at first, or for long. `left` is called once, when the stream is over for whatever reason.
   */
  stream(key: string, left: () => void = () => undefined): AsyncIterableIterator<State> {
    const present = this.#things.get(key);
    if (present !== undefined) return present.join(left);
    const thing = new Thing(key, this.#parts, () => {
      if (this.#things.get(key) === thing) this.#things.delete(key);
    });
    this.#things.set(key, thing);
    return thing.join(left);
  }

  /** Things that are watched now. */
  get size(): number {
    return this.#things.size;
  }

  /** Ends all streams. */
  close(): void {
    for (const thing of [...this.#things.values()]) thing.end();
  }
}
