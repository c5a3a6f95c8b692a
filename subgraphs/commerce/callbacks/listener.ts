import { type FastifyInstance, type FastifyRequest, fastify } from "fastify";
import { Counter, type Registry } from "prom-client";
import type { Logger } from "../../../platform/runtime/logger.ts";
import type { CallbackAnswer } from "../domain/notification.ts";
import type { CallbackRoute, Page } from "./route.ts";

/** The listener that providers call. */
export interface CallbackListener {
  readonly http: FastifyInstance;
  /** Listens on loopback (or HOST); answers the port. */
  readonly listen: (port: number) => Promise<number>;
  /** Finishes the requests in flight, then closes. */
  readonly close: () => Promise<void>;
}

const longestBodyBytes = 65_536;
const handlingMs = 15_000;

/** Path of the page that a wallet sends the buyer's browser back to. It says nothing about the payment. */
export const returnPagePath = "/payment/return";

const returnPage = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Etalase</title>
<p>Thank you. You can close this page; your order shows whether the payment has arrived.</p></html>`;

function bodyOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

function servePages(http: FastifyInstance, pages: readonly Page[]): void {
  for (const { path, handle } of pages) {
    http.get<{ Params: Record<string, string>; Querystring: Record<string, unknown> }>(path, async (request, reply) => {
      const { status, headers, body } = await handle(request.params, request.query);
      return reply.code(status).headers(headers).send(body);
    });
  }
}

/**
 * Serves the call-backs of providers and the pages that browsers read of commerce, on a port of their own: nothing of the
 * GraphQL API is here. Bodies reach the routes as the bytes that were received. Metric: `callbacks_total` by route and response code.
 */
export function createCallbackListener(
  routes: readonly CallbackRoute[],
  logger: Logger,
  metrics: Registry,
  pages: readonly Page[] = [],
): CallbackListener {
  const http = fastify({
    bodyLimit: longestBodyBytes,
    forceCloseConnections: "idle",
    connectionTimeout: handlingMs * 2,
    requestTimeout: handlingMs,
    // Node swaps the two when the headers' time (60 s unless given) is longer, and looks each 30 s unless told otherwise.
    http: { requestTimeout: handlingMs, headersTimeout: handlingMs, connectionsCheckingInterval: handlingMs / 5 },
  });
  const counter = new Counter({
    name: "callbacks_total",
    help: "Call-backs of providers by route and response code",
    labelNames: ["route", "code"],
    registers: [metrics],
  });
  http.removeAllContentTypeParsers();
  http.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  function report(route: CallbackRoute, answer: CallbackAnswer): CallbackAnswer {
    const code = String(answer.body.responseCode ?? answer.status);
    counter.inc({ route: route.name, code });
    logger[answer.status >= 500 ? "error" : "info"]({ route: route.name, code }, "call-back answered");
    return answer;
  }

  for (const route of routes) {
    http.post(route.path, {
      errorHandler: (error, _request, reply) => {
        const isTooLong = error.code === "FST_ERR_CTP_BODY_TOO_LARGE";
        if (!isTooLong) logger.error({ err: error, route: route.name }, "a call-back could not be handled");
        const answer = report(route, isTooLong ? route.tooLong : route.fault);
        void reply.code(answer.status).send(answer.body);
      },
      handler: async (request, reply) => {
        const { method, headers } = request;
        const path = request.raw.url ?? route.path;
        const answer = report(route, await route.handle({ method, path, headers, body: bodyOf(request) }));
        return reply.code(answer.status).send(answer.body);
      },
    });
  }
  servePages(http, pages);
  http.get(returnPagePath, async (_request, reply) => reply.type("text/html; charset=utf-8").send(returnPage));

  return {
    http,
    listen: async (port) => {
      await http.listen({ port, host: process.env.HOST ?? "127.0.0.1" });
      const address = http.server.address();
      return typeof address === "object" && address !== null ? address.port : port;
    },
    close: () => http.close(),
  };
}
