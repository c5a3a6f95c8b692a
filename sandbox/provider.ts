import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Counter, Registry } from "prom-client";
import type { Logger } from "../platform/runtime/logger.ts";
import type { Clock } from "../platform/values/instants.ts";
import { type Book, openBook } from "./book/book.ts";
import type { NotificationConfig, ProviderConfig } from "./config.ts";
import { type Behaviours, createBehaviours } from "./control/behaviours.ts";
import { answeredCounter, createProviderMetrics } from "./metrics.ts";
import type { DeliveryDialect } from "./notifications/attempts.ts";
import { createDelivery, type Delivery } from "./notifications/delivery.ts";
import type { SettlementTerms } from "./settlement/rows.ts";
import { type AccessTokens, createAccessTokens } from "./snap/access-tokens.ts";
import { createMerchantClient, type MerchantClient } from "./snap/merchant-client.ts";
import { createReferences, type NewReference } from "./snap/references.ts";
import { createRequestGate, type RequestGate } from "./snap/request-gate.ts";

/** One payment provider at work, whatever it speaks: its book, its way to the merchant. */
export interface Provider {
  readonly name: string;
  readonly displayName: string;
  readonly terms: SettlementTerms;
  readonly clock: Clock;
  readonly newReference: NewReference;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly answered: Counter<"operation" | "response_code">;
  readonly book: Book;
  readonly behaviours: Behaviours;
  readonly merchant: MerchantClient;
  readonly delivery: Delivery;
  /** Waits, at most until the provider is closed. */
  readonly sleep: (delayMs: number) => Promise<void>;
  /** Leaves a connection without an answer until the caller hangs up or the provider is closed. */
  readonly keepSilent: (response: ServerResponse) => void;
  readonly close: () => Promise<void>;
}

/** A provider that speaks SNAP: with its door. */
export interface SnapProvider extends Provider {
  readonly config: ProviderConfig;
  readonly tokens: AccessTokens;
  readonly gate: RequestGate;
}

/** What makes one provider differ from another. */
export interface ProviderIdentity {
  /** As in the configuration: `bank-cendana`. Its book is `<name>.jsonl`. */
  readonly name: string;
  readonly displayName: string;
  /** What it keeps of what it settles. */
  readonly terms: SettlementTerms;
  readonly dialect: (book: Book, clock: Clock) => DeliveryDialect;
}

/** A provider that speaks SNAP also has a CHANNEL-ID, for its calls to the merchant. */
export interface SnapIdentity extends ProviderIdentity {
  readonly channelId: string;
}

/** Where a provider lives. */
export interface ProviderPlace {
  readonly dataDir: string;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Opens a provider's book and puts its parts together; nothing is delivered before `delivery.resume()`. */
export async function openProvider(
  identity: ProviderIdentity,
  { dataDir, logger, clock }: ProviderPlace,
  { retryDelaysMs }: NotificationConfig,
  merchantOf: (newReference: NewReference, stop: AbortSignal) => MerchantClient,
): Promise<Provider> {
  const { name, displayName, terms } = identity;
  const book = await openBook(join(dataDir, `${name}.jsonl`));
  const stop = new AbortController();
  const silent = new Set<ServerResponse>();
  const newReference = createReferences(clock);
  const merchant = merchantOf(newReference, stop.signal);
  const dialect = identity.dialect(book, clock);
  const delivery = createDelivery({ book, merchant, dialect, retryDelaysMs, clock, logger });
  const metrics = createProviderMetrics(name);
  return {
    name,
    displayName,
    terms,
    clock,
    newReference,
    logger,
    metrics,
    answered: answeredCounter(metrics),
    book,
    behaviours: createBehaviours(),
    merchant,
    delivery,
    sleep: (delayMs) => delay(delayMs, undefined, { signal: stop.signal }).catch(() => undefined),
    keepSilent(response) {
      silent.add(response);
      response.on("close", () => void silent.delete(response));
    },
    async close() {
      stop.abort(new Error("the provider is closing"));
      for (const response of silent) response.destroy();
      await delivery.close();
      await book.close();
    },
  };
}

/** Opens a provider that speaks SNAP. */
export async function createProvider(
  identity: SnapIdentity,
  config: ProviderConfig,
  dataDir: string,
  logger: Logger,
  clock: Clock,
): Promise<SnapProvider> {
  const tokens = createAccessTokens(config.clientSecret, clock);
  const place = { dataDir, logger, clock };
  const provider = await openProvider(identity, place, config.notification, (newReference, stop) =>
    createMerchantClient(config, identity.channelId, newReference, clock, stop),
  );
  return { ...provider, config, tokens, gate: createRequestGate(config, tokens, provider.book, clock) };
}
