import fastify, { type FastifyInstance } from "fastify";
import type { Registry } from "prom-client";
import type { Logger } from "../platform/runtime/logger.ts";

const bodyLimitBytes = 256 * 1024;
const loopbackHosts = new Set(["localhost", "127.0.0.1", "[::1]"]);

function isLoopback(host: string | undefined): boolean {
  return host !== undefined && loopbackHosts.has(host.replace(/:\d+$/, ""));
}

/**
 * Makes an HTTP server of the sandbox: bodies stay bytes, /health/live, /health/ready and /metrics answer, and only
 * callers on this machine's own names are served, so that no web page elsewhere can move the sandbox's money.
 * `checkReady` throws while the service cannot work; its message is shown.
 */
export function createSandboxServer(
  logger: Logger,
  metrics: Registry,
  checkReady: () => Promise<void> = async () => undefined,
): FastifyInstance {
  const app = fastify({ logger: false, bodyLimit: bodyLimitBytes, forceCloseConnections: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.addHook("onRequest", async (request, reply) => {
    const { origin, host } = request.headers;
    const isOwnPage = origin === undefined || (URL.canParse(origin) && isLoopback(new URL(origin).host));
    if (isLoopback(host) && isOwnPage) return;
    return reply.code(403).send({ error: "the sandbox serves this machine only; call it as http://localhost:<port>" });
  });
  app.addHook("onResponse", async (request, reply) => {
    logger.debug(
      { method: request.method, url: request.url, status: reply.statusCode, ms: reply.elapsedTime },
      "answered",
    );
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) logger.error({ err: error, url: request.url }, "a request failed");
    return reply.code(status).send({ error: status >= 500 ? "the sandbox failed; see its log" : error.message });
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ error: `${request.method} ${request.url} is not served here; see sandbox/README.md` }),
  );
  app.get("/health/live", async () => ({ status: "ok" }));
  app.get("/health/ready", async (_request, reply) => {
    const fault = await checkReady().then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    return fault === undefined ? { status: "ok" } : reply.code(503).send({ status: "unavailable", reason: fault });
  });
  app.get("/metrics", async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()));
  return app;
}

/** A port cannot be listened on. Its message says what to do. */
export class PortTakenError extends Error {
  override readonly name = "PortTakenError";
}

/** Listens on this machine's loopback addresses. @throws PortTakenError */
export async function listen(app: FastifyInstance, name: string, port: number): Promise<void> {
  try {
    await app.listen({ port, host: "localhost" });
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? "unknown error";
    const sentence = `${name} cannot listen on port ${port} (${reason}); stop what uses it or set another in SANDBOX_CONFIG_FILE`;
    throw new PortTakenError(sentence, { cause });
  }
}
