import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import type { Cancellation } from "../../cancellation.ts";
import { assertNotCrossSite } from "../../http/cross-site.ts";
import { correlationOf } from "../../http/request-guard.ts";
import type { OperationAnswer } from "../../operations/answer.ts";
import { BadRequest } from "../../operations/bad-request.ts";
import {
  type OperationRequest,
  readOperationRequest,
  readSearchParameters,
} from "../../operations/operation-request.ts";
import type { PreparedOperation } from "../../operations/prepare-operation.ts";
import { refusal } from "../../policy/refusal.ts";
import type { Principal, RequestContext } from "../../request-context.ts";
import { type ConnectionCount, OpenStreams, type StreamLimits } from "../stream-limits.ts";
import type { Subscribed } from "../subscriptions.ts";
import { headerReader, type LiveDoorParts, maskErrors } from "./door-parts.ts";
import { type ReservedOperation, ReservedStream } from "./reserved-stream.ts";
import { ResponseWriter } from "./response-writer.ts";
import { pumpStream, type StreamWriter } from "./stream-pump.ts";

/** Where streams are asked for over server-sent events. */
export const streamAddress = "/graphql/stream";

const tokenHeader = "x-graphql-event-stream-token";
const claimMs = 30_000;
const comment = ":\n\n";
const inStreamStatus = 400;
const unknownToken =
  "there is no stream of this token; reserve one with PUT, open it within 30 seconds, and keep it open";

/** What the door needs beside the other doors. */
export interface StreamDoorParts extends LiveDoorParts {
  /** Event streams, reserved or open, are counted by the same bounds as the subscriptions that run on them. */
  readonly limits: StreamLimits;
}

/** An operation that runs, or why it does not. */
type Started = Subscribed | { readonly answer: () => Promise<OperationAnswer> };

function eventText(event: "next" | "complete", data: unknown): string {
  return `event: ${event}\ndata: ${data === undefined ? "" : JSON.stringify(data)}\n\n`;
}

function isSame(a: Principal, b: Principal): boolean {
  if (a.kind === "anonymous" || b.kind === "anonymous") return a.kind === b.kind;
  return a.issuer === b.issuer && a.subject === b.subject;
}

/** When to come back, as the standard has it, where the reason for the end says so. */
function retryText(errors: readonly GraphQLFormattedError[]): string {
  const afterMs = errors.map(({ extensions }) => extensions?.retryAfterMs).find((ms) => typeof ms === "number");
  return afterMs === undefined ? "" : `retry: ${afterMs}\n`;
}

function statusOf(errors: readonly GraphQLError[]): number {
  const [http] = errors.map(({ extensions }) => extensions.http as { status?: number } | undefined);
  return http?.status ?? inStreamStatus;
}

const carriesAll = () => undefined;

/** Operations over server-sent events: graphql-sse, in distinct connections mode and in single connection mode. */
class StreamDoor {
  readonly #parts: StreamDoorParts;
  readonly #open: OpenStreams;
  readonly #reserved = new Map<string, ReservedStream>();

  constructor(parts: StreamDoorParts) {
    this.#parts = parts;
    this.#open = new OpenStreams(parts.limits);
  }

  readonly handle = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const correlationId = correlationOf(request);
    let context: RequestContext | undefined;
    try {
      const token = this.#tokenOf(request);
      if (token === undefined && request.method !== "PUT") assertNotCrossSite(request.headers);
      if (this.#parts.drain.isStopping) throw this.#stopping(correlationId, reply);
      context = await this.#parts.admit(request.headers, correlationId);
      return await this.#route(request, reply, context, token);
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      return this.#refuse(
        reply,
        [error],
        context ?? { correlationId, principal: { kind: "anonymous" }, logger: this.#parts.logger },
      );
    }
  };

