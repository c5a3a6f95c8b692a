import { createHash } from "node:crypto";
import type { z } from "zod";
import type { CallbackRequest, CallbackRoute } from "../../callbacks/route.ts";
import { answerNumbered, type ReceiveDependencies } from "../../domain/actions/receive-notification.ts";
import type { CallbackAnswer } from "../../domain/notification.ts";
import type { Transaction } from "../../domain/ports.ts";
import { isKeepable } from "../keepable-text.ts";
import type { Verification } from "./inbound.ts";
import type { SnapParty } from "./party.ts";
import { formatResponseCode } from "./response-code.ts";
import { jakartaDay } from "./timestamps.ts";

/** What a SNAP route answers with: the code gets the service's number, the rest follows. */
export function snapAnswer(
  serviceCode: string,
  statusAndCase: string,
  responseMessage: string,
  fields: Readonly<Record<string, unknown>> = {},
): CallbackAnswer {
  const responseCode = formatResponseCode(statusAndCase, serviceCode);
  return { status: Number(statusAndCase.slice(0, 3)), body: { responseCode, responseMessage, ...fields } };
}

/** Proves who calls, over the bytes received. */
export type VerifyCall = (request: CallbackRequest, now: Date) => Verification | Promise<Verification>;

/** A call-back service of one provider. */
export interface SnapRouteSettings<Body> {
  readonly party: Pick<SnapParty, "provider">;
  readonly name: string;
  readonly serviceCode: string;
  /** Below `/snap/<provider>`. */
  readonly path: string;
  readonly verify: VerifyCall;
  readonly shape: z.ZodType<Body>;
  /** What makes two requests under one X-EXTERNAL-ID the same; anything else under it is a conflict. */
  readonly identityOf: (body: Body, request: CallbackRequest) => string;
  /** Decides and answers, in the transaction that keeps the answer. */
  readonly respond: (tx: Transaction, body: Body, request: CallbackRequest) => Promise<CallbackAnswer>;
}

function isMissing(body: unknown, path: readonly PropertyKey[]): boolean {
  let value: unknown = body;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return true;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value === undefined || value === null || value === "";
}

function parse(bytes: Buffer): unknown {
  return isKeepable(bytes) ? JSON.parse(bytes.toString("utf8")) : undefined;
}

function digest(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** What everybody is told in the same words for a service: our own faults and bodies that are too long. */
export function commonAnswers(serviceCode: string): Pick<CallbackRoute, "fault" | "tooLong"> {
  return {
    fault: snapAnswer(serviceCode, "50000", "General Error"),
    tooLong: snapAnswer(serviceCode, "40000", "Bad Request: the body is too long"),
  };
}

/**
 * Makes the route of a call-back: verified over the raw bytes first (401xx00, 401xx01), then read (400xx01, 400xx02), then
 * answered once per X-EXTERNAL-ID and day (409xx00 for another request under it).
 */
export function createSnapRoute<Body>(settings: SnapRouteSettings<Body>, receive: ReceiveDependencies): CallbackRoute {
  const { party, serviceCode, shape } = settings;
  return {
    name: `${party.provider}.${settings.name}`,
    path: `/snap/${party.provider}${settings.path}`,
    ...commonAnswers(serviceCode),
    handle: async (request) => {
      const now = receive.clock();
      const verified = await settings.verify(request, now);
      if (!verified.ok) return snapAnswer(serviceCode, verified.refusal.code, verified.refusal.message);
      const json = parse(request.body);
      if (json === undefined)
        return snapAnswer(
          serviceCode,
          "40001",
          "Invalid Field Format: the body is not JSON or has characters that are none",
        );
      const read = shape.safeParse(json);
      if (!read.success) {
        const path = read.error.issues[0]?.path ?? [];
        const field = path.join(".") || "body";
        return isMissing(json, path) && path.length > 0
          ? snapAnswer(serviceCode, "40002", `Invalid Mandatory Field ${field}`)
          : snapAnswer(serviceCode, "40001", `Invalid Field Format ${field}`);
      }
      const number = {
        provider: party.provider,
        day: jakartaDay(now),
        externalId: verified.value.externalId,
        identity: digest([serviceCode, settings.identityOf(read.data, request)]),
      };
      const conflict = snapAnswer(serviceCode, "40900", "Conflict");
      return answerNumbered(receive, number, conflict, (tx) => settings.respond(tx, read.data, request));
    },
  };
}
