import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { ProcessorConfig } from "../config.ts";
import { answerAsAsked } from "../control/answering.ts";
import { processorCode } from "../control/behaviours.ts";
import type { ProcessorOperation } from "../operation-names.ts";
import type { Provider } from "../provider.ts";
import type { SettlementFiles } from "../settlement/files.ts";
import {
  cancelCharge,
  cancelShape,
  createCharge,
  createShape,
  type ProcessorAnswer,
  refundCharge,
  refundShape,
  refusal,
  showCharge,
} from "./charges.ts";

interface Operation {
  readonly name: ProcessorOperation;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly handle: (request: FastifyRequest) => ProcessorAnswer;
}

function isMerchant({ secretKey, formerSecretKey }: ProcessorConfig, request: FastifyRequest): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  const given = digest(request.headers.authorization ?? "");
  return [secretKey, formerSecretKey]
    .filter((key) => key !== undefined)
    .some((key) => timingSafeEqual(given, digest(`Basic ${Buffer.from(`${key}:`).toString("base64")}`)));
}

function ofCode(code: string): ProcessorAnswer | undefined {
  const match = processorCode.exec(code);
  if (match === null) return undefined;
  const [, status = "500", errorCode] = match;
  return errorCode === undefined ? { status: Number(status), body: {} } : refusal(Number(status), errorCode);
}

function send(provider: Provider, reply: FastifyReply, name: ProcessorOperation, { status, body }: ProcessorAnswer) {
  provider.answered.inc({ operation: name, response_code: String(body.error_code ?? status) });
  if (typeof body.csv === "string") void reply.type("text/csv; charset=utf-8").send(body.csv);
  else void reply.code(status).send(body);
}

function serve(app: FastifyInstance, provider: Provider, config: ProcessorConfig, operation: Operation): void {
  const { name, method, path, handle } = operation;
  app.route({
    method,
    url: path,
    handler: async (request, reply) => {
      if (!isMerchant(config, request)) {
        send(provider, reply, name, refusal(401, "INVALID_API_KEY"));
        return reply;
      }
      const wording = {
        send: (answer: ProcessorAnswer) => send(provider, reply, name, answer),
        generalError: () => refusal(500, "SERVER_ERROR"),
        inProgress: (): ProcessorAnswer => ({ status: 202, body: { status: "ACCEPTED" } }),
        ofCode,
      };
      await answerAsAsked(provider, reply, name, wording, () => handle(request));
      return reply;
    },
  });
}

function withBody<Shape extends z.ZodType>(
  shape: Shape,
  work: (body: z.infer<Shape>) => ProcessorAnswer,
): (request: FastifyRequest) => ProcessorAnswer {
  return (request) => {
    let json: unknown;
    try {
      json = JSON.parse(Buffer.isBuffer(request.body) ? request.body.toString("utf8") : "");
    } catch {
      return refusal(400, "VALIDATION_ERROR", "the body is not JSON");
    }
    const read = shape.safeParse(json);
    if (read.success) return work(read.data);
    return refusal(400, "VALIDATION_ERROR", read.error.issues[0]?.path.join(".") ?? "body");
  };
}

/** Serves what the merchant calls, behind basic authentication. */
export function serveCharges(
  app: FastifyInstance,
  provider: Provider,
  config: ProcessorConfig,
  files: SettlementFiles,
): void {
  const operations: Operation[] = [
    {
      name: "charge-create",
      method: "POST",
      path: "/v2/charges",
      handle: withBody(createShape, (body) => createCharge(provider, config, body)),
    },
    {
      name: "charge-status",
      method: "GET",
      path: "/v2/charges",
      handle: ({ query }) => {
        const read = z.object({ reference_id: z.string() }).safeParse(query);
        return read.success
          ? showCharge(provider, config, read.data.reference_id)
          : refusal(400, "VALIDATION_ERROR", "reference_id");
      },
    },
    {
      name: "charge-cancel",
      method: "POST",
      path: "/v2/charge-cancellations",
      handle: withBody(cancelShape, (body) => cancelCharge(provider, config, body)),
    },
    {
      name: "charge-refund",
      method: "POST",
      path: "/v2/refunds",
      handle: withBody(refundShape, (body) => refundCharge(provider, body)),
    },
    {
      name: "settlement-file",
      method: "GET",
      path: "/v2/settlements/:day",
      handle: ({ params }) => {
        const csv = files.fileOf(String((params as { day?: unknown }).day));
        return csv === undefined ? refusal(404, "FILE_NOT_FOUND") : { status: 200, body: { csv } };
      },
    },
  ];
  for (const operation of operations) serve(app, provider, config, operation);
}
