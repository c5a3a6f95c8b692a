import { randomInt } from "node:crypto";
import type { Logger } from "../../../platform/runtime/logger.ts";
import type { Clock } from "../../../platform/values/instants.ts";
import { returnPagePath } from "../callbacks/listener.ts";
import type { CallbackRoute } from "../callbacks/route.ts";
import { createBankCendanaCallbacks } from "../connectors/bank-cendana/callbacks.ts";
import { createBankCendana } from "../connectors/bank-cendana/provider.ts";
import { createBankMerantiCallbacks } from "../connectors/bank-meranti/callbacks.ts";
import { createBankMeranti } from "../connectors/bank-meranti/provider.ts";
import { openProviderConnections } from "../connectors/connections.ts";
import { createProcessorClient } from "../connectors/gerbang/client.ts";
import { createGerbang } from "../connectors/gerbang/provider.ts";
import { createGerbangSettlementSource } from "../connectors/gerbang/settlement.ts";
import { createGerbangWebhook } from "../connectors/gerbang/webhook.ts";
import { createKantongCallbacks } from "../connectors/kantong/callbacks.ts";
import { createKantong } from "../connectors/kantong/provider.ts";
import { createLumbungCallbacks } from "../connectors/lumbung/callbacks.ts";
import { createLumbung } from "../connectors/lumbung/provider.ts";
import { openProvidersFile, type ProviderSettings } from "../connectors/providers-file.ts";
import { createSnapClient } from "../connectors/snap/client.ts";
import { debitNotifyPath } from "../connectors/snap/direct-debit.ts";
import { createSnapSettlementSource } from "../connectors/snap/settlement.ts";
import type { ReceiveDependencies } from "../domain/actions/receive-notification.ts";
import type { PaymentProvider } from "../domain/ports.ts";
import type { SettlementSource } from "../domain/settlement.ts";

/** The connectors to all providers, plugged in. */
export interface Connectors {
  /** In the order in which their ways to pay are offered. */
  readonly providers: readonly PaymentProvider[];
  /** Where the providers' daily files come from. */
  readonly settlementSources: readonly SettlementSource[];
  /** What providers call. */
  readonly callbackRoutes: (receive: ReceiveDependencies) => readonly CallbackRoute[];
  /** Gives the connections back. */
  readonly close: () => Promise<void>;
}

/** What connectors are made of. */
export interface ConnectorSettings {
  /** COMMERCE_PROVIDERS_FILE; its keys are read again when it changes. */
  readonly providersFile: string;
  /** Where providers reach our call-back listener, without a path. */
  readonly callbackPublicUrl: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

// Shorter than the gateway waits for commerce: checkout answers UNKNOWN itself instead of being given up.
const providerDeadlineMs = 3_500;

/** Random decimal digits, for X-EXTERNAL-ID. */
export function randomDigits(count: number): string {
  let digits = "";
  while (digits.length < count)
    digits += randomInt(10 ** 9)
      .toString()
      .padStart(9, "0");
  return digits.slice(0, count);
}

/** Makes the connectors. @throws ConfigurationError when the providers file lacks what they need. */
export function composeConnectors({ providersFile, callbackPublicUrl, clock, logger }: ConnectorSettings): Connectors {
  const file = openProvidersFile(providersFile, logger);
  const [cendana, meranti] = [file.snap("bank-cendana"), file.snap("bank-meranti")];
  const [kantong, lumbung] = [file.snap("kantong"), file.snap("lumbung")];
  const gerbang = file.processor("gerbang");
  const publicUrl = callbackPublicUrl.replace(/\/+$/, "");
  const returnUrl = `${publicUrl}${returnPagePath}`;
  const notifyUrlOf = ({ keys }: ProviderSettings) => `${publicUrl}/snap/${keys.provider}${debitNotifyPath}`;
  const dispatcher = openProviderConnections();
  const clientOf = ({ keys }: ProviderSettings) =>
    createSnapClient({ keys, dispatcher, clock, randomDigits, deadlineMs: providerDeadlineMs, logger });
  const processor = createProcessorClient(gerbang, dispatcher, providerDeadlineMs, logger);
  const clients = {
    cendana: clientOf(cendana),
    meranti: clientOf(meranti),
    kantong: clientOf(kantong),
    lumbung: clientOf(lumbung),
  };
  return {
    settlementSources: [
      createSnapSettlementSource(cendana.keys.provider, clients.cendana),
      createSnapSettlementSource(meranti.keys.provider, clients.meranti),
      createSnapSettlementSource(kantong.keys.provider, clients.kantong),
      createSnapSettlementSource(lumbung.keys.provider, clients.lumbung),
      createGerbangSettlementSource(gerbang.provider, processor),
    ],
    providers: [
      createBankCendana(cendana, clients.cendana),
      createBankMeranti(meranti, clients.meranti),
      createKantong(kantong, clients.kantong, { notifyUrl: notifyUrlOf(kantong), returnUrl }),
      createLumbung(lumbung, clients.lumbung, notifyUrlOf(lumbung)),
      createGerbang(processor, returnUrl),
    ],
    callbackRoutes: (receive) => [
      ...createBankCendanaCallbacks(cendana.keys, receive),
      ...createBankMerantiCallbacks(meranti.keys, receive),
      ...createKantongCallbacks(kantong.keys, receive),
      ...createLumbungCallbacks(lumbung.keys, receive),
      createGerbangWebhook(gerbang, receive),
    ],
    close: () => dispatcher.destroy(),
  };
}
