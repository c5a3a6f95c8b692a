import { z } from "zod";
import { ConfigurationError, portSetting, readEnvironment } from "../../platform/runtime/config.ts";
import type { EventSettings } from "./composition/events.ts";
import { autoCompleteSetting, couriersFileSetting } from "./config.ts";

const shape = z.object({
  COMMERCE_WORKER_PORT: portSetting,
  COMMERCE_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: "must be a postgresql:// URL" }),
  COMMERCE_PROVIDERS_FILE: z.string({ error: "must name the file of the payment providers" }).min(1),
  COMMERCE_COURIERS_FILE: couriersFileSetting,
  COMMERCE_CALLBACK_PUBLIC_URL: z.url({ error: "must be the address at which providers reach the call-backs" }),
  COMMERCE_AUTO_COMPLETE_SECONDS: autoCompleteSetting,
  COMMERCE_EVENTS_URL: z
    .url({ protocol: /^https?$/, error: "must be the address at which the storefront takes events" })
    .optional(),
  COMMERCE_EVENTS_KEYS_FILE: z.string().min(1).optional(),
  COMMERCE_IDEMPOTENCY_KEPT_HOURS: z.coerce
    .number()
    .int()
    .min(24, "must be at least 24: clients may repeat a request for a day")
    .max(8_760)
    .default(168),
  COMMERCE_WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(16),
});

/** Settings of the worker process. */
export interface WorkerConfig {
  readonly port: number;
  /** A direct connection: leases are session locks, which a transaction-mode pooler would lose. */
  readonly databaseUrl: string;
  readonly providersFile: string;
  /** Null: there are no couriers. */
  readonly couriersFile: string | null;
  readonly callbackPublicUrl: string;
  /** How long after delivery an order completes by itself. */
  readonly autoCompleteSeconds: number;
  /** How long a repeated request is known by its key. */
  readonly idempotencyKeptHours: number;
  /** Durable runs at once. */
  readonly concurrency: number;
  /** Null: events stay in the outbox. */
  readonly events: EventSettings | null;
}

function readEventSettings(url: string | undefined, keysFile: string | undefined): EventSettings | null {
  if (url === undefined && keysFile === undefined) return null;
  if (url !== undefined && keysFile !== undefined) return { url, keysFile };
  throw new ConfigurationError("environment: COMMERCE_EVENTS_URL and COMMERCE_EVENTS_KEYS_FILE: set both, or neither");
}

/** Reads the worker's environment. @throws ConfigurationError naming each variable that is missing or malformed. */
export function readWorkerConfig(environment: NodeJS.ProcessEnv): WorkerConfig {
  const settings = readEnvironment(shape, environment);
  return {
    port: settings.COMMERCE_WORKER_PORT,
    databaseUrl: settings.COMMERCE_DATABASE_URL,
    providersFile: settings.COMMERCE_PROVIDERS_FILE,
    couriersFile: settings.COMMERCE_COURIERS_FILE ?? null,
    callbackPublicUrl: settings.COMMERCE_CALLBACK_PUBLIC_URL,
    autoCompleteSeconds: settings.COMMERCE_AUTO_COMPLETE_SECONDS,
    idempotencyKeptHours: settings.COMMERCE_IDEMPOTENCY_KEPT_HOURS,
    concurrency: settings.COMMERCE_WORKER_CONCURRENCY,
    events: readEventSettings(settings.COMMERCE_EVENTS_URL, settings.COMMERCE_EVENTS_KEYS_FILE),
  };
}
