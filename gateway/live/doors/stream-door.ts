import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GraphQLError } from "graphql";
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
import type { ConnectionCount } from "../stream-limits.ts";
import type { ClientStream, Subscribed } from "../subscriptions.ts";
import { headerReader, type LiveDoorParts, maskErrors } from "./door-parts.ts";
import { ResponseWriter } from "./response-writer.ts";
import { pumpStream, type StreamWriter } from "./stream-pump.ts";

/** Where streams are asked for over server-sent events. */
export const streamAddress = "/graphql/stream";

const tokenHeader = "x-graphql-event-stream-token";
const claimMs = 30_000;
const comment = ":\n\n";
const inStreamStatus = 400;

/** Everything that runs on one connection of the single connection mode. */
interface Reserved {
  readonly principal: Principal;
  readonly connection: ConnectionCount;
  /** Undefined for an operation that is being begun. */
  readonly running: Map<string, ClientStream | undefined>;
  readonly opened: Promise<ResponseWriter>;
  readonly open: (writer: ResponseWriter) => void;
  readonly timer: NodeJS.Timeout;
  isOpen: boolean;
}

/** An operation that runs, or why it does not. */
type Started = Subscribed | { readonly answer: Promise<OperationAnswer> };

function eventText(event: "next" | "complete", data: unknown): string {
  return `event: ${event}\ndata: ${data === undefined ? "" : JSON.stringify(data)}\n\n`;
}

function isSame(a: Principal, b: Principal): boolean {
  if (a.kind === "anonymous" || b.kind === "anonymous") return a.kind === b.kind;
  return a.issuer === b.issuer && a.subject === b.subject;
}

function statusOf(errors: readonly GraphQLError[]): number {
  const [http] = errors.map(({ extensions }) => extensions.http as { status?: number } | undefined);
  return http?.status ?? inStreamStatus;
}

function conflict(message: string): BadRequest {
  return new BadRequest(message, 409);
}

const carriesAll = () => undefined;

/** Operations over server-sent events: graphql-sse, in distinct connections mode and in single connection mode. */
class StreamDoor {
  readonly #parts: LiveDoorParts;
  readonly #reserved = new Map<string, Reserved>();

  constructor(parts: LiveDoorParts) {
    this.#parts = parts;
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
    if (request.method === "PUT") return this.#reserve(reply, context);
    if (token === undefined) {
      if (isStream && request.method !== "DELETE") return this.#distinct(request, reply, context);
      throw new BadRequest("send accept: text/event-stream, or the token of a reserved stream", 406);
    }
    const reserved = this.#reserved.get(token);
    if (reserved === undefined) throw new BadRequest("there is no stream of this token", 404);
    if (request.method === "DELETE") return this.#complete(request, reply, reserved);
    if (isStream) return this.#open(reply, reserved, token);
    if (!isSame(reserved.principal, context.principal)) {
      throw refusal("FORBIDDEN", { status: 403, correlationId: context.correlationId });
    }
    return this.#run(request, reply, context, reserved);
  }

  #refuse(reply: FastifyReply, errors: readonly GraphQLError[], context: RequestContext): FastifyReply {
    const { status, headers, result } = this.#parts.operations.refuse(errors, context);
    for (const [name, value] of headers) reply.header(name, value);
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

