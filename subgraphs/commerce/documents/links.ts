import { createHmac, timingSafeEqual } from "node:crypto";
import { isUuid } from "../../../platform/values/ids.ts";
import { addSeconds, type Clock } from "../../../platform/values/instants.ts";
import type { DocumentLinks } from "../domain/document.ts";

/** A secret that signs links, by an id that stands in them. */
export interface LinkKey {
  readonly id: string;
  readonly secret: Uint8Array;
}

/** The secrets that sign links. */
export interface LinkKeys {
  readonly current: () => Promise<LinkKey>;
  readonly find: (id: string) => Promise<LinkKey | null>;
}

/** What a link says beside the document. */
export interface LinkQuery {
  readonly expires?: unknown;
  readonly key?: unknown;
  readonly signature?: unknown;
}

/** Path of documents, before the id. */
export const documentsPath = "/documents";

const lifetimeSeconds = 3_600;

function sign(secret: Uint8Array, documentId: string, expires: string): Buffer {
  return createHmac("sha256", secret).update(`document\n${documentId}\n${expires}`).digest();
}

/** Makes links that whoever has them can read one document by, for an hour. `publicUrl`: without a slash at the end. */
export function createDocumentLinks(publicUrl: string, keys: LinkKeys, clock: Clock): DocumentLinks {
  return {
    linkTo: async (documentId) => {
      const { id, secret } = await keys.current();
      const expires = String(Math.floor(addSeconds(clock(), lifetimeSeconds).getTime() / 1_000));
      const signature = sign(secret, documentId, expires).toString("base64url");
      return `${publicUrl}${documentsPath}/${documentId}?${new URLSearchParams({ expires, key: id, signature })}`;
    },
  };
}

/** Whether a link was made here for this document and holds still. The signature is compared in constant time. */
export async function checkLink(
  keys: Pick<LinkKeys, "find">,
  documentId: string,
  { expires, key, signature }: LinkQuery,
  now: Date,
): Promise<"good" | "expired" | "forged"> {
  if (typeof expires !== "string" || typeof key !== "string" || typeof signature !== "string") return "forged";
  if (!isUuid(documentId) || !isUuid(key) || !/^\d{1,12}$/.test(expires)) return "forged";
  const known = await keys.find(key);
  if (known === null) return "forged";
  const expected = sign(known.secret, documentId, expires);
  const given = Buffer.from(signature, "base64url");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return "forged";
  return now.getTime() < Number(expires) * 1_000 ? "good" : "expired";
}