  #stopping(correlationId: string, reply: FastifyReply): GraphQLError {
    reply.header("retry-after", String(Math.ceil(this.#parts.drain.retryMs() / 1000)));
    return refusal("SUBSCRIBE_AGAIN", { status: 503, correlationId, message: "the gateway is stopping" });
  }

  #tokenOf({ headers, query }: FastifyRequest): string | undefined {
    const given = headers[tokenHeader] ?? (query as Record<string, unknown>).token;
    return typeof given === "string" && given !== "" ? given : undefined;
  }

  #route(request: FastifyRequest, reply: FastifyReply, context: RequestContext, token: string | undefined) {
    const isStream = request.headers.accept?.includes("text/event-stream") === true;
    if (request.method === "PUT") return this.#reserve(request, reply, context);
    if (token === undefined) {
      if (isStream && request.method !== "DELETE") return this.#distinct(request, reply, context);
      throw new BadRequest("send accept: text/event-stream, or the token of a reserved stream", 406);
    }
    const reserved = this.#reserved.get(token);
    const { correlationId } = context;
    if (reserved === undefined) throw refusal("NOT_FOUND", { status: 404, correlationId, message: unknownToken });
    // Whatever the method: the token may have been read by others, as in the address of a request.
    if (!isSame(reserved.principal, context.principal)) {
      const message = "another identity has reserved this stream; send the authorization that it was reserved with";
      throw refusal("FORBIDDEN", { status: 403, correlationId, message });
    }
    if (request.method === "DELETE") return this.#complete(request, reply, reserved);
    if (isStream) return this.#openReserved(reply, reserved, token);
    return this.#run(request, reply, context, reserved);
  }

