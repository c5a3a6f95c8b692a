import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type FormattedExecutionResult, GraphQLError } from "graphql";
import { CancellationSource, ClientGone } from "../../cancellation.ts";
import { defersOf } from "../../documents/deferred-fragments.ts";
import { assertNotCrossSite } from "../../http/cross-site.ts";
import { correlationOf } from "../../http/request-guard.ts";
import { readOperationRequest } from "../../operations/operation-request.ts";
import type { PreparedOperation } from "../../operations/prepare-operation.ts";
import type { RequestContext } from "../../request-context.ts";
import {
  answerDeferred,
  type DeferredAnswer,
  type FinishedPart,
  type PartBatch,
  type PendingPart,
} from "../deferred-answer.ts";
import { endError } from "../subscriptions.ts";
import { headerReader, type LiveDoorParts, maskErrors, maskResult } from "./door-parts.ts";
import { ResponseWriter } from "./response-writer.ts";
import { pumpStream } from "./stream-pump.ts";

// Names of the boundary: Apollo Client's for streams, the drafts' for deferred parts. Both are read from the content type.
const streamBoundary = "graphql";
const partBoundary = "-";

/** The formats of deferred parts, as clients name them in Accept; the first that a client names is taken. */
type DeferFormat = "20220824" | "v0.2";

const deferFormats: ReadonlyMap<string, DeferFormat> = new Map([
  ["deferspec=20220824", "20220824"],
  ["incrementalspec=v0.2", "v0.2"],
]);

/** What a client accepts besides a single answer. */
export interface AcceptedParts {
  readonly takesStreams: boolean;
  readonly deferFormat: DeferFormat | undefined;
}

/** Reads an Accept header. `multipart/mixed` alone says nothing of a format that could be kept to. */
export function readAcceptedParts(accept: string | undefined): AcceptedParts {
  let takesStreams = false;
  let deferFormat: DeferFormat | undefined;
  for (const type of (accept ?? "").toLowerCase().split(",")) {
    const [essence = "", ...parameters] = type.split(";").map((part) => part.trim().replaceAll('"', ""));
    // Named with a quality of 0, it is what the client does not take.
    const isRefused = parameters.some((parameter) => parameter.startsWith("q=") && Number(parameter.slice(2)) === 0);
    if (essence !== "multipart/mixed" || isRefused) continue;
    for (const parameter of parameters) {
      if (parameter === "subscriptionspec=1.0") takesStreams = true;
      deferFormat ??= deferFormats.get(parameter);
    }
  }
  return { takesStreams, deferFormat };
}

function partText(boundary: string, body: unknown): string {
  return `\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${JSON.stringify(body)}\r\n--${boundary}`;
}

function withLabel({ path, label }: PendingPart) {
  return { path, ...(label === undefined ? {} : { label }) };
}

type Mask = (part: FinishedPart) => FormattedExecutionResult;

/** Source: the proposal of 24 August 2022, as Apollo's router and client keep to it. */
const olderFormat = {
  contentType: `multipart/mixed;boundary="${partBoundary}";deferSpec=20220824`,
  first: (initial: FormattedExecutionResult, pending: readonly PendingPart[]) => ({
    ...initial,
    hasNext: pending.length > 0,
  }),
  next: ({ finished, hasNext }: PartBatch, mask: Mask) => {
    const incremental = finished.map((part) => ({ ...mask(part), ...withLabel(part) }));
    return { ...(incremental.length === 0 ? {} : { incremental }), hasNext };
  },
};

