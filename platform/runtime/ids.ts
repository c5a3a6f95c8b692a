import { createHash } from "node:crypto";
import { uuidv7 } from "uuidv7";
import type { NewId } from "../values/ids.ts";

/** Makes ids for production: UUIDv7, monotonic within the process. Source: RFC 9562. */
export const newId: NewId = uuidv7;

// 1 January 2026, so that made-up rows sort before anything that a running system creates.
const epochMs = Date.UTC(2026, 0, 1);

/**
 * Names the `n`-th thing of a namespace by a UUIDv7-shaped id that is the same on every machine; ids rise with `n`.
 * For seeds and for keys derived from another id; never for secrets.
 */
export function deterministicId(namespace: string, n: number): string {
  const digest = createHash("sha256").update(`${namespace}\0${n}`).digest();
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(epochMs + n * 1000, 0, 6);
  digest.copy(bytes, 6, 0, 10);
  bytes.writeUInt8(0x70 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
