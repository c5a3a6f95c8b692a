import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { isUuid } from "../../../../platform/values/ids.ts";
import type { CallbackRequest, CallbackRoute } from "../../callbacks/route.ts";
import {
  answerNumbered,
  type ReceiveDependencies,
  receiveNotification,
} from "../../domain/actions/receive-notification.ts";
import type { CallbackAnswer, Verdict } from "../../domain/notification.ts";
import { isKeepable } from "../keepable-text.ts";
import { jakartaDay } from "../snap/timestamps.ts";
import { chargeStatusMeanings } from "./codes.ts";
import type { ProcessorKeys } from "./party.ts";
import { minorField } from "./provider.ts";

/** Path of the processor's webhook at our public address. */
export const gerbangWebhookPath = "/gerbang/webhook";

const text = z.string().min(1).max(64);

const webhookShape = z.object({
  webhook_id: text,
  data: z.object({
    id: text,
    reference_id: text,
    status: text,
    amount_minor: minorField,
    currency: z.string().regex(/^[A-Z]{3}$/),
  }),
});

function answer(status: number, said: string): CallbackAnswer {
  return { status, body: { received: status === 200, said } };
}

// Anything but 200 is sent again. The money is with the processor whatever we say.
const wording: Readonly<Record<Verdict, CallbackAnswer>> = {
  ACCEPTED: answer(200, "taken"),
  NOTED: answer(200, "noted"),
  EXPIRED: answer(200, "taken, too late"),
  ALREADY_PAID: answer(409, "this reference is paid already"),
  AMOUNT_MISMATCH: answer(422, "another amount than was asked for"),
  UNKNOWN_REFERENCE: answer(404, "no such reference"),
};

function digest(content: string | Buffer): Buffer {
  return createHash("sha256").update(content).digest();
}

function isTheirs(keys: ProcessorKeys, { headers }: CallbackRequest, now: Date): boolean {
  const given = headers["x-callback-token"];
  if (typeof given !== "string") return false;
  // Hashed first, so that the comparison tells nothing about the token's length.
  return keys
    .accepted(now)
    .map(({ webhookToken }) => timingSafeEqual(digest(given), digest(webhookToken)))
    .includes(true);
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    // Not JSON is a malformed request like any other: 400.
    return undefined;
  }
}

function toMeaning(status: string): "paid" | "failed" | "unclear" {
  const meaning = chargeStatusMeanings[status];
  return meaning === "paid" || meaning === "failed" ? meaning : "unclear";
}

/** The route of the processor's webhook: proven by its token, each `webhook_id` answered once a day. */
export function createGerbangWebhook(keys: ProcessorKeys, receive: ReceiveDependencies): CallbackRoute {
  const { provider } = keys;
  return {
    name: `${provider}.webhook`,
    path: gerbangWebhookPath,
    fault: answer(500, "a fault of ours; send it again"),
    tooLong: answer(413, "the body is too long"),
    handle: async (request) => {
      const now = receive.clock();
      if (!isTheirs(keys, request, now)) return answer(401, "x-callback-token is not ours");
      const read = webhookShape.safeParse(parse(request.body));
      if (!read.success || !isKeepable(request.body)) return answer(400, "not a charge webhook");
      const { webhook_id: webhookId, data } = read.data;
      const number = {
        provider,
        day: jakartaDay(now),
        externalId: webhookId,
        identity: digest(request.body).toString("hex"),
      };
      const conflict = answer(409, "webhook_id was used for another message");
      return answerNumbered(receive, number, conflict, (tx) => {
        const name = isUuid(data.reference_id) ? ({ by: "id", paymentId: data.reference_id } as const) : null;
        const notification = {
          provider,
          reference: data.id,
          providerStatus: data.status,
          meaning: toMeaning(data.status),
          amount: { amountMinor: data.amount_minor, currency: data.currency },
          money: "moved",
          rawBody: request.body,
        } as const;
        return receiveNotification(receive, tx, name, notification, (verdict) => wording[verdict]);
      });
    },
  };
}
