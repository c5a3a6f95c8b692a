import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { LintasConfig } from "../config.ts";
import { answerAsAsked } from "../control/answering.ts";
import { processorCode } from "../control/behaviours.ts";
import { serveCourierControl } from "../couriers/control.ts";
import { type Courier, type CourierDialect, type CreateCourier, openCourier } from "../couriers/courier.ts";
import type { CourierOperation } from "../operation-names.ts";
import { createSandboxServer } from "../server.ts";
import {
  book,
  type LintasAnswer,
  orderShape,
  quote,
  ratesShape,
  refusal,
  showOrder,
  showTracking,
  statusWords,
} from "./operations.ts";

const name = "lintas-kurir";

/** HMAC-SHA256 over `<unix seconds>.<raw body>`, in `x-lintas-signature: t=...,v1=<hex>`. */
function dialectOf(config: LintasConfig): CourierDialect {
  return {
    sign: (body, signing, now) => {
      const json = { "content-type": "application/json" };
      if (signing === "missing") return json;
      const seconds = Math.floor(now.getTime() / 1_000);
      const secret = signing === "valid" ? config.callbackSecret : `${config.callbackSecret}-of-somebody-else`;
      const digest = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
      return { ...json, "x-lintas-signature": `t=${seconds},v1=${digest}` };
    },
    bodyOf: ({ waybill, reference }, { state, at }, callbackId) =>
      JSON.stringify({ event_id: callbackId, waybill, reference, status: statusWords[state], at: at.toISOString() }),
  };
}

function ofCode(code: string): LintasAnswer | undefined {
  const match = processorCode.exec(code);
  if (match === null) return undefined;
  const [, status = "500", error] = match;
  return error === undefined ? { status: Number(status), body: {} } : refusal(Number(status), error);
}

function isMerchant({ apiKey }: LintasConfig, { headers }: FastifyRequest): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  const given = headers["x-api-key"];
  return typeof given === "string" && timingSafeEqual(digest(given), digest(apiKey));
}

type Handle = (request: FastifyRequest) => LintasAnswer;

function serve(app: FastifyInstance, courier: Courier, config: LintasConfig) {
  return (operation: CourierOperation, method: "GET" | "POST", url: string, handle: Handle): void => {
    const send = (reply: FastifyReply, { status, body }: LintasAnswer) => {
      courier.answered.inc({ operation, response_code: String(body.error ?? status) });
      void reply.code(status).send(body);
    };
    app.route({
      method,
      url,
      handler: async (request, reply) => {
        if (isMerchant(config, request)) {
          const wording = {
            send: (answer: LintasAnswer) => send(reply, answer),
            generalError: () => refusal(500, "INTERNAL"),
            inProgress: (): LintasAnswer => ({ status: 202, body: {} }),
            ofCode,
          };
          await answerAsAsked(courier, reply, operation, wording, () => handle(request));
        } else send(reply, refusal(401, "API_KEY_INVALID"));
        return reply;
      },
    });
  };
}

function withBody<Shape extends z.ZodType>(shape: Shape, work: (body: z.infer<Shape>) => LintasAnswer): Handle {
  return ({ body }) => {
    let json: unknown;
    try {
      json = JSON.parse(Buffer.isBuffer(body) ? body.toString("utf8") : "");
    } catch {
      return refusal(400, "INVALID_REQUEST", "the body is not JSON");
    }
    const read = shape.safeParse(json);
    if (read.success) return work(read.data);
    return refusal(400, "INVALID_REQUEST", read.error.issues[0]?.path.join(".") ?? "body");
  };
}

/** Builds Lintas Kurir: JSON behind an API key, call-backs signed by HMAC over their bytes. */
export const createLintasKurir: CreateCourier<LintasConfig> = async (config, dataDir, logger, clock) => {
  const identity = { name, displayName: "Lintas Kurir", dialect: dialectOf(config) };
  const courier = await openCourier(identity, config, { dataDir, logger, clock });
  const app = createSandboxServer(logger, courier.metrics, courier.book.flush);
  const route = serve(app, courier, config);
  route(
    "courier-rates",
    "POST",
    "/api/rates",
    withBody(ratesShape, (body) => quote(courier, body)),
  );
  route(
    "courier-book",
    "POST",
    "/api/orders",
    withBody(orderShape, (body) => book(courier, body)),
  );
  route("courier-find", "GET", "/api/orders", ({ query }) => {
    const read = z.object({ reference: z.string() }).safeParse(query);
    return read.success ? showOrder(courier, read.data.reference) : refusal(400, "INVALID_REQUEST", "reference");
  });
  route("courier-track", "GET", "/api/trackings/:waybill", ({ params }) =>
    showTracking(courier, String((params as { waybill?: unknown }).waybill)),
  );
  serveCourierControl(app, courier);
  return { port: config.port, app, courier };
};
