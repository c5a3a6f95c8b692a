import { GraphQLError, validate } from "graphql";
import type { EngineVersion, PlannedOperation } from "../engine.ts";
import type { GatewayMetrics } from "../metrics.ts";
import type { RunInput } from "../operations/operations.ts";
import type { PreparedOperation } from "../operations/prepare-operation.ts";
import { bodyOf } from "../plans/fetch-body.ts";
import type { SubscriptionNode } from "../plans/plan.ts";
import { gatewayCodes } from "../policy/error-catalogue.ts";
import { reportFault, reportSubgraphError } from "../policy/masking.ts";
import { refusal } from "../policy/refusal.ts";
import type { RequestContext } from "../request-context.ts";
import type { StreamHeaders } from "../transport/outgoing-headers.ts";
import type { SubgraphAnswer } from "../transport/subgraph-answer.ts";
import { answerBytes } from "./answer-bytes.ts";
import { answerEvent, subscriptionOf } from "./answer-event.ts";
import type { Leaving } from "./drain.ts";
import type { SlowClientPolicy } from "./event-queue.ts";
import { LiveStream } from "./live-stream.ts";
import { OpenStreams, type StreamLimits, type StreamOwner } from "./stream-limits.ts";
import { JoinedUpstreams, type Joint } from "./upstream/joined-upstreams.ts";
import { type LastingSettings, LastingUpstream } from "./upstream/lasting-upstream.ts";
import type { OpenUpstream, UpstreamEnd } from "./upstream/upstream.ts";

/** A client's stream. */
export type ClientStream = LiveStream<SubgraphAnswer>;

/** How streams of one field behave. */
export interface LiveFieldSettings {
  readonly kind: "state" | "events";
  readonly slowClient?: SlowClientPolicy | undefined;
  readonly isShared: boolean;
  /** Whether the subgraph is told how many a shared stream stands for. */
  readonly countsMembers: boolean;
}

/** How streams behave. */
export interface SubscriptionSettings extends StreamLimits {
  readonly fields: Readonly<Record<string, LiveFieldSettings>>;
  readonly bufferedEvents: number;
  readonly bufferedBytes: number;
  readonly eventsPerSecond: number;
  readonly resumeWithinMs: number;
  readonly firstEventMs: (service: string) => number;
  /** How long a user's token is believed after its end. */
  readonly clockToleranceSeconds: number;
}

/** What subscriptions are made of. */
export interface SubscriptionParts {
  readonly settings: SubscriptionSettings;
  readonly open: OpenUpstream;
  readonly streamHeaders: (service: string, context: RequestContext) => Promise<StreamHeaders>;
  readonly versionInUse: () => EngineVersion | undefined;
  readonly passedCodes: ReadonlySet<string>;
  readonly metrics: GatewayMetrics;
  /** Lets one of many leave at a moment of its own; answers how to let it stay. */
  readonly leaveLater: (leaving: Leaving) => () => void;
  /** In milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly random: () => number;
}

/** What a stream is begun with. */
export interface SubscribeInput extends RunInput {
  readonly owner: Omit<StreamOwner, "principal">;
}

/** A stream, or why there is none. */
export type Subscribed = { readonly stream: ClientStream } | { readonly refused: readonly GraphQLError[] };

const unknownField: LiveFieldSettings = { kind: "events", isShared: false, countsMembers: false };
const renewBeforeMs = 24_000;
const firstPauseMs = 200;
const longestPauseMs = 10_000;
// Node's timers count in 32 bits.
const longestTimerMs = 2 ** 31 - 1;

interface Running {
  readonly stream: ClientStream;
  readonly input: SubscribeInput;
  prepared: PreparedOperation;
  planned: PlannedOperation;
  /** Set when the schema no longer has it: lets it stay after all. */
  stay?: (() => void) | undefined;
}

/** An error for the end of a stream. */
export function endError(
  code: keyof typeof gatewayCodes,
  correlationId: string,
  message?: string,
  retryAfterMs?: number,
): GraphQLError {
  const entry = gatewayCodes[code];
  const when = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new GraphQLError(message ?? entry.message, {
    extensions: { code, retryable: entry.isRetryable, correlationId, ...when },
  });
}

/** The request as the subgraph is told whom it stands for. Source: docs/subgraph-owner.md. */
function withMembers(body: string, share: Joint<RequestContext>["share"]): string {
  if (share === undefined) return body;
  const request = JSON.parse(body) as object;
  return JSON.stringify({ ...request, extensions: { sharedStream: { id: share.id, members: share.members() } } });
}

function invalid(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "GRAPHQL_VALIDATION_FAILED", http: { status: 400 } } });
}

