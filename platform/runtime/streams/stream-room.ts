import { setTimeout as sleep } from "node:timers/promises";
import type { GraphQLFormattedError, GraphQLSchema } from "graphql";
import { Gauge, type Registry } from "prom-client";
import { type OperationalCode, operationalError } from "../operational-error.ts";
import type { Caller } from "../organisation-token.ts";
import type { SubgraphRequest } from "../subgraph-request.ts";
import {
  answerEvent,
  type Operation,
  type OperationParts,
  readOperation,
  readSharedStream,
  reportErrors,
  subscribeTo,
} from "./operation.ts";
import { Stream } from "./stream.ts";

/** How many streams a process serves. */
export interface StreamLimits {
  /** In all. */
  readonly maxStreams: number;
  /** For one signed-in caller; those who are not signed in come through the gateway as one. */
  readonly maxStreamsPerCaller: number;
}

/** What a request for a stream came to. */
export type Opened =
  | { readonly kind: "refused"; readonly errors: readonly GraphQLFormattedError[] }
  | { readonly kind: "open"; readonly operation: Operation; readonly stream: Stream };

/** What streams are made from. */
export interface StreamRoomSettings {
  readonly schema: GraphQLSchema;
  readonly createContext: (request: SubgraphRequest) => unknown;
  readonly limits: StreamLimits;
  readonly metrics: Registry;
}

/** A stream as it counts for its caller. */
interface Counted {
  /** From when on, in milliseconds since 1970, its successor counts in its place. */
  readonly until: number;
}

const longestTimerMs = 2_147_483_647;
// The gateway begins a stream anew beside the old one up to 29 s before its token ends; clocks may differ.
const renewalMs = 45_000;
const drainPollMs = 20;

function told(code: OperationalCode, message: string): GraphQLFormattedError[] {
  return [operationalError(code, message).toJSON()];
}

/** All streams of a process: who may open one, and when each ends. */
export class StreamRoom {
  readonly #settings: StreamRoomSettings;
  readonly #streams = new Set<Stream>();
  readonly #byCaller = new Map<string, Set<Counted>>();
  #isDraining = false;

  constructor(settings: StreamRoomSettings) {
    this.#settings = settings;
    const { metrics } = settings;
    const gauge = new Gauge({ name: "streams_open", help: "Subscriptions that are open", registers: [metrics] });
    gauge.set(0);
    this.#observe = () => gauge.set(this.#streams.size);
  }

  readonly #observe: () => void;

  /** What subscriptions are asked against. */
  get schema(): GraphQLSchema {
    return this.#settings.schema;
  }

  /** Streams that are open now. */
  get size(): number {
    return this.#streams.size;
  }

  /** Whether no stream is opened any more. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Opens a stream with the rights of a query by the same caller. A refusal is answered, never thrown. */
  async open(body: unknown, request: SubgraphRequest): Promise<Opened> {
    const { schema, createContext } = this.#settings;
    const { logger } = request;
    try {
      const operation = readOperation(body, schema);
      const full = this.#refusal(request.caller);
      if (full !== undefined) return { kind: "refused", errors: full };
      const sharedStream = readSharedStream(body);
      const asked = sharedStream === undefined ? request : { ...request, sharedStream };
      const parts: OperationParts = { schema, logger, createContext: () => createContext(asked) };
      return await this.#begin(parts, operation, request);
    } catch (error) {
      return { kind: "refused", errors: reportErrors([error], logger) };
    }
  }

  async #begin(parts: OperationParts, operation: Operation, { caller, logger }: SubgraphRequest): Promise<Opened> {
    // Counted before it is begun, so that those who come meanwhile see it.
    const leave = this.#enter(caller);
    try {
      const subscribed = await subscribeTo(parts, operation);
      if (subscribed.kind === "refused") {
        leave();
        return subscribed;
      }
      const stopTimer = this.#endWithToken(caller, () => stream);
      const stream: Stream = new Stream({
        source: subscribed.source,
        answer: (event) => answerEvent(parts, operation, event),
        report: (error) => reportErrors([error], logger),
        closed: () => {
          stopTimer();
          this.#streams.delete(stream);
          this.#observe();
          leave();
        },
      });
      this.#streams.add(stream);
      this.#observe();
      if (this.#isDraining) this.#sendAway(stream);
      return { kind: "open", operation, stream };
    } catch (error) {
      leave();
      throw error;
    }
  }

  #refusal({ subject }: Caller): GraphQLFormattedError[] | undefined {
    const { maxStreams, maxStreamsPerCaller } = this.#settings.limits;
    if (this.#isDraining) return told("SUBSCRIBE_AGAIN", "this process is stopping; another one serves the stream");
    if (this.#streams.size >= maxStreams) return told("TOO_MANY_STREAMS", "this process has as many streams as it may");
    if (subject === null || this.#countOf(subject) < maxStreamsPerCaller) return undefined;
    return told("TOO_MANY_STREAMS", `${maxStreamsPerCaller} streams are open for this caller; close one first`);
  }

  /** A stream and the one that it is begun anew by, with a later token, count once. */
  #countOf(subject: string): number {
    const now = Date.now();
    return [...(this.#byCaller.get(subject) ?? [])].filter(({ until }) => now < until).length;
  }

  #enter({ subject, expiresAt }: Caller): () => void {
    if (subject === null) return () => undefined;
    const renewableAt = expiresAt.getTime() - renewalMs;
    // One that begins so late ends with its user's own token: nothing follows it.
    const counted: Counted = { until: renewableAt > Date.now() ? renewableAt : Number.POSITIVE_INFINITY };
    const all = this.#byCaller.get(subject) ?? new Set();
    this.#byCaller.set(subject, all.add(counted));
    return () => {
      all.delete(counted);
      if (all.size === 0 && this.#byCaller.get(subject) === all) this.#byCaller.delete(subject);
    };
  }

  #endWithToken({ expiresAt }: Caller, stream: () => Stream): () => void {
    const inMs = Math.min(longestTimerMs, Math.max(0, expiresAt.getTime() - Date.now()));
    const message = "the token that this stream began with has ended";
    const timer = setTimeout(() => stream().end(told("IDENTITY_EXPIRED", message)), inMs);
    timer.unref();
    return () => clearTimeout(timer);
  }

  #sendAway(stream: Stream): void {
    stream.end(told("SUBSCRIBE_AGAIN", "this process is stopping; another one goes on with the stream"));
  }

  /** Ends every stream with SUBSCRIBE_AGAIN and waits until they are told, `withinMs` at most. */
  async drain(withinMs: number): Promise<void> {
    this.#isDraining = true;
    for (const stream of [...this.#streams]) this.#sendAway(stream);
    const deadline = Date.now() + withinMs;
    while (this.#streams.size > 0 && Date.now() < deadline) await sleep(drainPollMs);
  }
}
