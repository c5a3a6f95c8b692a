import { createOutboxRelay, type OutboxRelay, type RelaySettings } from "../../../platform/runtime/outbox-relay.ts";
import { createReloadedFile } from "../../../platform/runtime/reloaded-file.ts";
import { readSigningKeys } from "../../../platform/runtime/webhook-signature.ts";
import type { Clock } from "../../../platform/values/instants.ts";
import { createEventSender } from "../connectors/event-receiver/send-event.ts";

/** Where events go and who signs them. */
export interface EventSettings {
  /** Where the storefront takes events. */
  readonly url: string;
  /** File with the private keys that sign; read again when it changes. */
  readonly keysFile: string;
}

/** What the relay of a worker is put together from. */
export interface EventParts extends Omit<RelaySettings, "deliver" | "policy"> {
  readonly clock: Clock;
}

// Well below the lease of a claim.
const deadlineMs = 5_000;

/** Puts the relay together. @throws ConfigurationError when the keys cannot be read */
export function composeEvents(
  { url, keysFile }: EventSettings,
  { clock, ...parts }: EventParts,
): { readonly relay: OutboxRelay; readonly close: () => Promise<void> } {
  const keys = createReloadedFile(keysFile, readSigningKeys, parts.logger);
  const sender = createEventSender({ url, keys, clock, deadlineMs });
  return { relay: createOutboxRelay({ ...parts, deliver: sender.send }), close: sender.close };
}