function isSameStream(a: SubscriptionNode, b: SubscriptionNode): boolean {
  return a.primary.subgraph === b.primary.subgraph && a.primary.operation === b.primary.operation;
}

function staysLonger({ principal: a }: RequestContext, { principal: b }: RequestContext): boolean {
  return a.kind === "user" && b.kind === "user" && a.expiresAt > b.expiresAt;
}

/** Begins, follows and ends clients' streams, whatever door they came through. */
export class Subscriptions {
  readonly #parts: SubscriptionParts;
  readonly #open: OpenStreams;
  readonly #shared = new JoinedUpstreams<RequestContext>(staysLonger);
  readonly #running = new Set<Running>();

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
    this.#open = new OpenStreams(parts.settings);
  }

  /** Streams of clients that are open, and streams of subgraphs that feed them. */
  get counts(): { readonly clients: number; readonly upstreams: number } {
    return { clients: this.#open.total, upstreams: this.#shared.size };
  }

  /** Begins a stream for a prepared subscription. Never rejects because of client or subgraph. */
  async subscribe(prepared: PreparedOperation, input: SubscribeInput): Promise<Subscribed> {
    const { context } = input;
    const leave = this.#open.enter({ ...input.owner, principal: context.principal });
    if (leave === undefined) {
      return { refused: [refusal("TOO_MANY_STREAMS", { status: 429, correlationId: context.correlationId })] };
    }
    try {
      return await this.#planAndBegin(prepared, input, leave);
    } catch (error) {
      leave();
      if (error instanceof GraphQLError) return { refused: [error] };
      throw error;
    }
  }

  /** The schema may become another one while the client is let in and while the plan is made: the one in use counts. */
  async #planAndBegin(asked: PreparedOperation, input: SubscribeInput, leave: () => void): Promise<Subscribed> {
    let prepared = asked;
    for (;;) {
      const version = this.#parts.versionInUse() ?? prepared.version;
      const misfits = version === prepared.version ? [] : validate(version.schema, prepared.document);
      if (misfits.length > 0) {
        leave();
        return { refused: misfits.map(({ message }) => invalid(message)) };
      }
      prepared = { ...prepared, version };
      const planned = await version.plan({ ...prepared, ...input });
      if (this.#parts.versionInUse() !== version) continue;
      // From here to its place among the running ones, which a new schema goes through, nothing is waited for.
      if (!("errors" in planned)) return { stream: await this.#begin({ prepared, input, planned }, leave) };
      leave();
      return { refused: planned.errors };
    }
  }

  async #begin(start: Omit<Running, "stream">, leave: () => void): Promise<ClientStream> {
    const { context } = start.input;
    const { settings } = this.#parts;
    const field = this.#fieldOf(start.planned);
    const cleanUps: (() => void)[] = [leave];
    const stream: ClientStream = new LiveStream<SubgraphAnswer>({
      answerEvent: (answer) => this.#answer(running, answer),
      bufferedEvents: settings.bufferedEvents,
      bufferedBytes: settings.bufferedBytes,
      bytesOf: answerBytes,
      slowClient: field.slowClient ?? (field.kind === "state" ? "drop-oldest" : "close"),
      tooSlow: () => endError("SLOW_CLIENT", context.correlationId),
      closed: () => {
        for (const cleanUp of cleanUps.splice(0)) cleanUp();
      },
    });
    const running: Running = { ...start, stream };
    this.#running.add(running);
    cleanUps.push(() => {
      this.#running.delete(running);
      running.stay?.();
    });
    cleanUps.push(this.#endWithToken(stream, context));
    const out = await this.#join(running, field).catch((error: unknown) => {
      stream.close();
      throw error;
    });
    // The client may have gone while its stream was begun.
    if (this.#running.has(running)) cleanUps.push(out);
    else out();
    return stream;
  }

  #fieldOf({ operation }: PlannedOperation): LiveFieldSettings {
    const { fields } = this.#parts.settings;
    const name = operation.projection.fields.find(({ definition }) => definition !== undefined)?.name ?? "";
    return (Object.hasOwn(fields, name) ? fields[name] : undefined) ?? unknownField;
  }

  #endWithToken(stream: ClientStream, { principal, correlationId }: RequestContext): () => void {
    if (principal.kind !== "user") return () => undefined;
    const { clockToleranceSeconds } = this.#parts.settings;
    const inMs = (principal.expiresAt + clockToleranceSeconds) * 1000 - this.#parts.nowMs();
    const end = () => stream.end([endError("IDENTITY_EXPIRED", correlationId)]);
    const timer = setTimeout(end, Math.min(longestTimerMs, Math.max(0, inMs)));
    timer.unref();
    return () => clearTimeout(timer);
  }

  async #join(running: Running, field: LiveFieldSettings): Promise<() => void> {
    const { planned, stream, input } = running;
    const { context } = input;
    const { primary } = subscriptionOf(planned.operation);
    const service = primary.subgraph;
    const body = bodyOf(primary, [], planned.variables);
    const { holder } = await this.#parts.streamHeaders(service, context);
    const key = field.isShared ? JSON.stringify([service, holder, body]) : undefined;
    const member = {
      caller: context,
      next: (answer: SubgraphAnswer, gap: Parameters<ClientStream["push"]>[1]) => stream.push(answer, gap),
      ended: (end: UpstreamEnd) => this.#ended(running, service, end),
    };
    const beginsWithState = field.kind === "state";
    const countsMembers = beginsWithState && field.countsMembers;
    return this.#shared.join({ key, beginsWithState, countsMembers }, member, (listener, { caller, share }) => {
      const grant = async () => {
        const { headers, expiresAt } = await this.#parts.streamHeaders(service, caller());
        const told = countsMembers ? withMembers(body, share) : body;
        return { request: { service, body: told, headers }, expiresAt };
      };
      const { open, nowMs, random, metrics } = this.#parts;
      const lost = (fault: Error) => {
        metrics.lostStreams.inc({ subgraph: service });
        caller().logger.warn({ err: fault, service }, "a subgraph's stream was lost; it is begun again");
      };
      const settings = this.#lasting(field, service);
      return new LastingUpstream({ open, grant, settings, nowMs, random, lost }, listener);
    });
  }

  #lasting(field: LiveFieldSettings, service: string): LastingSettings {
    const { eventsPerSecond, resumeWithinMs, firstEventMs } = this.#parts.settings;
    return {
      isState: field.kind === "state",
      firstEventMs: firstEventMs(service),
      firstPauseMs,
      longestPauseMs,
      giveUpMs: resumeWithinMs,
      eventsPerSecond,
      renewBeforeMs,
    };
  }

  #ended({ stream, input: { context } }: Running, service: string, end: UpstreamEnd): void {
    if (end.kind === "complete") stream.end([]);
    else if (end.kind === "fault") stream.end([reported(reportFault(end.fault, false, context))]);
    else {
      const { passedCodes } = this.#parts;
      stream.end(end.errors.map((error) => reported(reportSubgraphError(error, service, passedCodes, context))));
    }
  }

  #answer({ planned, input, prepared }: Running, answer: SubgraphAnswer) {
    this.#parts.metrics.streamEvents.inc();
    return answerEvent(
      planned.executor,
      {
        operation: planned.operation,
        variables: planned.variables,
        rawVariables: prepared.variables,
        context: input.context,
        idempotencyKey: undefined,
        cancellation: undefined,
        tellsOwnership: false,
      },
      answer,
    );
  }

  /**
   * Goes over to the schema in use: a stream whose document still fits and is fed by the same subscription of the same
   * subgraph goes on with its new plan; any other is ended with SUBSCRIBE_AGAIN, each at a moment of its own.
   */
  async reload(): Promise<void> {
    const version = this.#parts.versionInUse();
    if (version === undefined) return;
    const fits = new Map<string, boolean>();
    for (const running of [...this.#running]) {
      const { documentKey, document } = running.prepared;
      let isFit = fits.get(documentKey);
      if (isFit === undefined) {
        isFit = validate(version.schema, document).length === 0;
        fits.set(documentKey, isFit);
      }
      const goesOn = isFit && (await this.#replan(running, version));
      running.stay?.();
      running.stay = undefined;
      if (!goesOn && this.#running.has(running)) this.#endLater(running);
    }
  }

  #endLater(running: Running): void {
    const { stream, input } = running;
    const message =
      "the schema has changed; load the client anew if its document does not fit any more, and subscribe again";
    running.stay = this.#parts.leaveLater({
      leave: (retryMs) => stream.end([endError("SUBSCRIBE_AGAIN", input.context.correlationId, message, retryMs)]),
    });
  }

  async #replan(running: Running, version: EngineVersion): Promise<boolean> {
    const { prepared, input } = running;
    try {
      const planned = await version.plan({ ...prepared, ...input });
      if ("errors" in planned) return false;
      if (!isSameStream(subscriptionOf(planned.operation), subscriptionOf(running.planned.operation))) return false;
      running.planned = planned;
      // Not the version before, which it would keep in memory.
      running.prepared = { ...prepared, version };
      return true;
    } catch (error) {
      if (error instanceof GraphQLError) return false;
      throw error;
    }
  }
}

function reported({ message, path, extensions }: ReturnType<typeof reportFault>): GraphQLError {
  return new GraphQLError(message, { ...(path === undefined ? {} : { path }), extensions });
}