/** Source: the working draft of 2025, as graphql-js 17 makes it and Apollo Client's incrementalSpec=v0.2 names it. */
const newerFormat = {
  contentType: `multipart/mixed;boundary="${partBoundary}";incrementalSpec=v0.2`,
  first: (initial: FormattedExecutionResult, pending: readonly PendingPart[]) => ({
    ...initial,
    ...(pending.length === 0 ? {} : { pending: pending.map((part) => ({ id: part.id, ...withLabel(part) })) }),
    hasNext: pending.length > 0,
  }),
  next: ({ finished, pending, hasNext }: PartBatch, mask: Mask) => {
    const masked = finished.map((part) => ({ id: part.id, ...mask(part) }));
    const incremental = masked.filter(({ data }) => data != null);
    // A part that a null took away is completed with the reason, and has no data.
    const completed = masked.map(({ id, data, errors }) => ({ id, ...(data == null ? { errors: errors ?? [] } : {}) }));
    return {
      ...(pending.length === 0 ? {} : { pending: pending.map((part) => ({ id: part.id, ...withLabel(part) })) }),
      ...(incremental.length === 0 ? {} : { incremental }),
      ...(completed.length === 0 ? {} : { completed }),
      hasNext,
    };
  },
};

/** Streams and deferred parts as multipart/mixed, at the address of all other operations. */
class MultipartDoor {
  readonly #parts: LiveDoorParts;

  constructor(parts: LiveDoorParts) {
    this.#parts = parts;
  }

