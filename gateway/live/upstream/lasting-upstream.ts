import type { GraphQLFormattedError } from "graphql";
import type { SubgraphAnswer } from "../../transport/subgraph-answer.ts";
import { SubgraphFault } from "../../transport/subgraph-fault.ts";
import type { OpenUpstream, UpstreamEnd, UpstreamHandle, UpstreamRequest } from "./upstream.ts";

/** Why events may be missing before one, and for how long the stream was not there. */
export interface Gap {
  readonly reason: "upstream-lost" | "renewed";
  readonly forMs: number;
}

/** What a request is sent with, and when that ends. */
export interface Grant {
  readonly request: UpstreamRequest;
  /** In seconds since 1970; undefined when nothing ends. */
  readonly expiresAt: number | undefined;
}

/** How a lasting stream behaves. */
export interface LastingSettings {
  /**
   * Whether each event is the whole state and the first one the state now. Then it must come in time, and going over to
   * another connection loses nothing.
   */
  readonly isState: boolean;
  /** For the first event of a state. */
  readonly firstEventMs: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** A stream that was lost and is not back for so long has ended. */
  readonly giveUpMs: number;
  /** More than this, on average over a second, and the stream counts as broken. */
  readonly eventsPerSecond: number;
  /** How long before its grant ends a stream is begun anew. */
  readonly renewBeforeMs: number;
}

/** Told of a lasting stream's events and, once, of its end. Its connections are numbered in the order of their requests. */
export interface LastingListener {
  readonly next: (answer: SubgraphAnswer, gap: Gap | undefined, connection: number) => void;
  /** A new connection of a state began with what was told last. */
  readonly known?: (answer: SubgraphAnswer, connection: number) => void;
  /** A connection has ended; the stream may go on without it. */
  readonly failed?: (end: UpstreamEnd, connection: number) => void;
  readonly ended: (end: UpstreamEnd) => void;
}

/** What a lasting stream is made of. */
export interface LastingParts {
  readonly open: OpenUpstream;
  /** Asked anew for each attempt, so that tokens are fresh. */
  readonly grant: () => Promise<Grant>;
  readonly settings: LastingSettings;
  readonly nowMs: () => number;
  readonly random: () => number;
  /** Told of each loss, for the log and the metrics. */
  readonly lost: (fault: SubgraphFault) => void;
}

interface Attempt {
  /** Undefined until it is asked for. */
  number: number | undefined;
  handle: UpstreamHandle | undefined;
  hasSpoken: boolean;
  isClosed: boolean;
  timer: NodeJS.Timeout | undefined;
  readonly startedAt: number;
  windowStartedAt: number;
  eventsInWindow: number;
}

// Between two requests for the same stream: all who come meanwhile are served by the second.
const refreshPauseMs = 100;
const renewalRetryMs = 1_000;

/**
 * A subgraph's stream that outlives its connection: after a loss it is begun again with growing pauses, before its token
 * ends, or for whoever needs the state as it is from now on, it is begun anew beside the old one. A stream that could not
 * be begun at first has ended.
 */
export class LastingUpstream implements UpstreamHandle {
  readonly #parts: LastingParts;
  readonly #listener: LastingListener;
  #current: Attempt | undefined;
  #next: Attempt | undefined;
  #hasBegun = false;
  #isOver = false;
  #lostAt: number | undefined;
  /** Since when no connection lasted long enough to be called stable. */
  #unstableSince: number | undefined;
  #expiresAt = 0;
  #renewAt = 0;
  #service = "";
  #attempts = 0;
  #gap: Gap["reason"] | undefined;
  #last: SubgraphAnswer | undefined;
  #timer: NodeJS.Timeout | undefined;
  #renewal: NodeJS.Timeout | undefined;
  #connections = 0;
  #askedAt = 0;
  #refresh: { readonly at: number; readonly timer: NodeJS.Timeout } | undefined;
  /** A refresh waits until the connection that is being opened has spoken. */
  #isRefreshDue = false;

  constructor(parts: LastingParts, listener: LastingListener) {
    this.#parts = parts;
    this.#listener = listener;
    void this.#begin();
  }

