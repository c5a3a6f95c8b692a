import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from "@as-integrations/fastify";
import { type FastifyInstance, type FastifyRequest, fastify } from "fastify";
import { GraphQLError, type GraphQLFormattedError, parse } from "graphql";
import type { Registry } from "prom-client";
import { watchConnections } from "./connection-drain.ts";
import { correlationHeader, correlationIdOf } from "./correlation.ts";
import { CommitLostError, isDatabaseFault } from "./database-fault.ts";
import type { Logger } from "./logger.ts";
import { requestHistogram } from "./metrics.ts";
import { type OperationalCode, operationalCodes, operationalError } from "./operational-error.ts";
import type { Caller, OrganisationTokenVerifier } from "./organisation-token.ts";
import { projectRoot } from "./project-root.ts";
import { unusableInputRefusal } from "./unusable-input.ts";

/** What every subgraph knows of a request before its own context is made. */
export interface SubgraphRequest {
  readonly caller: Caller;
  /** Follows one client request through every organisation's log. */
  readonly correlationId: string;
  readonly logger: Logger;
}

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
}

/** A subgraph that is ready to listen. */
export interface SubgraphServer {
  readonly http: FastifyInstance;
  /** Listens on loopback (or HOST); answers the port. */
  readonly listen: (port: number) => Promise<number>;
  /** Finishes the requests in flight, then closes. */
  readonly close: () => Promise<void>;
}

const bodyLimitBytes = 1_048_576;
const defaultRequestTimeoutMs = 30_000;

function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError !== undefined ? error.originalError : error;
}

function isUnforeseen(code: unknown, cause: unknown): boolean {
  if (typeof code === "string" && code !== "INTERNAL_SERVER_ERROR") return false;
  return !(cause instanceof Error && cause.name === "PageRequestError");
}

const maskedWords = {
  OUTCOME_UNKNOWN: "the organisation's database fell silent while the change was being made; it may or may not be",
  DATABASE_UNAVAILABLE: "the organisation's database does not answer",
  INTERNAL_SERVER_ERROR: "internal error",
} as const satisfies Partial<Record<OperationalCode, string>>;

function maskedCodeOf(cause: unknown): keyof typeof maskedWords {
  if (cause instanceof CommitLostError) return "OUTCOME_UNKNOWN";
  return isDatabaseFault(cause) ? "DATABASE_UNAVAILABLE" : "INTERNAL_SERVER_ERROR";
}

/** What the gateway is told of an error: a code of the catalogue, and words only where they are ours. */
export function toReportedError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const cause = causeOf(error);
  const code = formatted.extensions?.code;
  if (typeof code === "string" && code !== "INTERNAL_SERVER_ERROR") {
    return { ...formatted, extensions: { code, retryable: formatted.extensions?.retryable === true } };
  }
  if (cause instanceof Error && !isUnforeseen(code, cause)) {
    return { ...formatted, message: cause.message, extensions: { code: "BAD_USER_INPUT", retryable: false } };
  }
  const masked = maskedCodeOf(cause);
  const extensions = { code: masked, retryable: operationalCodes[masked].isRetryable };
  return { ...formatted, message: maskedWords[masked], extensions };
}

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
    if (request.routeOptions.url !== "/graphql") return;
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

/**
 * Serves an organisation's subgraph at /graphql, with /health/live, /health/ready and /metrics beside it.
 * A request without a valid organisation token is answered 401 before its body is read.
 */
export async function createSubgraphServer<Context extends { readonly logger: Logger }>(
  settings: SubgraphSettings<Context>,
): Promise<SubgraphServer> {
  const { logger } = settings;
  const sdl = readFileSync(join(projectRoot, "schema", "subgraphs", `${settings.organisation}.graphql`), "utf8");
  const http = openHttp(settings.requestTimeoutMs ?? defaultRequestTimeoutMs);
  const connections = watchConnections(http.server);
  const drain: ApolloServerPlugin<Context> = fastifyApolloDrainPlugin<Context>(http);
  const apollo = new ApolloServer<Context>({
    schema: buildSubgraphSchema({ typeDefs: parse(sdl), resolvers: settings.resolvers as never }),
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
  await apollo.start();
  addTokenCheck(http, settings.tokens, logger);
  logAnswers(http);
  addProbes(http, settings.isReady, settings.metrics);
  http.route({
    url: "/graphql",
    method: "POST",
    handler: fastifyApolloHandler(apollo, { context: async (request) => settings.createContext(requestOf(request)) }),
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
      connections.start();
      await http.close();
      await apollo.stop();
    },
  };
}