  #refuse(reply: FastifyReply, errors: readonly GraphQLError[], context: RequestContext): FastifyReply {
    const { status, headers, result } = this.#parts.operations.refuse(errors, context);
    for (const [name, value] of headers) reply.header(name, value);
    if ((status === 503 || status === 429) && !reply.hasHeader("retry-after")) {
      reply.header("retry-after", String(Math.ceil(this.#parts.drain.retryMs() / 1000)));
    }
    return reply.code(status).type("application/json; charset=utf-8").send(JSON.stringify(result));
  }

  #read(request: FastifyRequest): OperationRequest {
    if (request.method !== "GET") return readOperationRequest(request.body);
    const start = request.url.indexOf("?");
    return readSearchParameters(new URLSearchParams(start < 0 ? "" : request.url.slice(start)));
  }

  #prepare(request: FastifyRequest): PreparedOperation | readonly GraphQLError[] {
    const preparation = this.#parts.operations.prepare(this.#read(request), (kind) =>
      request.method === "GET" && kind === "mutation"
        ? new BadRequest("GET requests cannot carry a mutation", 405, [["allow", "POST"]])
        : carriesAll(),
    );
    return "refused" in preparation ? preparation.refused : preparation.prepared;
  }

  #writer(reply: FastifyReply): ResponseWriter {
    const { slowClientMs, heartbeatMs, drain } = this.#parts;
    const writer = new ResponseWriter(reply, { "content-type": "text/event-stream; charset=utf-8" }, slowClientMs);
    void writer.write(comment);
    writer.beat(comment, heartbeatMs);
    // Without `complete`: the protocol's clients then subscribe again by themselves, when they are told to.
    const stay = drain.add({ leave: (retryMs) => writer.end(`retry: ${retryMs}\n\n`) });
    writer.onClose(stay);
    return writer;
  }

  /** Counts an event stream of the client's; answers how to count it out. @throws TOO_MANY_STREAMS */
  #enter(request: FastifyRequest, { principal, correlationId }: RequestContext): () => void {
    const leave = this.#open.enter({ principal, address: request.ip, connection: { streams: 0 } });
    if (leave === undefined) throw refusal("TOO_MANY_STREAMS", { status: 429, correlationId });
    return leave;
  }

  async #distinct(request: FastifyRequest, reply: FastifyReply, context: RequestContext): Promise<unknown> {
    const leave = this.#enter(request, context);
    let started: Started;
    try {
      started = await this.#start(request, context, { streams: 0 });
    } catch (error) {
      leave();
      throw error;
    }
    if ("refused" in started && statusOf(started.refused) !== inStreamStatus) {
      leave();
      return this.#refuse(reply, started.refused, context);
    }
    const writer = this.#writer(reply);
    writer.onClose(leave);
    if ("stream" in started) writer.onClose(() => started.stream.close());
    await this.#send(started, context, {
      next: (result) => writer.write(eventText("next", result)),
      end: (errors) => writer.end(`${retryText(errors)}${eventText("complete", undefined)}`),
    });
    return reply;
  }

  /** Begins a stream, or makes ready to run a query or mutation. */
  async #start(
    request: FastifyRequest,
    context: RequestContext,
    connection: ConnectionCount,
    cancellation?: Cancellation,
  ): Promise<Started> {
    const prepared = this.#prepare(request);
    if (!("operation" in prepared)) return { refused: prepared };
    const header = headerReader(request.headers);
    if (prepared.operation.operation === "subscription") {
      const owner = { address: request.ip, connection };
      return this.#parts.subscriptions.subscribe(prepared, { context, header, owner });
    }
    return { answer: () => this.#parts.operations.run(prepared, { context, header, cancellation }) };
  }

  async #send(started: Started, context: RequestContext, writer: StreamWriter): Promise<void> {
    if ("stream" in started) {
      await pumpStream(
        started.stream,
        {
          next: writer.next,
          end: async (errors) => {
            if (errors.length > 0) await writer.next({ errors });
            await writer.end(errors);
          },
        },
        this.#parts,
        context,
      );
      return;
    }
    if ("answer" in started) await writer.next((await started.answer()).result);
    else await writer.next({ errors: maskErrors(started.refused, this.#parts, context) });
    await writer.end([]);
  }

  #reserve(request: FastifyRequest, reply: FastifyReply, context: RequestContext): FastifyReply {
    const leave = this.#enter(request, context);
    const token = randomUUID();
    const reserved = new ReservedStream(context.principal, this.#parts.limits.streamsPerConnection);
    this.#reserved.set(token, reserved);
    const unclaimed = setTimeout(() => this.#forget(token), claimMs);
    unclaimed.unref();
    void reserved.opened.then((writer) => {
      clearTimeout(unclaimed);
      if (writer === undefined) leave();
      else writer.onClose(leave);
    });
    return reply.code(201).type("text/plain; charset=utf-8").send(token);
  }

  #forget(token: string): void {
    this.#reserved.get(token)?.close();
    this.#reserved.delete(token);
  }

  #openReserved(reply: FastifyReply, reserved: ReservedStream, token: string): FastifyReply {
    reserved.claim();
    const writer = this.#writer(reply);
    reserved.open(writer);
    writer.onClose(() => this.#forget(token));
    return reply;
  }

  async #run(request: FastifyRequest, reply: FastifyReply, context: RequestContext, reserved: ReservedStream) {
    const { operationId: id } = this.#read(request).extensions ?? {};
    if (typeof id !== "string" || id === "") throw new BadRequest("extensions.operationId is missing");
    const operation = reserved.enter(id);
    if (operation === undefined) {
      throw refusal("TOO_MANY_STREAMS", { status: 429, correlationId: context.correlationId });
    }
    let started: Started;
    try {
      started = await this.#start(request, context, reserved.connection, operation.cancellation);
    } catch (error) {
      reserved.leave(id, operation);
      throw error;
    }
    if ("stream" in started) operation.hold(started.stream);
    if ("refused" in started && statusOf(started.refused) !== inStreamStatus) {
      reserved.leave(id, operation);
      return this.#refuse(reply, started.refused, context);
    }
    void this.#answer(id, operation, started, context, reserved).finally(() => reserved.leave(id, operation));
    return reply.code(202).send();
  }

  async #answer(
    id: string,
    operation: ReservedOperation,
    started: Started,
    context: RequestContext,
    reserved: ReservedStream,
  ): Promise<void> {
    const writer = await reserved.opened;
    if (writer === undefined) return;
    // A client that has completed it itself hears no more of it.
    const write = async (text: string) => {
      if (operation.isWanted) await writer.write(text);
    };
    const send = async () => {
      if (!operation.isWanted) return;
      await this.#send(started, context, {
        next: (payload) => write(eventText("next", { id, payload })),
        end: () => write(eventText("complete", { id })),
      });
    };
    if ("answer" in started) await reserved.inTurn(send);
    else await send();
  }

  #complete({ query }: FastifyRequest, reply: FastifyReply, reserved: ReservedStream): FastifyReply {
    const { operationId: id } = query as Record<string, unknown>;
    if (typeof id !== "string") throw new BadRequest("operationId is missing");
    reserved.complete(id);
    return reply.code(200).send();
  }
}

/** Opens the door at /graphql/stream. */
export function openStreamDoor(http: FastifyInstance, parts: StreamDoorParts): void {
  http.route({ url: streamAddress, method: ["GET", "POST", "PUT", "DELETE"], handler: new StreamDoor(parts).handle });
}
