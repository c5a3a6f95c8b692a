import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Behaviour } from "../control/behaviours.ts";
import type { Provider } from "../provider.ts";
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
  provider: Provider,
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

/** What is sent when the work is done but a test wants the merchant to hear something else; undefined: nothing at all. */
function distort(operation: OperationName, behaviour: Behaviour, truth: SnapAnswer): SnapAnswer | undefined {
  const asked = behaviour.responseCode === undefined ? undefined : answerOfCode(operation, behaviour.responseCode);
  if (behaviour.behaviour === "in-progress") return answer(operation, "inProgress");
  if (behaviour.behaviour === "fail") return asked ?? answer(operation, "generalError");
  if (behaviour.behaviour === "late") return truth;
  return undefined;
}

async function reply(
  provider: Provider,
  fastifyReply: FastifyReply,
  operation: OperationName,
  work: () => SnapAnswer,
): Promise<void> {
  const behaviour = provider.behaviours.take(operation);
  if (behaviour?.behaviour === "refuse" && behaviour.responseCode !== undefined) {
    await provider.book.flush();
    send(provider, fastifyReply, operation, answerOfCode(operation, behaviour.responseCode) ?? work());
    return;
  }
  const truth = behaviour === undefined || behaviour.work ? work() : answer(operation, "generalError");
  await provider.book.flush();
  if (behaviour === undefined) {
    send(provider, fastifyReply, operation, truth);
    return;
  }
  provider.logger.info({ operation, behaviour: behaviour.behaviour }, "a test asked for this");
  if (behaviour.delayMs > 0) await provider.sleep(behaviour.delayMs);
  const shown = distort(operation, behaviour, truth);
  if (shown !== undefined) send(provider, fastifyReply, operation, shown);
  else if (behaviour.behaviour === "drop") fastifyReply.hijack().raw.destroy();
  else provider.keepSilent(fastifyReply.hijack().raw);
}

/** Faults are answered in SNAP's words too: 500xx01, or 400xx00 when the request could not even be read. */
function faultHandler(provider: Provider, operation: OperationName) {
  return (error: FastifyError, _request: FastifyRequest, fastifyReply: FastifyReply): void => {
    const isTheirs = error.statusCode !== undefined && error.statusCode < 500;
    if (!isTheirs) provider.logger.error({ err: error, operation }, "an operation failed");
    send(provider, fastifyReply, operation, answer(operation, isTheirs ? "badRequest" : "internalServerError"));
  };
}

/** Serves an operation behind the gate: signature first, then the fields, then the work; on disk before it is answered. */
export function serveOperation<Shape extends z.ZodType>(
  app: FastifyInstance,
  provider: Provider,
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

/** Serves `POST /v1.0/access-token/b2b` (73). */
export function serveAccessToken(app: FastifyInstance, provider: Provider): void {
  const name = "access-token";
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
