import { createHash } from "node:crypto";
import type { Logger } from "../../../platform/runtime/logger.ts";
import type { NewId } from "../../../platform/values/ids.ts";
import type { Clock } from "../../../platform/values/instants.ts";
import type { CallbackRoute } from "../callbacks/route.ts";
import { createApplyNotification } from "../domain/actions/apply-notification.ts";
import { createCloseCharge } from "../domain/actions/close-charge.ts";
import { createExpirePayment } from "../domain/actions/expire-payment.ts";
import type { ReceiveDependencies } from "../domain/actions/receive-notification.ts";
import { createReconcileSettlement } from "../domain/actions/reconcile-settlement.ts";
import { createRefundLateMoney } from "../domain/actions/refund-late-money.ts";
import { createPaymentRequests, type ProviderOf } from "../domain/actions/request-payment.ts";
import type { RefundRequests } from "../domain/actions/request-refund.ts";
import { createSendRefund } from "../domain/actions/send-refund.ts";
import { createSettlePaymentRequest } from "../domain/actions/settle-payment-request.ts";
import { createVoidPayment } from "../domain/actions/void-payment.ts";
import type { Workflow } from "../domain/durable-run.ts";
import type { PaymentMethod } from "../domain/payment.ts";
import type { PaymentProvider, PaymentRequests, PaymentWorkflowName, Transactions } from "../domain/ports.ts";
import { createDurableWork } from "../store/durable/start-in-tx.ts";
import { createNotificationInbox } from "../store/notification-inbox.ts";
import { createRefundBook } from "../store/refund-book.ts";
import { createSettlementBook } from "../store/settlement-book.ts";
import { composeConnectors } from "./connectors.ts";

/** Everything about payments that a process of commerce puts together once. */
export interface Payments {
  /** Ways to pay, in the order they are offered. */
  readonly methods: readonly PaymentMethod[];
  /** What checkout calls after its transaction. */
  readonly requests: PaymentRequests;
  /** With what `requestRefund` is called, in the transaction of who asks. */
  readonly refundRequests: RefundRequests;
  /** Providers that give out daily settlement files. */
  readonly settlingProviders: readonly string[];
  /** What providers call; served by the API process's second listener. */
  readonly callbackRoutes: readonly CallbackRoute[];
  /** What the worker runs. */
  readonly workflows: Readonly<Record<PaymentWorkflowName, Workflow>>;
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
  const { transactions, clock, newId } = settings;
  const connectors = composeConnectors(settings);
  const { providers } = connectors;
  const providerOf = createProviderOf(providers);
  const work = createDurableWork(clock);
  const inbox = createNotificationInbox();
  const refunds = createRefundBook();
  const receive: ReceiveDependencies = { transactions, inbox, work, clock, newId };
  return {
    methods: providers.flatMap((provider) => provider.methods),
    requests: createPaymentRequests({ transactions, inbox, work, providerOf, clock }),
    refundRequests: { refunds, work, newId },
    settlingProviders: connectors.settlementSources.map(({ provider }) => provider),
    callbackRoutes: connectors.callbackRoutes(receive),
    workflows: {
      "settle-payment-request": createSettlePaymentRequest({ inbox, providerOf, work, clock }),
      "expire-payment": createExpirePayment({ inbox, work, providerOf, clock }),
      "apply-notification": createApplyNotification({ inbox, work, providerOf, clock }),
      "refund-late-money": createRefundLateMoney({ transactions, work, providerOf, clock }),
      "send-refund": createSendRefund({ transactions, refunds, work, providerOf, clock }),
      "void-payment": createVoidPayment({ inbox, work, providerOf, clock }),
      "close-charge": createCloseCharge({ inbox, work, providerOf, clock }),
      "reconcile-settlement": createReconcileSettlement({
        sources: connectors.settlementSources,
        book: createSettlementBook(),
        work,
        clock,
        newId,
        digest: (text) => createHash("sha256").update(text).digest("hex"),
      }),
    },
    close: connectors.close,
  };
}
