import type { FastifyInstance } from "fastify";
import type { Book } from "../book/book.ts";
import { type Charge, transactionStatus } from "../book/charge.ts";
import type { ProviderConfig } from "../config.ts";
import { ControlRequestError, type ForgeOptions } from "../control/requests.ts";
import { type ControlDialect, serveControl } from "../control/routes.ts";
import { type DeliveryDialect, judgeByCode } from "../notifications/attempts.ts";
import { createProvider, type Provider, type ProviderIdentity } from "../provider.ts";
import { createSandboxServer } from "../server.ts";
import { serveAccessToken, serveOperation } from "../snap/operations.ts";
import type { StartProvider } from "../start.ts";
import { payQr, qrisOperations, qrNotifyBody, qrNotifyUrl } from "./qris.ts";
import { transferOperations } from "./transfers.ts";
import {
  adviseBody,
  inquiryBody,
  inquiryUrl,
  judgePayment,
  paymentBody,
  paymentUrl,
  payVirtualAccount,
} from "./virtual-account-payment.ts";
import { virtualAccountOperations } from "./virtual-accounts.ts";

function deliveryDialect(book: Book, clock: () => Date): DeliveryDialect {
  return {
    scheme: () => "symmetric",
    bodyOf: (notification, attempt) =>
      notification.operation === "va-payment" ? adviseBody(notification, attempt) : notification.body,
    judge: (notification, answer) =>
      notification.operation === "va-payment" ? judgePayment(answer) : judgeByCode(notification, answer),
    onRejected(notification, answer) {
      const { paymentRequestId } = notification.body;
      book.record({
        entry: "payment-returned",
        at: clock().toISOString(),
        reference: notification.reference,
        paymentRequestId: String(paymentRequestId),
        reason: answer.responseCode ?? "no answer",
      });
    },
  };
}

const identity: ProviderIdentity = {
  name: "bank-cendana",
  displayName: "Bank Cendana",
  channelId: "95231",
  dialect: deliveryDialect,
};

function honestMessage(provider: Provider, charge: Charge | undefined, operation: ForgeOptions["operation"]) {
  const isVirtualAccount = charge?.details.kind === "virtual-account";
  const scheme = "symmetric" as const;
  if (operation === "qr-notify") {
    const isQr = charge?.details.kind === "qris";
    const body = isQr ? qrNotifyBody(provider, charge, charge.amountMinor, transactionStatus.paid) : {};
    return { url: qrNotifyUrl(provider), scheme, body };
  }
  const requestId = provider.newReference();
  if (operation === "va-inquiry")
    return {
      url: inquiryUrl(provider),
      scheme,
      body: isVirtualAccount ? inquiryBody(provider, charge, requestId) : {},
    };
  if (operation === "va-payment") {
    const body = isVirtualAccount ? paymentBody(provider, charge, requestId, charge.amountMinor) : {};
    return { url: paymentUrl(provider), scheme, body };
  }
  throw new ControlRequestError(`the bank sends no ${operation}`);
}

function controlDialect(provider: Provider): ControlDialect {
  return {
    pay: (charge, options) =>
      charge.details.kind === "qris" ? payQr(provider, charge, options) : payVirtualAccount(provider, charge, options),
    announce(charge, to) {
      if (charge.details.kind !== "qris") return undefined;
      return {
        notificationId: provider.newReference(),
        operation: "qr-notify",
        url: qrNotifyUrl(provider),
        body: qrNotifyBody(provider, charge, charge.amountMinor, transactionStatus[to]),
        externalId: null,
        signature: "valid",
        dueAt: provider.clock().toISOString(),
      };
    },
    honestMessage: (charge, operation) => honestMessage(provider, charge, operation),
  };
}

function serve(app: FastifyInstance, provider: Provider): void {
  serveAccessToken(app, provider);
  const { createVa, vaStatus, inquiryVa, deleteVa } = virtualAccountOperations(provider);
  serveOperation(app, provider, createVa);
  serveOperation(app, provider, vaStatus);
  serveOperation(app, provider, inquiryVa);
  serveOperation(app, provider, deleteVa);
  const { qrGenerate, qrQuery, qrCancel, qrRefund } = qrisOperations(provider);
  serveOperation(app, provider, qrGenerate);
  serveOperation(app, provider, qrQuery);
  serveOperation(app, provider, qrCancel);
  serveOperation(app, provider, qrRefund);
  const { intrabank, interbank, transferStatus } = transferOperations(app, provider);
  serveOperation(app, provider, intrabank);
  serveOperation(app, provider, interbank);
  serveOperation(app, provider, transferStatus);
  serveControl(app, provider, controlDialect(provider));
}

/** Starts Bank Cendana: virtual accounts, QRIS and transfers. */
export const createBankCendana: StartProvider = async (config: ProviderConfig, dataDir, logger, clock) => {
  const provider = await createProvider(identity, config, dataDir, logger, clock);
  const app = createSandboxServer(logger, provider.metrics, provider.book.flush);
  serve(app, provider);
  return { name: identity.name, port: config.port, app, provider };
};
