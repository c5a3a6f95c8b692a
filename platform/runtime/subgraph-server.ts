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
import type { Logger } from "./logger.ts";
import { requestHistogram } from "./metrics.ts";
import { operationalCodes, operationalError } from "./operational-error.ts";
import type { Caller, OrganisationTokenVerifier } from "./organisation-token.ts";
import { projectRoot } from "./project-root.ts";

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
// Faults of the connection to PostgreSQL, as Prisma and pg name them; a retry later may succeed.
const databaseFault = /^(P1\d{3}|P2024|P2028|P2034|ECONNREFUSED|ECONNRESET|ETIMEDOUT|08\d{3}|53\d{3}|57P0\d|57014)$/;

const unreachable = /DatabaseNotReachable|Connection terminated/;

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

function isDatabaseFault(error: unknown): boolean {
  for (let cause = error, depth = 0; depth < 5; depth += 1) {
    // By its shape: an error of another realm (a worker, a test runner) is no instance of this one's Error.
    if (typeof cause !== "object" || cause === null) return false;
    const { message, cause: next } = cause as { message?: unknown; cause?: unknown };
    if (databaseFault.test(codeOf(cause) ?? "") || unreachable.test(String(message))) return true;
    cause = next;
  }
  return false;
}

function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError !== undefined ? error.originalError : error;
}

function isUnforeseen(code: unknown, cause: unknown): boolean {
  if (typeof code === "string" && code !== "INTERNAL_SERVER_ERROR") return false;
  return !(cause instanceof Error && cause.name === "PageRequestError");
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
  const masked = isDatabaseFault(cause) ? "DATABASE_UNAVAILABLE" : "INTERNAL_SERVER_ERROR";
  const message = masked === "DATABASE_UNAVAILABLE" ? "the organisation's database does not answer" : "internal error";
  return { ...formatted, message, extensions: { code: masked, retryable: operationalCodes[masked].isRetryable } };
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

/**
 * Serves an organisation's subgraph at /graphql, with /health/live, /health/ready and /metrics beside it.
 * A request without a valid organisation token is answered 401 before its body is read.
 */
export async function createSubgraphServer<Context extends { readonly logger: Logger }>(
  settings: SubgraphSettings<Context>,
): Promise<SubgraphServer> {
  const { logger } = settings;
  const sdl = readFileSync(join(projectRoot, "schema", "subgraphs", `${settings.organisation}.graphql`), "utf8");
  const http = fastify({ bodyLimit: bodyLimitBytes, forceCloseConnections: "idle", keepAliveTimeout: 75_000 });
  const connections = watchConnections(http.server);
  const drain: ApolloServerPlugin<Context> = fastifyApolloDrainPlugin<Context>(http);
  const apollo = new ApolloServer<Context>({
    schema: buildSubgraphSchema({ typeDefs: parse(sdl), resolvers: settings.resolvers as never }),
    introspection: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    formatError: (formatted, error) => toReportedError(formatted, error),
    logger,
    plugins: [drain, faultLog(), ApolloServerPluginLandingPageDisabled(), ApolloServerPluginInlineTraceDisabled()],
  });
  await apollo.start();
  addTokenCheck(http, settings.tokens, logger);
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