  async #distinct(request: FastifyRequest, reply: FastifyReply, context: RequestContext): Promise<unknown> {
    const started = await this.#start(request, context, { streams: 0 });
    if ("refused" in started && statusOf(started.refused) !== inStreamStatus) {
      return this.#refuse(reply, started.refused, context);
    }
    const writer = this.#writer(reply);
    if ("stream" in started) writer.onClose(() => started.stream.close());
    await this.#send(started, context, {
      next: (result) => writer.write(eventText("next", result)),
      end: () => writer.end(eventText("complete", undefined)),
    });
    return reply;
  }

  /** Runs a query or mutation, or begins a stream. */
  async #start(request: FastifyRequest, context: RequestContext, connection: ConnectionCount): Promise<Started> {
    const prepared = this.#prepare(request);
    if (!("operation" in prepared)) return { refused: prepared };
    const header = headerReader(request.headers);
    if (prepared.operation.operation === "subscription") {
      const owner = { address: request.ip, connection };
      return this.#parts.subscriptions.subscribe(prepared, { context, header, owner });
    }
    return { answer: this.#parts.operations.run(prepared, { context, header }) };
  }

  async #send(started: Started, context: RequestContext, writer: StreamWriter): Promise<void> {
    if ("stream" in started) {
      await pumpStream(
        started.stream,
        {
          next: writer.next,
          end: async (errors) => {
            if (errors.length > 0) await writer.next({ errors });
            await writer.end([]);
          },
        },
        this.#parts,
        context,
      );
      return;
    }
    if ("answer" in started) await writer.next((await started.answer).result);
    else await writer.next({ errors: maskErrors(started.refused, this.#parts, context) });
    await writer.end([]);
  }

  #reserve(reply: FastifyReply, { principal }: RequestContext): FastifyReply {
    const token = randomUUID();
    let open: (writer: ResponseWriter) => void = () => undefined;
    const opened = new Promise<ResponseWriter>((resolve) => {
      open = resolve;
    });
    const timer = setTimeout(() => this.#forget(token), claimMs);
    timer.unref();
    const connection = { streams: 0 };
    this.#reserved.set(token, { principal, connection, running: new Map(), opened, open, timer, isOpen: false });
    return reply.code(201).type("text/plain; charset=utf-8").send(token);
  }

  #forget(token: string): void {
    const reserved = this.#reserved.get(token);
    if (reserved === undefined) return;
    this.#reserved.delete(token);
    clearTimeout(reserved.timer);
    for (const stream of reserved.running.values()) stream?.close();
    reserved.running.clear();
  }

  #open(reply: FastifyReply, reserved: Reserved, token: string): FastifyReply {
    if (reserved.isOpen) throw conflict("the stream is open already");
    reserved.isOpen = true;
    clearTimeout(reserved.timer);
    const writer = this.#writer(reply);
    writer.onClose(() => this.#forget(token));
    reserved.open(writer);
    return reply;
  }

  async #run(request: FastifyRequest, reply: FastifyReply, context: RequestContext, reserved: Reserved) {
    const { operationId: id } = this.#read(request).extensions ?? {};
    if (typeof id !== "string" || id === "") throw new BadRequest("extensions.operationId is missing");
    const { running } = reserved;
    if (running.has(id)) throw conflict("an operation of this id is running");
    running.set(id, undefined);
    const started = await this.#start(request, context, reserved.connection).catch((error: unknown) => {
      running.delete(id);
      throw error;
    });
    const isGone = !running.has(id);
    if ("stream" in started) {
      if (isGone) started.stream.close();
      else running.set(id, started.stream);
    }
    if ("refused" in started && statusOf(started.refused) !== inStreamStatus) {
      running.delete(id);
      return this.#refuse(reply, started.refused, context);
    }
    if (!isGone) void this.#answer(id, started, context, reserved);
    return reply.code(202).send();
  }

  async #answer(id: string, started: Started, context: RequestContext, { opened, running }: Reserved): Promise<void> {
    const writer = await opened;
    await this.#send(started, context, {
      next: (payload) => writer.write(eventText("next", { id, payload })),
      end: async () => {
        // A client that has completed it itself hears no more of it.
        if (running.delete(id)) await writer.write(eventText("complete", { id }));
      },
    });
  }

  #complete({ query }: FastifyRequest, reply: FastifyReply, { running }: Reserved): FastifyReply {
    const { operationId: id } = query as Record<string, unknown>;
    if (typeof id !== "string") throw new BadRequest("operationId is missing");
    const stream = running.get(id);
    running.delete(id);
    stream?.close();
    return reply.code(200).send();
  }
}

/** Opens the door at /graphql/stream. */
export function openStreamDoor(http: FastifyInstance, parts: LiveDoorParts): void {
  http.route({ url: streamAddress, method: ["GET", "POST", "PUT", "DELETE"], handler: new StreamDoor(parts).handle });
}
