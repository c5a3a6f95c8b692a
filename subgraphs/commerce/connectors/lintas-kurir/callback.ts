import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type CourierCallbackDialect, isOfNow } from "../courier-callback.ts";
import type { CourierEntry } from "../couriers-file.ts";
import { isKeepable } from "../keepable-text.ts";

const text = z.string().min(1).max(64);
const messageShape = z.object({ event_id: text, reference: text, waybill: text });
const signaturePattern = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/;

function secretsAt({ callbackSecret, previous }: CourierEntry<"lintas-kurir">, now: Date): string[] {
  const isOverlap = previous !== undefined && now.getTime() < previous.until.getTime();
  return isOverlap ? [callbackSecret, previous.callbackSecret] : [callbackSecret];
}

/** Lintas Kurir's call-backs: JSON, HMAC-SHA256 over `<unix seconds>.<raw body>` in `x-lintas-signature`. */
export function lintasCallbacks(entry: () => CourierEntry<"lintas-kurir">): CourierCallbackDialect {
  return {
    courier: "lintas-kurir",
    path: "/couriers/lintas-kurir/tracking",
    isTheirs: ({ headers, body }, now) => {
      const header = headers["x-lintas-signature"];
      const [, seconds = "", digest = ""] = signaturePattern.exec(typeof header === "string" ? header : "") ?? [];
      if (!isOfNow(seconds, now)) return false;
      const given = Buffer.from(digest, "hex");
      return secretsAt(entry(), now)
        .map((secret) => createHmac("sha256", secret).update(`${seconds}.`).update(body).digest())
        .map((expected) => timingSafeEqual(given, expected))
        .includes(true);
    },
    read: (body) => {
      if (!isKeepable(body)) return null;
      const read = messageShape.safeParse(JSON.parse(body.toString("utf8")));
      if (!read.success) return null;
      const { event_id: eventId, reference, waybill } = read.data;
      return { eventId, reference, waybill };
    },
  };
}
