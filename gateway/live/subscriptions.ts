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
import { answerEvent, subscriptionOf } from "./answer-event.ts";
import type { SlowClientPolicy } from "./event-queue.ts";
import { LiveStream } from "./live-stream.ts";
import { OpenStreams, type StreamLimits, type StreamOwner } from "./stream-limits.ts";
import { JoinedUpstreams } from "./upstream/joined-upstreams.ts";
import { type LastingSettings, LastingUpstream } from "./upstream/lasting-upstream.ts";
import type { OpenUpstream, UpstreamEnd } from "./upstream/upstream.ts";

/** A client's stream. */
export type ClientStream = LiveStream<SubgraphAnswer>;

/** How streams of one field behave. */
export interface LiveFieldSettings {
  readonly kind: "state" | "events";
  readonly slowClient?: SlowClientPolicy | undefined;
  readonly isShared: boolean;
}

/** How streams behave. */
export interface SubscriptionSettings extends StreamLimits {
  readonly fields: Readonly<Record<string, LiveFieldSettings>>;
  readonly bufferedEvents: number;
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

const unknownField: LiveFieldSettings = { kind: "events", isShared: false };
const renewBeforeMs = 24_000;
const firstPauseMs = 200;
const longestPauseMs = 10_000;
// Node's timers count in 32 bits.
const longestTimerMs = 2 ** 31 - 1;

interface Running {
  readonly stream: ClientStream;
  readonly prepared: PreparedOperation;
  readonly input: SubscribeInput;
  planned: PlannedOperation;
}

/** An error for the end of a stream. */
export function endError(code: keyof typeof gatewayCodes, correlationId: string, message?: string): GraphQLError {
  const entry = gatewayCodes[code];
  return new GraphQLError(message ?? entry.message, {
    extensions: { code, retryable: entry.isRetryable, correlationId },
  });
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
      const planned = await prepared.version.plan({ ...prepared, ...input });
      if (!("errors" in planned)) return { stream: await this.#begin({ prepared, input, planned }, leave) };
      leave();
      return { refused: planned.errors };
    } catch (error) {
      leave();
      if (error instanceof GraphQLError) return { refused: [error] };
      throw error;
    }
  }

  async #begin(start: Omit<Running, "stream">, leave: () => void): Promise<ClientStream> {
    const { prepared, input, planned } = start;
    const { context } = input;
    const { settings } = this.#parts;
    const field = this.#fieldOf(planned);
    const cleanUps: (() => void)[] = [leave];
    const stream: ClientStream = new LiveStream<SubgraphAnswer>({
      answerEvent: (answer) => this.#answer(running, answer),
      bufferedEvents: settings.bufferedEvents,
      slowClient: field.slowClient ?? (field.kind === "state" ? "drop-oldest" : "close"),
      tooSlow: () => endError("SLOW_CLIENT", context.correlationId),
      closed: () => {
        for (const cleanUp of cleanUps.splice(0)) cleanUp();
      },
    });
    const running: Running = { stream, prepared, input, planned };
    this.#running.add(running);
    cleanUps.push(() => this.#running.delete(running));
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
    return this.#shared.join({ key, replaysLast: field.kind === "state" }, member, (listener, caller) => {
      const grant = async () => {
        const { headers, expiresAt } = await this.#parts.streamHeaders(service, caller());
        return { request: { service, body, headers }, expiresAt };
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
   * subgraph goes on with its new plan; any other is ended with SUBSCRIBE_AGAIN.
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
      if (!isFit || !(await this.#replan(running, version))) {
        const { correlationId } = running.input.context;
        const message = "the schema has changed; subscribe again";
        running.stream.end([endError("SUBSCRIBE_AGAIN", correlationId, message)]);
      }
    }
  }

  async #replan(running: Running, version: EngineVersion): Promise<boolean> {
    const { prepared, input } = running;
    try {
      const planned = await version.plan({ ...prepared, ...input });
      if ("errors" in planned) return false;
      if (!isSameStream(subscriptionOf(planned.operation), subscriptionOf(running.planned.operation))) return false;
      running.planned = planned;
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
