import { createHash } from "node:crypto";
import type { HashRequest } from "../domain/ports.ts";

/** Digests a request with SHA-256 over its fields in alphabetical order; base64url. */
export const hashRequest: HashRequest = (request) => {
  const fields = Object.entries(request).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(fields)).digest("base64url");
};
