import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { correlationHeader, correlationIdOf } from "../../platform/runtime/correlation.ts";
import type { Logger } from "../../platform/runtime/logger.ts";
import { errorCatalogue } from "../policy/error-catalogue.ts";

const correlationIds = new WeakMap<FastifyRequest, string>();

/** The correlation id of a request: the client's own when it is acceptable, else one made at the door. */
export function correlationOf(request: FastifyRequest): string {
  const known = correlationIds.get(request);
  if (known !== undefined) return known;
  const made = correlationIdOf(request.headers);
  correlationIds.set(request, made);
  return made;
}

/** Answers with one typed GraphQL error of the catalogue; `message` replaces the catalogue's words. */
export function sendError(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  code: string,
  message?: string,
) {
  const entry = errorCatalogue.get(code);
  const extensions = { code, retryable: entry?.isRetryable ?? false, correlationId: correlationOf(request) };
  return reply
    .code(status)
    .type("application/json; charset=utf-8")
    .send(JSON.stringify({ errors: [{ message: message ?? entry?.message ?? code, extensions }] }));
}

const codeOfFastify: Readonly<Record<string, readonly [status: number, code: string, message?: string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, "PAYLOAD_TOO_LARGE"],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, "UNSUPPORTED_MEDIA_TYPE"],
  FST_ERR_CTP_INVALID_JSON_BODY: [400, "BAD_REQUEST", "the body is not JSON"],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, "BAD_REQUEST", "the body is empty"],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [400, "BAD_REQUEST", "the body's length is not what content-length says"],
};

function isUtf8(contentType: string): boolean {
  if (contentType === "application/json") return true;
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1];
  return charset === undefined || /^utf-?8$/i.test(charset);
}

function addCorrelationToErrors(body: string, correlationId: string): string {
  const parsed: unknown = JSON.parse(body);
  const errors = (parsed as { errors?: unknown }).errors;
  if (!Array.isArray(errors)) return body;
  for (const error of errors) error.extensions = { correlationId, ...error.extensions };
  return JSON.stringify(parsed);
}

/**
 * Answers everything that never becomes a GraphQL operation with a typed GraphQL error: wrong media type, charset or
 * encoding, too large, not JSON, unknown address, stopping. Each answer carries the correlation id, as header and in errors.
 */
export function addRequestGuard(http: FastifyInstance, logger: Logger, isStopping: () => boolean): void {
  http.removeContentTypeParser("text/plain");
  // Hooks with a callback: a promise for each would cost every request some turns of the loop.
  http.addHook("onRequest", (request, reply, done) => {
    reply.header(correlationHeader, correlationOf(request));
    reply.header("x-content-type-options", "nosniff");
    if (isStopping()) reply.header("connection", "close");
    const { "content-type": contentType, "content-encoding": encoding } = request.headers;
    const isUnreadable = (contentType !== undefined && !isUtf8(contentType)) || (encoding ?? "identity") !== "identity";
    if (isUnreadable) sendError(request, reply, 415, "UNSUPPORTED_MEDIA_TYPE");
    else done();
  });
  http.addHook<string>("onSend", (request, reply, payload, done) => {
    const mayLack = reply.statusCode >= 400 && request.routeOptions.url === "/graphql";
    const isJson = mayLack && typeof payload === "string" && payload.startsWith("{");
    done(null, isJson ? addCorrelationToErrors(payload, correlationOf(request)) : payload);
  });
  http.setNotFoundHandler((request, reply) => sendError(request, reply, 404, "NOT_FOUND"));
  http.setErrorHandler<FastifyError>((error, request, reply) => {
    const [status, code, message] = codeOfFastify[error.code] ?? [];
    if (status !== undefined && code !== undefined) return sendError(request, reply, status, code, message);
    if (error.statusCode !== undefined && error.statusCode < 500) {
      return sendError(request, reply, error.statusCode, "BAD_REQUEST");
    }
    logger.error({ err: error, correlationId: correlationOf(request) }, "a request failed");
    return sendError(request, reply, 500, "INTERNAL_SERVER_ERROR");
  });
}
