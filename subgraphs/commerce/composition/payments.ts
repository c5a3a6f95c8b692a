import { randomInt } from "node:crypto";
import { ConfigurationError } from "../../../platform/runtime/config.ts";
import type { Logger } from "../../../platform/runtime/logger.ts";
import type { NewId } from "../../../platform/values/ids.ts";
import type { Clock } from "../../../platform/values/instants.ts";
import { returnPagePath } from "../callbacks/listener.ts";
import type { CallbackRoute } from "../callbacks/route.ts";
import { createBankCendanaCallbacks } from "../connectors/bank-cendana/callbacks.ts";
import { createBankCendana } from "../connectors/bank-cendana/provider.ts";
import { createKantongCallbacks, kantongNotifyPath } from "../connectors/kantong/callbacks.ts";
import { createKantong } from "../connectors/kantong/provider.ts";
import { type ProviderSettings, readProvidersFile } from "../connectors/providers-file.ts";
import { createSnapClient } from "../connectors/snap/client.ts";
import { openProviderConnections } from "../connectors/snap/connections.ts";
import { createApplyNotification } from "../domain/actions/apply-notification.ts";
import { createExpirePayment } from "../domain/actions/expire-payment.ts";
import type { ReceiveDependencies } from "../domain/actions/receive-notification.ts";
import { createRefundLateMoney } from "../domain/actions/refund-late-money.ts";
import { createPaymentRequests, type ProviderOf } from "../domain/actions/request-payment.ts";
import { createSettlePaymentRequest } from "../domain/actions/settle-payment-request.ts";
import type { Workflow } from "../domain/durable-run.ts";
import type { PaymentMethod } from "../domain/payment.ts";
import type { PaymentProvider, PaymentRequests, PaymentWorkflowName, Transactions } from "../domain/ports.ts";
import { createDurableWork } from "../store/durable/start-in-tx.ts";
import { createNotificationInbox } from "../store/notification-inbox.ts";

/** Everything about payments that a process of commerce puts together once. */
export interface Payments {
  /** Ways to pay, in the order they are offered. */
  readonly methods: readonly PaymentMethod[];
  /** What checkout calls after its transaction. */
  readonly requests: PaymentRequests;
  /** What providers call; served by the API process's second listener. */
  readonly callbackRoutes: readonly CallbackRoute[];
  /** What the worker runs. */
  readonly workflows: Readonly<Record<PaymentWorkflowName, Workflow>>;
  /** Who serves a payment. */
  readonly providerOf: ProviderOf;
  /** Gives the connections to providers back. */
  readonly close: () => Promise<void>;
}

/** What payments are put together from. */
export interface PaymentsSettings {
  /** COMMERCE_PROVIDERS_FILE. */
  readonly providersFile: string;
  /** Where providers reach our call-back listener, without a path. */
  readonly callbackPublicUrl: string;
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly newId: NewId;
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

function settingsOf(providers: ReadonlyMap<string, ProviderSettings>, name: string): ProviderSettings {
  const settings = providers.get(name);
  if (settings === undefined) throw new ConfigurationError(`COMMERCE_PROVIDERS_FILE: ${name} is missing`);
  return settings;
}

function createProviderOf(providers: readonly PaymentProvider[]): ProviderOf {
  const byId = new Map(providers.map((provider) => [provider.id, provider]));
  return (payment) => {
    const provider = byId.get(payment.provider);
    if (provider === undefined) {
      throw new Error(`payment ${payment.id} is served by ${payment.provider}, which COMMERCE_PROVIDERS_FILE lacks`);
    }
    return provider;
  };
}

/** Plugs the connectors in. @throws ConfigurationError when the providers file lacks what they need. */
export function composePayments(settings: PaymentsSettings): Payments {
  const { transactions, clock, newId, logger } = settings;
  const files = readProvidersFile(settings.providersFile);
  const bank = settingsOf(files, "bank-cendana");
  const wallet = settingsOf(files, "kantong");
  const publicUrl = settings.callbackPublicUrl.replace(/\/+$/, "");
  const dispatcher = openProviderConnections();
  const clientOf = ({ party }: ProviderSettings) =>
    createSnapClient({ party, dispatcher, clock, randomDigits, deadlineMs: providerDeadlineMs, logger });
  const providers = [
    createBankCendana(bank, clientOf(bank)),
    createKantong(wallet, clientOf(wallet), {
      notifyUrl: `${publicUrl}/snap/${wallet.party.provider}${kantongNotifyPath}`,
      returnUrl: `${publicUrl}${returnPagePath}`,
    }),
  ];
  const providerOf = createProviderOf(providers);
  const work = createDurableWork(clock);
  const inbox = createNotificationInbox();
  const receive: ReceiveDependencies = { transactions, inbox, work, clock, newId };
  return {
    methods: providers.flatMap((provider) => provider.methods),
    providerOf,
    requests: createPaymentRequests({ transactions, work, providerOf, clock }),
    callbackRoutes: [
      ...createBankCendanaCallbacks(bank.party, receive),
      ...createKantongCallbacks(wallet.party, receive),
    ],
    workflows: {
      "settle-payment-request": createSettlePaymentRequest({ providerOf, work, clock }),
      "expire-payment": createExpirePayment({ inbox, work, providerOf, clock }),
      "apply-notification": createApplyNotification({ inbox, work, providerOf, clock }),
      "refund-late-money": createRefundLateMoney({ work, providerOf, clock }),
    },
    close: () => dispatcher.destroy(),
  };
}
