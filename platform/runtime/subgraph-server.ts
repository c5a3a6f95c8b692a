import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from "@as-integrations/fastify";
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { GraphQLError, type GraphQLSchema, parse } from "graphql";
import type { Registry } from "prom-client";
import { watchConnections } from "./connection-drain.ts";
import { correlationHeader, correlationIdOf } from "./correlation.ts";
import type { Logger } from "./logger.ts";
import { requestHistogram } from "./metrics.ts";
import { operationalError } from "./operational-error.ts";
import type { OrganisationTokenVerifier } from "./organisation-token.ts";
import { projectRoot } from "./project-root.ts";
import { causeOf, isUnforeseen, toReportedError } from "./reported-error.ts";
import { type ConnectionPatience, wantsEventStream, writeEventStream } from "./streams/event-stream-door.ts";
import { type StreamLimits, StreamRoom } from "./streams/stream-room.ts";
import { openWebSocketDoor } from "./streams/web-socket-door.ts";
import type { SubgraphRequest } from "./subgraph-request.ts";
import { unusableInputRefusal } from "./unusable-input.ts";

/** What a subgraph is made of. */
export interface SubgraphSettings<Context extends { readonly logger: Logger }> {
  /** Name of the organisation: its SDL is schema/subgraphs/<organisation>.graphql. */
  readonly organisation: string;
  /** The resolver map; its type is the one generated from the SDL. */
  readonly resolvers: object;
  readonly tokens: OrganisationTokenVerifier;
  /** Makes the context of one request: loaders live in it, so that nothing is shared between callers. */
  readonly createContext: (request: SubgraphRequest) => Context;
  /** Whether the process can serve: its database answers. */
  readonly isReady: () => Promise<boolean>;
  readonly logger: Logger;
  readonly metrics: Registry;
  /** Longest that a request may take to arrive, in milliseconds; 30 s unless given. Later it is answered 408 and cut. */
  readonly requestTimeoutMs?: number;
  /** Bounds of the streams; the usual ones unless given. */
  readonly streams?: Partial<StreamSettings>;
}

/** Bounds of the streams that a subgraph serves. */
export interface StreamSettings extends StreamLimits, ConnectionPatience {
  /** WebSocket connections; each carries as many streams as its caller may have. */
  readonly maxConnections: number;
  /** How long streams are waited for at shutdown, after they were told to go elsewhere. */
  readonly drainMs: number;
}

const defaultStreamSettings: StreamSettings = {
  maxStreams: 10_000,
  // Twice what one gateway lets one user have: there may be two of them.
  maxStreamsPerCaller: 128,
  maxConnections: 10_000,
  heartbeatMs: 10_000,
  stuckMs: 30_000,
  drainMs: 3_000,
};

/** A subgraph that is ready to listen. */
export interface SubgraphServer {
  readonly http: FastifyInstance;
  /** Listens on loopback (or HOST); answers the port. */
  readonly listen: (port: number) => Promise<number>;
  /** Sends streams elsewhere, finishes the requests in flight, then closes. */
  readonly close: () => Promise<void>;
}

const path = "/graphql";
const bodyLimitBytes = 1_048_576;
const defaultRequestTimeoutMs = 30_000;

/** Logs what clients are not told, under the request's correlation id. */
function faultLog<Context extends { readonly logger: Logger }>(): ApolloServerPlugin<Context> {
  return {
    requestDidStart: async () => ({
      didEncounterErrors: async ({ errors, contextValue }) => {
        for (const error of errors) {
          const cause = causeOf(error);
          if (isUnforeseen(error.extensions.code, cause)) {
            contextValue.logger.error({ err: cause, path: error.path }, "a field failed");
          }
        }
      },
    }),
  };
}

const requests = new WeakMap<FastifyRequest, SubgraphRequest>();

function requestOf(request: FastifyRequest): SubgraphRequest {
  const known = requests.get(request);
  if (known === undefined) throw operationalError("UNAUTHENTICATED", "the request was not verified");
  return known;
}

/** One line for each request under its correlation id, by which it is found in every organisation's log. */
function logAnswers(http: FastifyInstance): void {
  http.addHook("onResponse", async (request, reply) => {
    const durationMs = Math.round(reply.elapsedTime);
    requests.get(request)?.logger.info({ status: reply.statusCode, durationMs }, "answered");
  });
}

function addTokenCheck(http: FastifyInstance, tokens: OrganisationTokenVerifier, logger: Logger): void {
  http.addHook("onRequest", async (request, reply) => {
    if (request.routeOptions.url !== path) return;
    const correlationId = correlationIdOf(request.headers);
    reply.header(correlationHeader, correlationId);
    try {
      const caller = await tokens.verify(request.headers.authorization);
      requests.set(request, { caller, correlationId, logger: logger.child({ correlationId }) });
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      logger.warn({ correlationId, reason: error.message }, "a request was refused");
      return reply.code(401).send({ errors: [error.toJSON()] });
    }
  });
}

