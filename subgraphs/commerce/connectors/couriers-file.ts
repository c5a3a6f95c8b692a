import { createPublicKey, type KeyObject } from "node:crypto";
import { z } from "zod";
import { ConfigurationError } from "../../../platform/runtime/config.ts";
import type { Logger } from "../../../platform/runtime/logger.ts";
import { createLiveFile } from "./live-file.ts";

const text = z.string().min(1);
const baseUrl = z.url().transform((url) => url.replace(/\/+$/, ""));
const until = z.iso.datetime({ offset: true }).transform((instant) => new Date(instant));
const publicKey: z.ZodType<KeyObject> = z.string().transform((pem, context) => {
  try {
    return createPublicKey(pem);
  } catch {
    context.addIssue({ code: "custom", message: "is not a public key in PEM; ask the courier for it again" });
    return z.NEVER;
  }
});

const lintasShape = z.object({
  baseUrl,
  apiKey: text,
  callbackSecret: text.min(16),
  /** What call-backs were signed with before, and until when it is still believed. */
  previous: z.object({ until, callbackSecret: text.min(16) }).optional(),
});

const rantauShape = z.object({
  baseUrl,
  username: text,
  password: text,
  /** Ed25519; verifies call-backs. */
  publicKeyPem: publicKey,
  previous: z.object({ until, publicKeyPem: publicKey }).optional(),
});

const fileShape = z.object({
  "lintas-kurir": lintasShape.optional(),
  "rantau-ekspres": rantauShape.optional(),
});

type CouriersContent = z.infer<typeof fileShape>;

/** The name of a courier in the file. */
export type CourierName = keyof CouriersContent;

/** What commerce knows of a courier. */
export type CourierEntry<Name extends CourierName> = NonNullable<CouriersContent[Name]>;

/** The couriers' settings. Keys are those of the file as it is now: it is read again when it changes. */
export interface CouriersFile {
  readonly has: (name: CourierName) => boolean;
  /** @throws ConfigurationError when the file has no courier of that name. */
  readonly entry: <Name extends CourierName>(name: Name) => CourierEntry<Name>;
}

/**
 * Opens COMMERCE_COURIERS_FILE, the only place the couriers' secrets come from. A changed file that cannot be used is logged
 * and changes nothing. @throws ConfigurationError when it cannot be used to begin with.
 */
export function openCouriersFile(path: string, logger: Logger): CouriersFile {
  const file = createLiveFile(fileShape, path, logger);
  return {
    has: (name) => file.current()[name] !== undefined,
    entry: (name) => {
      const entry = file.current()[name];
      if (entry === undefined) throw new ConfigurationError(`COMMERCE_COURIERS_FILE: ${name} is missing`);
      return entry;
    },
  };
}
