import { type KeyObject, verify } from "node:crypto";
import { z } from "zod";
import { type CourierCallbackDialect, isOfNow } from "../courier-callback.ts";
import type { CourierEntry } from "../couriers-file.ts";

const text = z.string().regex(/^[\w-]{1,64}$/);
const messageShape = z.object({ id: text, nomor_ref: text, resi: text });

function keysAt({ publicKeyPem, previous }: CourierEntry<"rantau-ekspres">, now: Date): KeyObject[] {
  const isOverlap = previous !== undefined && now.getTime() < previous.until.getTime();
  return isOverlap ? [publicKeyPem, previous.publicKeyPem] : [publicKeyPem];
}

/** Rantau Ekspres' call-backs: a form, Ed25519 over `<unix seconds>\n<raw body>` in `x-rantau-tanda`. */
export function rantauCallbacks(entry: () => CourierEntry<"rantau-ekspres">): CourierCallbackDialect {
  return {
    courier: "rantau-ekspres",
    path: "/couriers/rantau-ekspres/tracking",
    isTheirs: ({ headers, body }, now) => {
      const { "x-rantau-waktu": seconds, "x-rantau-tanda": signature } = headers;
      if (typeof seconds !== "string" || typeof signature !== "string" || !isOfNow(seconds, now)) return false;
      const signed = Buffer.concat([Buffer.from(`${seconds}\n`), body]);
      return keysAt(entry(), now).some((key) => verify(null, signed, key, Buffer.from(signature, "base64")));
    },
    read: (body) => {
      const read = messageShape.safeParse(Object.fromEntries(new URLSearchParams(body.toString("utf8"))));
      if (!read.success) return null;
      const { id: eventId, nomor_ref: reference, resi: waybill } = read.data;
      return { eventId, reference, waybill };
    },
  };
}