  /** Takes a request over when its client accepts parts and its operation has some; leaves every other to the usual door. */
  readonly takeOver = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    if (request.routeOptions.url !== "/graphql" || request.method !== "POST") return;
    const accepted = readAcceptedParts(request.headers.accept);
    if (!accepted.takesStreams && accepted.deferFormat === undefined) return;
    const prepared = this.#prepare(request);
    if (prepared === undefined) return;
    const isStream = prepared.operation.operation === "subscription";
    const isDeferred = !isStream && accepted.deferFormat !== undefined && defersOf(prepared.document).length > 0;
    if (isStream ? !accepted.takesStreams : !isDeferred) return;
    return this.#admitted(request, reply, (context) =>
      isStream
        ? this.#stream(request, reply, prepared, context)
        : this.#deferred(request, reply, prepared, context, accepted.deferFormat ?? "20220824"),
    );
  };

  /** The operation; undefined for what the usual door refuses in its own words. */
  #prepare({ body }: FastifyRequest): PreparedOperation | undefined {
    try {
      const preparation = this.#parts.operations.prepare(readOperationRequest(body), () => undefined);
      return "refused" in preparation ? undefined : preparation.prepared;
    } catch (error) {
      if (error instanceof GraphQLError) return undefined;
      throw error;
    }
  }

  async #admitted(
    request: FastifyRequest,
    reply: FastifyReply,
    run: (context: RequestContext) => Promise<FastifyReply>,
  ): Promise<FastifyReply> {
    const correlationId = correlationOf(request);
    try {
      assertNotCrossSite(request.headers);
      return await run(await this.#parts.admit(request.headers, correlationId));
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      return this.#refuse(reply, [error], {
        correlationId,
        principal: { kind: "anonymous" },
        logger: this.#parts.logger,
      });
    }
  }

  #refuse(reply: FastifyReply, errors: readonly GraphQLError[], context: RequestContext): FastifyReply {
    const { status, headers, result } = this.#parts.operations.refuse(errors, context);
    for (const [name, value] of headers) reply.header(name, value);
    if (status === 503 || status === 429) {
      reply.header("retry-after", String(Math.ceil(this.#parts.drain.retryMs() / 1000)));
    }
    return reply.code(status).type("application/json; charset=utf-8").send(JSON.stringify(result));
  }

  /** Source: Apollo's multipart subscriptions over HTTP, subscriptionSpec=1.0. */
  async #stream(
    request: FastifyRequest,
    reply: FastifyReply,
    prepared: PreparedOperation,
    context: RequestContext,
  ): Promise<FastifyReply> {
    const { subscriptions, drain, slowClientMs, heartbeatMs } = this.#parts;
    if (drain.isStopping) {
      const stopping = endError("SUBSCRIBE_AGAIN", context.correlationId, "the gateway is stopping");
      Object.assign(stopping.extensions, { http: { status: 503 } });
      return this.#refuse(reply, [stopping], context);
    }
    const owner = { address: request.ip, connection: { streams: 0 } };
    const header = headerReader(request.headers);
    const started = await subscriptions.subscribe(prepared, { context, header, owner });
    if ("refused" in started) return this.#refuse(reply, started.refused, context);
    const { stream } = started;
    const contentType = `multipart/mixed;boundary="${streamBoundary}";subscriptionSpec=1.0`;
    const writer = new ResponseWriter(reply, { "content-type": contentType }, slowClientMs);
    const stay = drain.add({
      leave: (retryMs) => stream.end([endError("SUBSCRIBE_AGAIN", context.correlationId, undefined, retryMs)]),
    });
    writer.onClose(() => {
      stay();
      stream.close();
    });
    // Each part ends with the boundary after it, so that a client has it whole at once.
    await writer.write(`\r\n--${streamBoundary}`);
    writer.beat(partText(streamBoundary, {}), heartbeatMs);
    await pumpStream(
      stream,
      {
        next: (payload) => writer.write(partText(streamBoundary, { payload })),
        end: (errors) => {
          const last = errors.length === 0 ? "" : partText(streamBoundary, { payload: null, errors });
          writer.end(`${last}--\r\n`);
        },
      },
      this.#parts,
      context,
    );
    return reply;
  }

  async #deferred(
    request: FastifyRequest,
    reply: FastifyReply,
    prepared: PreparedOperation,
    context: RequestContext,
    name: DeferFormat,
  ): Promise<FastifyReply> {
    const header = headerReader(request.headers);
    const planned = await prepared.version.plan({ ...prepared, context, header });
    if ("errors" in planned) return this.#refuse(reply, planned.errors, context);
    const kind = prepared.operation.operation;
    // What moves money runs to its end, whoever hangs up.
    const cancellation = kind === "query" ? new CancellationSource() : undefined;
    reply.raw.once("close", () => cancellation?.cancel());
    const answering = answerDeferred(planned.executor, {
      operation: planned.operation,
      variables: planned.variables,
      rawVariables: prepared.variables,
      context,
      idempotencyKey: planned.idempotencyKey,
      cancellation,
      tellsOwnership: false,
    });
    const answer = await answering.catch((error: unknown) => {
      if (error instanceof ClientGone) return undefined;
      throw error;
    });
    if (answer === undefined) return reply.hijack();
    const format = name === "20220824" ? olderFormat : newerFormat;
    const writer = new ResponseWriter(reply, { "content-type": format.contentType }, this.#parts.slowClientMs);
    const first = format.first(maskResult(answer.initial, kind, this.#parts, context), answer.pending);
    await writer.write(`\r\n--${partBoundary}${partText(partBoundary, first)}`);
    await this.#sendParts(answer, writer, context, (batch, mask) => format.next(batch, mask));
    return reply;
  }

  async #sendParts(
    { batches }: DeferredAnswer,
    writer: ResponseWriter,
    context: RequestContext,
    encode: (batch: PartBatch, mask: Mask) => unknown,
  ): Promise<void> {
    const mask: Mask = ({ result: { data, errors = [] } }) => ({
      data: data ?? null,
      ...(errors.length === 0 ? {} : { errors: maskErrors(errors, this.#parts, context) }),
    });
    try {
      for await (const batch of batches) {
        // Nobody reads any more; what is still being fetched for a query is cancelled.
        if (!writer.isOpen) return;
        await writer.write(partText(partBoundary, encode(batch, mask)));
      }
    } catch (error) {
      if (error instanceof ClientGone) return;
      // The first part is with the client: it can only be told that no more will come.
      context.logger.error({ err: error }, "deferred parts could not be answered");
      await writer.write(partText(partBoundary, { hasNext: false }));
    }
    writer.end("--\r\n");
  }
}

/** Lets /graphql answer in parts where the client accepts them. */
export function openMultipartDoor(http: FastifyInstance, parts: LiveDoorParts): void {
  http.addHook("preHandler", new MultipartDoor(parts).takeOver);
}
