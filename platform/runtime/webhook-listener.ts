import { type FastifyInstance, type FastifyRequest, fastify } from "fastify";
import { Counter, type Registry } from "prom-client";
import type { Clock } from "../values/instants.ts";
import { watchConnections } from "./connection-drain.ts";
import { isDatabaseFault } from "./database-fault.ts";
import type { Logger } from "./logger.ts";
import { type WebhookCode, webhookCodes } from "./webhook-codes.ts";
import { verifyWebhook, type WebhookKey } from "./webhook-signature.ts";

/** A webhook whose signature was verified. */
export interface Webhook {
  /** The sender's id of it; the same at every attempt. */
  readonly id: string;
  /** The bytes that were signed. */
  readonly body: Buffer;
}

/** What a listener for webhooks is made of. */
export interface WebhookListenerSettings {
  /** Path of the POST. */
  readonly path: string;
  /** The sender's public keys, as they are now. */
  readonly keys: () => readonly WebhookKey[];
  /** Applies a webhook; a rejection is a fault of ours, and the sender comes again. */
  readonly handle: (webhook: Webhook) => Promise<WebhookCode>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Registry;
}

/** A listener for webhooks, on a port of its own. */
export interface WebhookListener {
  readonly http: FastifyInstance;
  /** Listens on loopback (or HOST); answers the port. */
  readonly listen: (port: number) => Promise<number>;
  /** Finishes the requests in flight, then closes. */
  readonly close: () => Promise<void>;
}

const longestBodyBytes = 65_536;
const requestTimeoutMs = 10_000;
const plainJson = /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i;

function openHttp(): FastifyInstance {
  const http = fastify({
    bodyLimit: longestBodyBytes,
    forceCloseConnections: "idle",
    keepAliveTimeout: 75_000,
    requestTimeout: requestTimeoutMs,
    // Node swaps the two when the headers' time (60 s unless given) is longer, and looks each 30 s unless told otherwise.
    http: {
      requestTimeout: requestTimeoutMs,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: requestTimeoutMs / 5,
    },
  });
  // What was signed are the bytes: nothing may parse them before.
  http.removeAllContentTypeParsers();
  http.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  return http;
}

function isPlainJson({ headers }: FastifyRequest): boolean {
  return plainJson.test(headers["content-type"] ?? "") && headers["content-encoding"] === undefined;
}

/**
 * Serves one path for one sender's webhooks. Answers a code of the catalogue to everything; nothing unverified is parsed.
 * Metrics: `webhooks_total` by code and by the id of the key that signed, so that an old key is seen to be out of use.
 */
export function createWebhookListener(settings: WebhookListenerSettings): WebhookListener {
  const { logger, clock } = settings;
  const http = openHttp();
  const connections = watchConnections(http.server);
  const counter = new Counter({
    name: "webhooks_total",
    help: "Webhooks by code and by the key that signed them",
    labelNames: ["code", "kid"],
    registers: [settings.metrics],
  });

  function report(code: WebhookCode, kid: string, id?: string): { status: number; body: object } {
    const { status } = webhookCodes[code];
    counter.inc({ code, kid });
    logger[status < 300 ? "debug" : "warn"]({ code, kid, id }, "webhook answered");
    return { status, body: { code } };
  }
  async function answer(request: FastifyRequest): Promise<{ status: number; body: object }> {
    if (!isPlainJson(request)) return report("UNSUPPORTED_MEDIA_TYPE", "");
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const verified = verifyWebhook(settings.keys(), request.headers, body, clock());
    if (!verified.ok) return report(verified.refusal, "");
    const { id, kid } = verified.value;
    try {
      return report(await settings.handle({ id, body }), kid, id);
    } catch (error) {
      const isFault = isDatabaseFault(error);
      if (!isFault) logger.error({ err: error, id }, "a webhook could not be applied");
      return report(isFault ? "DATABASE_UNAVAILABLE" : "INTERNAL_ERROR", kid, id);
    }
  }
  http.post(settings.path, async (request, reply) => {
    const { status, body } = await answer(request);
    return reply.code(status).send(body);
  });
  http.setErrorHandler((error: Error & { readonly code?: string }, _request, reply) => {
    const isTooLong = error.code === "FST_ERR_CTP_BODY_TOO_LARGE";
    if (!isTooLong) logger.warn({ err: error }, "a request to the webhooks' port could not be read");
    const { status, body } = report(isTooLong ? "BODY_TOO_LARGE" : "MALFORMED", "");
    void reply.code(status).send(body);
  });
  http.setNotFoundHandler((_request, reply) => {
    const { status, body } = report("NOT_FOUND", "");
    void reply.code(status).send(body);
  });
  return {
    http,
    listen: async (port) => {
      await http.listen({ port, host: process.env.HOST ?? "127.0.0.1" });
      const address = http.server.address();
      return typeof address === "object" && address !== null ? address.port : port;
    },
    close: async () => {
      connections.start();
      await http.close();
    },
  };
}
