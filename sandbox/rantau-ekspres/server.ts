import { createHash, generateKeyPairSync, sign, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { RantauConfig } from "../config.ts";
import { answerAsAsked } from "../control/answering.ts";
import { serveCourierControl } from "../couriers/control.ts";
import { type Courier, type CourierDialect, type CreateCourier, openCourier } from "../couriers/courier.ts";
import type { CourierOperation } from "../operation-names.ts";
import { createSandboxServer } from "../server.ts";
import {
  cek,
  lacak,
  pesan,
  pesanShape,
  type RantauAnswer,
  refusal,
  statusCodes,
  tarif,
  tarifShape,
  waktu,
} from "./operations.ts";

const name = "rantau-ekspres";

/** Ed25519 over `<unix seconds>\n<raw body>`, in `x-rantau-tanda` as Base64; the seconds in `x-rantau-waktu`. */
function dialectOf({ privateKeyPem }: RantauConfig): CourierDialect {
  return {
    sign: (body, signing, now) => {
      const form = { "content-type": "application/x-www-form-urlencoded" };
      if (signing === "missing") return form;
      const seconds = String(Math.floor(now.getTime() / 1_000));
      const key = signing === "valid" ? privateKeyPem : generateKeyPairSync("ed25519").privateKey;
      const signature = sign(null, Buffer.from(`${seconds}\n${body}`), key).toString("base64");
      return { ...form, "x-rantau-waktu": seconds, "x-rantau-tanda": signature };
    },
    bodyOf: ({ waybill, reference }, { state, at }, callbackId) =>
      new URLSearchParams({
        id: callbackId,
        resi: waybill,
        nomor_ref: reference,
        status: statusCodes[state],
        waktu: waktu(at),
      }).toString(),
  };
}

// `200 E17`: behind the door the HTTP status is always 200; `503` alone is the door itself.
const codePattern = /^(\d{3})(?: (00|E\d\d))?$/;

interface WireAnswer extends RantauAnswer {
  readonly status: number;
}

function ok(answer: RantauAnswer): WireAnswer {
  return { status: 200, ...answer };
}

function ofCode(code: string): WireAnswer | undefined {
  const match = codePattern.exec(code);
  if (match === null) return undefined;
  const [, status = "500", kode = "E90"] = match;
  return { status: Number(status), ...refusal(kode) };
}

function isMerchant({ username, password }: RantauConfig, { headers }: FastifyRequest): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  const expected = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  return timingSafeEqual(digest(headers.authorization ?? ""), digest(expected));
}

type Handle = (fields: Readonly<Record<string, string>>) => RantauAnswer;

function send(courier: Courier, operation: CourierOperation, reply: FastifyReply, answer: WireAnswer): void {
  const { status, kode, content } = answer;
  courier.answered.inc({ operation, response_code: kode });
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<jawaban><kode>${kode}</kode>${content}</jawaban>\n`;
  void reply.code(status).type("application/xml; charset=utf-8").send(xml);
}

function serve(app: FastifyInstance, courier: Courier, config: RantauConfig) {
  return (operation: CourierOperation, url: string, handle: Handle): void => {
    app.post(url, async (request, reply) => {
      if (!isMerchant(config, request)) {
        send(courier, operation, reply, { status: 401, ...refusal("E01") });
        return reply;
      }
      const text = Buffer.isBuffer(request.body) ? request.body.toString("utf8") : "";
      const wording = {
        send: (answer: WireAnswer) => send(courier, operation, reply, answer),
        generalError: () => ok(refusal("E90")),
        inProgress: () => ok(refusal("E91")),
        ofCode,
      };
      const work = () => ok(handle(Object.fromEntries(new URLSearchParams(text))));
      await answerAsAsked(courier, reply, operation, wording, work);
      return reply;
    });
  };
}

function withFields<Shape extends z.ZodType>(shape: Shape, work: (fields: z.infer<Shape>) => RantauAnswer): Handle {
  return (fields) => {
    const read = shape.safeParse(fields);
    return read.success ? work(read.data) : refusal("E10");
  };
}

/** Builds Rantau Ekspres: forms in, XML out, basic authentication, call-backs signed with a key of its own. */
export const createRantauEkspres: CreateCourier<RantauConfig> = async (config, dataDir, logger, clock) => {
  const identity = { name, displayName: "Rantau Ekspres", dialect: dialectOf(config) };
  const courier = await openCourier(identity, config, { dataDir, logger, clock });
  const app = createSandboxServer(logger, courier.metrics, courier.book.flush);
  const route = serve(app, courier, config);
  const named = <Field extends string>(field: Field) => z.object({ [field]: z.string().min(1) });
  route(
    "courier-rates",
    "/ws/tarif",
    withFields(tarifShape, (fields) => tarif(courier, fields)),
  );
  route(
    "courier-book",
    "/ws/pesan",
    withFields(pesanShape, (fields) => pesan(courier, fields)),
  );
  route(
    "courier-find",
    "/ws/cek",
    withFields(named("nomor_ref"), (fields) => cek(courier, String(fields.nomor_ref))),
  );
  route(
    "courier-track",
    "/ws/lacak",
    withFields(named("resi"), (fields) => lacak(courier, String(fields.resi))),
  );
  serveCourierControl(app, courier);
  return { port: config.port, app, courier };
};
