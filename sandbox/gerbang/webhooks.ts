import { fromDecimal } from "../../platform/values/money.ts";
import type { Charge, ChargeStatus } from "../book/charge.ts";
import type { OwedNotification } from "../book/entries.ts";
import type { ProcessorConfig } from "../config.ts";
import { amountTaken, firstDueAt, notifyNow, obstacle, type PayReport, report, takeMoney } from "../control/payment.ts";
import type { PayOptions } from "../control/requests.ts";
import type { Provider } from "../provider.ts";
import type { MerchantClient } from "../snap/merchant-client.ts";
import { parse, post } from "../snap/merchant-exchange.ts";
import type { NewReference } from "../snap/references.ts";
import { statusWords } from "./charges.ts";

/** The processor's way to the merchant: JSON with a token in `x-callback-token`, nothing signed. */
export function createWebhookClient(
  config: ProcessorConfig,
  newReference: NewReference,
  stop: AbortSignal,
): MerchantClient {
  const tokens = {
    valid: () => config.webhookToken,
    wrong: () => `${config.webhookToken}-of-somebody-else`,
    garbage: () => "no token",
    missing: () => undefined,
  };
  return {
    call: async ({ operation, url, rawBody }, options) => {
      const externalId = options.externalId ?? newReference();
      const token = options.accessToken ?? tokens[options.signature]();
      const headers = {
        "content-type": "application/json",
        ...(token === undefined ? {} : { "x-callback-token": token }),
      };
      const signal = AbortSignal.any([stop, AbortSignal.timeout(config.notification.timeoutMs)]);
      // The message's number stands in its body: a repetition under the same number is the same bytes.
      const numbered = rawBody.replace('"webhook_id":null', `"webhook_id":"${externalId}"`);
      const { httpStatus, text } = await post(url, headers, numbered, signal);
      return { operation, externalId, httpStatus, responseCode: String(httpStatus), body: parse(text).body };
    },
  };
}

/** An honest webhook about a charge; its number is filled in when it is sent. */
export function webhookBody(charge: Charge, amountMinor: bigint, status: ChargeStatus): Record<string, unknown> {
  return {
    webhook_id: null,
    event: "charge.updated",
    data: {
      id: charge.reference,
      reference_id: charge.partnerReferenceNo,
      status: statusWords[status],
      amount_minor: Number(amountMinor),
      currency: "IDR",
    },
  };
}

/** What the processor owes the merchant when a charge reached a state. */
export function chargeWebhook(
  provider: Provider,
  config: ProcessorConfig,
  charge: Charge,
  told: { readonly amountMinor: bigint; readonly status: ChargeStatus },
  rest: Pick<OwedNotification, "externalId" | "signature" | "dueAt">,
): OwedNotification {
  return {
    notificationId: provider.newReference(),
    operation: "charge-webhook",
    url: config.webhookUrl,
    body: webhookBody(charge, told.amountMinor, told.status),
    ...rest,
  };
}

/** The payer pays on the processor's page: the money is taken and the merchant told until it answers 200. */
export async function payCard(
  provider: Provider,
  config: ProcessorConfig,
  charge: Charge,
  options: PayOptions,
): Promise<PayReport> {
  const hindrance = obstacle(provider, charge, options);
  if (hindrance !== undefined) return report(provider, charge, "refused", [], hindrance);
  const amountMinor = amountTaken(charge, options);
  const claimed = options.notifiedAmount === undefined ? amountMinor : fromDecimal(options.notifiedAmount);
  const rest = {
    externalId: options.externalId === "same" ? provider.newReference() : null,
    signature: options.signature,
    dueAt: firstDueAt(provider, options),
  };
  const told = { amountMinor: claimed, status: "paid" } as const;
  const notification = options.silent ? null : chargeWebhook(provider, config, charge, told, rest);
  await takeMoney(provider, charge, { paymentRequestId: provider.newReference(), amountMinor }, notification);
  const answers = notification === null ? [] : await notifyNow(provider, notification, options);
  return report(provider, charge, "paid", answers);
}
