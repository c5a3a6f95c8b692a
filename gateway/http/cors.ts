import type { FastifyInstance, FastifyReply } from "fastify";

const allowedMethods = "GET, POST, OPTIONS";
const preflightSeconds = "86400";
const exposedHeaders = "x-correlation-id, retry-after";

function grant(reply: FastifyReply, origin: string): void {
  // Never `*` and never credentials: the endpoint knows callers by their Authorization header, not by cookies.
  reply.header("access-control-allow-origin", origin);
}

/**
 * Answers browsers of other origins: those in the list may call, all others get no grant (and no error: the browser refuses).
 * `*` in the list allows any origin. Source: Fetch standard, CORS protocol.
 */
export function addCors(http: FastifyInstance, origins: readonly string[]): void {
  const allowed = new Set(origins);
  const isAllowed = (origin: string) => allowed.has("*") || allowed.has(origin);

  http.addHook("onRequest", (request, reply, done) => {
    const { origin } = request.headers;
    reply.header("vary", "Origin");
    if (origin !== undefined && isAllowed(origin)) {
      grant(reply, origin);
      reply.header("access-control-expose-headers", exposedHeaders);
    }
    done();
  });

  http.options("/graphql", async (request, reply) => {
    const { origin } = request.headers;
    if (origin !== undefined && isAllowed(origin)) {
      const asked = request.headers["access-control-request-headers"];
      reply.header("access-control-allow-methods", allowedMethods);
      reply.header("access-control-max-age", preflightSeconds);
      if (typeof asked === "string") reply.header("access-control-allow-headers", asked);
    }
    return reply.code(204).send();
  });
}
