import type { Registry } from "prom-client";
import type { Logger } from "../../platform/runtime/logger.ts";
import { createReloadedFile } from "../../platform/runtime/reloaded-file.ts";
import type { WebhookCode } from "../../platform/runtime/webhook-codes.ts";
import { createWebhookListener } from "../../platform/runtime/webhook-listener.ts";
import { readVerifyingKeys } from "../../platform/runtime/webhook-signature.ts";
import type { Clock } from "../../platform/values/instants.ts";
import type { EventSettings } from "./config.ts";
import { readEvent } from "./connectors/commerce-events/read-event.ts";
import { receiveEvent } from "./domain/actions/receive-event.ts";
import type { ToldEvents } from "./domain/ports.ts";
import type { Reception } from "./domain/told-event.ts";

/** Where commerce sends its events, on a port of their own: nothing of the GraphQL API is there. */
export const eventsPath = "/events/commerce";

const codes = {
  applied: "APPLIED",
  repeated: "ALREADY_RECEIVED",
  conflicting: "EVENT_ID_CONFLICT",
  "too-old": "EVENT_TOO_OLD",
} as const satisfies Record<Reception, WebhookCode>;

const forgetEveryMs = 10 * 60_000;

/** What a listener for events works with. */
export interface EventListenerParts {
  readonly toldEvents: ToldEvents;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Registry;
}

/** Listens for events, and forgets the ids of those that are too old to come again. Answers the port and how to stop. */
export async function listenForEvents(
  settings: EventSettings,
  parts: EventListenerParts,
): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const { toldEvents, clock, logger } = parts;
  const listener = createWebhookListener({
    ...parts,
    path: eventsPath,
    keys: createReloadedFile(settings.keysFile, readVerifyingKeys, logger),
    handle: async ({ id, body }) => {
      const event = readEvent(id, body);
      return event.ok ? codes[await receiveEvent(parts, event.value)] : event.refusal;
    },
  });
  const timer = setInterval(() => {
    toldEvents.forget(clock()).catch((error: unknown) => logger.warn({ err: error }, "old events were not forgotten"));
  }, forgetEveryMs);
  const close = async (): Promise<void> => {
    clearInterval(timer);
    await listener.close();
  };
  try {
    return { port: await listener.listen(settings.port), close };
  } catch (error) {
    await close();
    throw error;
  }
}
