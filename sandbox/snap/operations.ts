import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { answerAsAsked } from "../control/answering.ts";
import { serveKeyRotation } from "../control/keys.ts";
import type { SnapProvider } from "../provider.ts";
import { tokenLifetimeSeconds } from "./access-tokens.ts";
import { readFields } from "./fields.ts";
import type { ReceivedRequest } from "./request-gate.ts";
import { answer, answerOfCode, type OperationName, type SnapAnswer } from "./response-codes.ts";
import { toSnapTimestamp } from "./timestamps.ts";

/** One SNAP service that the merchant calls: where, with what, and what comes of it. */
export interface Operation<Shape extends z.ZodType> {
  readonly name: OperationName;
  readonly method: "POST" | "DELETE";
  readonly path: string;
  readonly body: Shape;
  /** Decides and records in one go, without waiting for anything: two requests never interleave. */
  readonly handle: (body: z.infer<Shape>) => SnapAnswer;
}

const tokenRequestShape = z.object({ grantType: z.literal("client_credentials") });

/** Reads a fastify request as it came: the body is kept as bytes by the provider's server. */
export function received(request: FastifyRequest): ReceivedRequest {
  return {
    method: request.method,
    path: request.raw.url ?? "/",
    headers: request.headers,
    rawBody: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
  };
}

function send(
  provider: SnapProvider,
  reply: FastifyReply,
  operation: OperationName,
  { httpStatus, body }: SnapAnswer,
): void {
  provider.answered.inc({ operation, response_code: body.responseCode });
  void reply
    .code(httpStatus)
    .header("content-type", "application/json")
    .header("x-timestamp", toSnapTimestamp(provider.clock()))
    .send(JSON.stringify(body));
}

function reply(
  provider: SnapProvider,
  fastifyReply: FastifyReply,
  operation: OperationName,
  work: () => SnapAnswer,
): Promise<void> {
  const wording = {
    send: (shown: SnapAnswer) => send(provider, fastifyReply, operation, shown),
    generalError: () => answer(operation, "generalError"),
    inProgress: () => answer(operation, "inProgress"),
    ofCode: (code: string) => answerOfCode(operation, code),
  };
  return answerAsAsked(provider, fastifyReply, operation, wording, work);
}

/** Faults are answered in SNAP's words too: 500xx01, or 400xx00 when the request could not even be read. */
function faultHandler(provider: SnapProvider, operation: OperationName) {
  return (error: FastifyError, _request: FastifyRequest, fastifyReply: FastifyReply): void => {
    const isTheirs = error.statusCode !== undefined && error.statusCode < 500;
    if (!isTheirs) provider.logger.error({ err: error, operation }, "an operation failed");
    send(provider, fastifyReply, operation, answer(operation, isTheirs ? "badRequest" : "internalServerError"));
  };
}

/** Serves an operation behind the gate: signature first, then the fields, then the work; on disk before it is answered. */
export function serveOperation<Shape extends z.ZodType>(
  app: FastifyInstance,
  provider: SnapProvider,
  operation: Operation<Shape>,
): void {
  app.route({
    method: operation.method,
    url: operation.path,
    errorHandler: faultHandler(provider, operation.name),
    handler: async (request, fastifyReply) => {
      const { name } = operation;
      const incoming = received(request);
      const refusal = provider.gate.checkTransaction(incoming);
      if (refusal !== undefined) {
        send(provider, fastifyReply, name, answer(name, refusal.caseName, refusal.detail));
        return fastifyReply;
      }
      await reply(provider, fastifyReply, name, () => {
        const fields = readFields(operation.body, incoming.rawBody);
        if (!fields.ok) return answer(name, fields.refusal.caseName, fields.refusal.field);
        return operation.handle(fields.value);
      });
      return fastifyReply;
    },
  });
}

/** Serves `POST /v1.0/access-token/b2b` (73), and for tests `POST /control/revoke-tokens` and `POST /control/keys`. */
export function serveAccessToken(app: FastifyInstance, provider: SnapProvider): void {
  const name = "access-token";
  serveKeyRotation(app, provider.config);
  app.post("/control/revoke-tokens", async (_request, fastifyReply) => {
    provider.tokens.revokeAll();
    return fastifyReply.code(204).send();
  });
  app.post("/v1.0/access-token/b2b", { errorHandler: faultHandler(provider, name) }, async (request, fastifyReply) => {
    const incoming = received(request);
    const refusal = provider.gate.checkTokenRequest(incoming);
    if (refusal !== undefined) {
      send(provider, fastifyReply, name, answer(name, refusal.caseName, refusal.detail));
      return fastifyReply;
    }
    await reply(provider, fastifyReply, name, () => {
      const fields = readFields(tokenRequestShape, incoming.rawBody);
      if (!fields.ok) return answer(name, fields.refusal.caseName, fields.refusal.field);
      return answer(name, "successful", undefined, {
        accessToken: provider.tokens.issue(),
        tokenType: "Bearer",
        expiresIn: String(tokenLifetimeSeconds),
      });
    });
    return fastifyReply;
  });
}