  readonly close = (): void => {
    this.#isOver = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#renewal);
    clearTimeout(this.#refresh?.timer);
    this.#drop(this.#current);
    this.#drop(this.#next);
  };

  /**
   * Begins the stream anew beside what there is, in so many milliseconds at most; of a lost one, the next attempt is made
   * then. @returns the number of the connection whose first event the subgraph reads later than now
   */
  refresh(withinMs: number): number {
    this.#planRefresh(withinMs);
    return this.#connections + 1;
  }

  #planRefresh(withinMs: number): void {
    // What has not been asked for yet will be asked for later than now.
    const isComing = [this.#current, this.#next].some((one) => one !== undefined && one.number === undefined);
    if (this.#isOver || isComing) return;
    const now = this.#parts.nowMs();
    const at = Math.max(now + withinMs, this.#askedAt + refreshPauseMs);
    if (this.#refresh !== undefined && this.#refresh.at <= at) return;
    clearTimeout(this.#refresh?.timer);
    this.#refresh = { at, timer: setTimeout(() => this.#beginRefresh(), at - now) };
  }

  #beginRefresh(): void {
    this.#refresh = undefined;
    if (this.#current === undefined) {
      clearTimeout(this.#timer);
      void this.#begin();
    } else if (this.#next === undefined && this.#current.hasSpoken) void this.#begin();
    else this.#isRefreshDue = true;
  }

  #refreshIfDue(): void {
    if (!this.#isRefreshDue) return;
    this.#isRefreshDue = false;
    this.#planRefresh(0);
  }

  #number(attempt: Attempt): void {
    this.#connections += 1;
    attempt.number = this.#connections;
    this.#askedAt = this.#parts.nowMs();
    // Whoever has waited for a refresh waits for this one.
    clearTimeout(this.#refresh?.timer);
    this.#refresh = undefined;
    this.#isRefreshDue = false;
  }

  #drop(attempt: Attempt | undefined): void {
    if (attempt === undefined) return;
    attempt.isClosed = true;
    clearTimeout(attempt.timer);
    attempt.handle?.close();
  }

  async #begin(): Promise<void> {
    const attempt: Attempt = {
      number: undefined,
      handle: undefined,
      hasSpoken: false,
      isClosed: false,
      timer: undefined,
      startedAt: this.#parts.nowMs(),
      windowStartedAt: 0,
      eventsInWindow: 0,
    };
    if (this.#current === undefined) this.#current = attempt;
    else this.#next = attempt;
    let grant: Grant;
    try {
      grant = await this.#parts.grant();
    } catch (error) {
      if (attempt.isClosed) return;
      this.#number(attempt);
      this.#ended(attempt, { kind: "fault", fault: unexpected(error) });
      return;
    }
    if (attempt.isClosed) return;
    this.#number(attempt);
    this.#service = grant.request.service;
    this.#planRenewal(grant.expiresAt);
    const { isState, firstEventMs } = this.#parts.settings;
    if (isState) {
      const late = new SubgraphFault(`sent no first event within ${firstEventMs} ms`, {
        service: grant.request.service,
        kind: "timeout",
        mayHaveActed: false,
      });
      attempt.timer = setTimeout(() => {
        attempt.handle?.close();
        this.#ended(attempt, { kind: "fault", fault: late });
      }, firstEventMs);
    }
    attempt.handle = this.#parts.open(grant.request, {
      opened: () => this.#opened(attempt),
      next: (answer) => this.#event(attempt, answer, grant.request.service),
      ended: (end) => this.#ended(attempt, end),
    });
    // It may have ended, or we, while it was being opened.
    if (attempt.isClosed) attempt.handle.close();
  }

  #planRenewal(expiresAt: number | undefined): void {
    if (expiresAt === undefined || expiresAt < this.#expiresAt) return;
    const now = this.#parts.nowMs();
    if (expiresAt > this.#expiresAt) {
      this.#expiresAt = expiresAt;
      const inMs = expiresAt * 1000 - now - this.#parts.settings.renewBeforeMs;
      // Streams that began together, as after a gateway's start, are not all renewed at one moment.
      this.#renewAt = now + Math.max(1_000, inMs - this.#parts.random() * 5_000);
    }
    // A token that ends with the user's own cannot be bettered; the stream ends with it.
    if (this.#renewAt > now) this.#renewLater(this.#renewAt - now);
  }

  #renew(): void {
    if (this.#isOver) return;
    if (this.#next === undefined && this.#current !== undefined && this.#lostAt === undefined) void this.#begin();
    // What is being begun may carry the same token still.
    else this.#renewLater(renewalRetryMs);
  }

  #renewLater(inMs: number): void {
    clearTimeout(this.#renewal);
    this.#renewal = setTimeout(() => this.#renew(), inMs);
    this.#renewal.unref();
  }

  #opened(attempt: Attempt): void {
    if (attempt.isClosed) return;
    this.#hasBegun ||= !this.#parts.settings.isState;
    // Of a stream that begins with its state, the first event tells that it is there.
    if (!this.#parts.settings.isState) this.#takeOver(attempt);
  }

  #takeOver(attempt: Attempt): void {
    if (attempt !== this.#next) return;
    this.#drop(this.#current);
    this.#current = attempt;
    this.#next = undefined;
    // Events may have fallen between the two, or be told twice.
    if (!this.#parts.settings.isState) this.#gap ??= "renewed";
  }

  #isFlood(attempt: Attempt): boolean {
    const now = this.#parts.nowMs();
    if (now - attempt.windowStartedAt >= 1_000) {
      attempt.windowStartedAt = now;
      attempt.eventsInWindow = 0;
    }
    attempt.eventsInWindow += 1;
    return attempt.eventsInWindow > this.#parts.settings.eventsPerSecond;
  }

  #event(attempt: Attempt, answer: SubgraphAnswer, service: string): void {
    if (attempt.isClosed || this.#isOver) return;
    if (this.#isFlood(attempt)) {
      attempt.handle?.close();
      const message = `sent more than ${this.#parts.settings.eventsPerSecond} events in a second`;
      const fault = new SubgraphFault(message, { service, kind: "bad-response", mayHaveActed: false });
      this.#ended(attempt, { kind: "fault", fault });
      return;
    }
    // An answer without even a null in the place of data is no event: the subgraph says why there are none.
    if (answer.data === undefined) {
      attempt.handle?.close();
      this.#ended(attempt, { kind: "errors", errors: answer.errors ?? [] });
      return;
    }
    clearTimeout(attempt.timer);
    const isFirst = !attempt.hasSpoken;
    attempt.hasSpoken = true;
    const isRenewal = attempt === this.#next;
    this.#takeOver(attempt);
    const isKnown = isFirst && isRenewal && JSON.stringify(answer) === JSON.stringify(this.#last);
    const { number = 0 } = attempt;
    this.#last = answer;
    this.#hasBegun = true;
    // The new connection of a state begins with one that was told already.
    if (isKnown && this.#parts.settings.isState) this.#listener.known?.(answer, number);
    else this.#listener.next(answer, this.#takeGap(), number);
    if (isFirst) this.#refreshIfDue();
  }

  #takeGap(): Gap | undefined {
    const forMs = this.#lostAt === undefined ? 0 : Math.round(this.#parts.nowMs() - this.#lostAt);
    const reason = this.#gap;
    this.#lostAt = undefined;
    this.#gap = undefined;
    return reason && { reason, forMs };
  }

  #ended(attempt: Attempt, end: UpstreamEnd): void {
    if (attempt.isClosed || this.#isOver) return;
    attempt.isClosed = true;
    clearTimeout(attempt.timer);
    if (attempt === this.#next) {
      // The old connection still carries the stream; when it goes too, that is a loss.
      this.#next = undefined;
      this.#renewLater(this.#pauseMs());
      this.#attempts += 1;
      this.#listener.failed?.(end, attempt.number ?? 0);
      this.#refreshIfDue();
      return;
    }
    // Whoever has waited for this connection alone is told what it would have been told as the first.
    if (this.#hasBegun) this.#listener.failed?.(end, attempt.number ?? 0);
    if (this.#isOver) return;
    const lost =
      end.kind === "errors" ? lossOf(end.errors, this.#service) : end.kind === "fault" ? end.fault : undefined;
    if (lost === undefined || !this.#hasBegun) this.#finish(end);
    else this.#lost(attempt, { kind: "fault", fault: lost });
  }

  #lost(attempt: Attempt, end: UpstreamEnd & { readonly kind: "fault" }): void {
    this.#parts.lost(end.fault);
    const now = this.#parts.nowMs();
    const { giveUpMs, longestPauseMs } = this.#parts.settings;
    if (attempt.hasSpoken && now - attempt.startedAt > longestPauseMs) {
      this.#attempts = 0;
      this.#unstableSince = undefined;
    }
    this.#unstableSince ??= now;
    this.#lostAt ??= now;
    this.#gap = "upstream-lost";
    this.#current = this.#next;
    this.#next = undefined;
    if (this.#current !== undefined) return;
    if (now - this.#unstableSince >= giveUpMs) {
      this.#finish(end);
      return;
    }
    this.#timer = setTimeout(() => void this.#begin(), this.#pauseMs());
    this.#attempts += 1;
  }

  #pauseMs(): number {
    const { firstPauseMs, longestPauseMs } = this.#parts.settings;
    // Half of it by chance, so that many streams that were lost together do not come back together.
    return Math.min(longestPauseMs, firstPauseMs * 2 ** this.#attempts) * (0.5 + this.#parts.random() / 2);
  }

  #finish(end: UpstreamEnd): void {
    this.close();
    this.#listener.ended(end);
  }
}

// By these a subgraph ends a stream that may go on: with another process of its own, with a fresh token, by and by.
const goingOn: ReadonlySet<unknown> = new Set(["SUBSCRIBE_AGAIN", "IDENTITY_EXPIRED", "TOO_MANY_STREAMS"]);

function lossOf(errors: readonly GraphQLFormattedError[], service: string): SubgraphFault | undefined {
  const code = errors.map(({ extensions }) => extensions?.code).find((one) => goingOn.has(one));
  if (code === undefined) return undefined;
  return new SubgraphFault(`ended the stream with ${String(code)}`, {
    service,
    kind: "unavailable",
    mayHaveActed: false,
  });
}

function unexpected(cause: unknown): SubgraphFault {
  if (cause instanceof SubgraphFault) return cause;
  return new SubgraphFault("could not be asked", { service: "gateway", kind: "refused", mayHaveActed: false, cause });
}