function addProbes(http: FastifyInstance, isReady: () => Promise<boolean>, metrics: Registry): void {
  const durations = requestHistogram(metrics);
  http.addHook("onResponse", async (request, reply) => {
    // A stream lasts as long as somebody looks at it.
    if (wantsEventStream(request.headers.accept)) return;
    durations.observe(
      { route: request.routeOptions.url ?? "unknown", status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    );
  });
  http.get("/health/live", async () => ({ status: "live" }));
  http.get("/health/ready", async (_request, reply) => {
    if (await isReady()) return { status: "ready" };
    return reply.code(503).send({ status: "not ready", reason: "the database does not answer" });
  });
  http.get("/metrics", async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()));
}

function openHttp(requestTimeout: number): FastifyInstance {
  return fastify({
    bodyLimit: bodyLimitBytes,
    forceCloseConnections: "idle",
    keepAliveTimeout: 75_000,
    requestTimeout,
    // Such names are dropped, so that what remains is answered in GraphQL's words.
    onProtoPoisoning: "remove",
    onConstructorPoisoning: "remove",
    // Node swaps the two when the headers' time (60 s unless given) is longer, and looks each 30 s unless told otherwise.
    http: {
      requestTimeout,
      headersTimeout: requestTimeout,
      connectionsCheckingInterval: Math.ceil(requestTimeout / 6),
    },
  });
}

function createApollo<Context extends { readonly logger: Logger }>(
  schema: GraphQLSchema,
  http: FastifyInstance,
  logger: Logger,
): ApolloServer<Context> {
  const drain: ApolloServerPlugin<Context> = fastifyApolloDrainPlugin<Context>(http);
  return new ApolloServer<Context>({
    schema,
    introspection: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    formatError: (formatted, error) => toReportedError(formatted, error),
    logger,
    plugins: [
      drain,
      faultLog(),
      unusableInputRefusal(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
    ],
  });
}

/** Takes the connection out of the framework's hands: a stream is written as its events come. */
async function answerWithEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  room: StreamRoom,
  patience: ConnectionPatience,
): Promise<void> {
  const known = requestOf(request);
  reply.hijack();
  reply.raw.setHeader(correlationHeader, known.correlationId);
  const opened = await room.open(request.body, known);
  try {
    await writeEventStream(reply.raw, opened, patience);
  } catch (error) {
    known.logger.error({ err: error }, "a stream could not be written");
    reply.raw.destroy();
  }
}

/**
 * Serves an organisation's subgraph at /graphql, with /health/live, /health/ready and /metrics beside it. Queries and
 * mutations are JSON over HTTP; subscriptions are streamed over SSE or graphql-transport-ws (docs/decisions/0012).
 * A request without a valid organisation token is answered 401 before its body is read.
 */
export async function createSubgraphServer<Context extends { readonly logger: Logger }>(
  settings: SubgraphSettings<Context>,
): Promise<SubgraphServer> {
  const { logger, createContext, metrics, tokens } = settings;
  const sdl = readFileSync(join(projectRoot, "schema", "subgraphs", `${settings.organisation}.graphql`), "utf8");
  const http = openHttp(settings.requestTimeoutMs ?? defaultRequestTimeoutMs);
  const connections = watchConnections(http.server);
  const schema = buildSubgraphSchema({ typeDefs: parse(sdl), resolvers: settings.resolvers as never });
  const apollo = createApollo<Context>(schema, http, logger);
  await apollo.start();
  addTokenCheck(http, tokens, logger);
  logAnswers(http);
  addProbes(http, settings.isReady, metrics);
  const streams: StreamSettings = { ...defaultStreamSettings, ...settings.streams };
  const room = new StreamRoom({ schema, createContext, limits: streams, metrics });
  const { maxConnections } = streams;
  const sockets = openWebSocketDoor(http.server, { path, tokens, room, patience: streams, maxConnections, logger });
  const handler = fastifyApolloHandler(apollo, { context: async (request) => createContext(requestOf(request)) });
  http.post(path, function answer(request, reply) {
    if (wantsEventStream(request.headers.accept)) return answerWithEvents(request, reply, room, streams);
    return handler.call(this, request, reply);
  });
  async function listen(port: number): Promise<number> {
    await http.listen({ port, host: process.env.HOST ?? "127.0.0.1" });
    const address = http.server.address();
    return typeof address === "object" && address !== null ? address.port : port;
  }
  return {
    http,
    listen,
    close: async () => {
      await room.drain(streams.drainMs);
      sockets.close();
      connections.start();
      await http.close();
      await apollo.stop();
    },
  };
}
