import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type Charge, chargeStatus, transactionStatus } from "../book/charge.ts";
import { chargeView } from "../book/views.ts";
import { isPayable } from "../charges/original.ts";
import { escapeHtml, page, rupiah } from "../control/pages.ts";
import {
  amountTaken,
  findCharge,
  firstDueAt,
  notifyNow,
  obstacle,
  type PayReport,
  report,
  takeMoney,
} from "../control/payment.ts";
import { ControlRequestError, type PayOptions, payShape, readControl } from "../control/requests.ts";
import type { Provider } from "../provider.ts";
import { notifiedAmount, walletDetails, walletNotification } from "./payments.ts";

/** The payer approves: the wallet takes the money and tells the merchant (56) until it hears 2005600. */
export async function payFromWallet(provider: Provider, charge: Charge, options: PayOptions): Promise<PayReport> {
  const hindrance = obstacle(provider, charge, options);
  if (hindrance !== undefined) return report(provider, charge, "refused", [], hindrance);
  const amountMinor = amountTaken(charge, options);
  const told = { amountMinor: notifiedAmount(amountMinor, options.notifiedAmount), state: transactionStatus.paid };
  const notification = options.silent
    ? null
    : walletNotification(provider, charge, told, {
        externalId: options.externalId === "same" ? provider.newReference() : null,
        signature: options.signature,
        dueAt: firstDueAt(provider, options),
      });
  await takeMoney(provider, charge, { paymentRequestId: provider.newReference(), amountMinor }, notification);
  const answers = notification === null ? [] : await notifyNow(provider, notification, options);
  return report(provider, charge, "paid", answers);
}

async function decline(provider: Provider, charge: Charge): Promise<void> {
  const told = { amountMinor: charge.amountMinor, state: transactionStatus.failed };
  const at = provider.clock().toISOString();
  const notification = walletNotification(provider, charge, told, { externalId: null, signature: "valid", dueAt: at });
  provider.book.record({ entry: "charge-moved", at, reference: charge.reference, to: "failed", notification });
  await provider.book.flush();
  await provider.delivery.attempt(notification.notificationId);
}

function approvalPage(provider: Provider, charge: Charge): string {
  const view = chargeView(charge, provider.clock());
  const { returnUrl } = walletDetails(charge);
  const back = returnUrl === null ? "" : `<p><a href="${escapeHtml(returnUrl)}">Back to the shop</a></p>`;
  const amount = `<p>Etalase asks for <strong>${escapeHtml(rupiah(view.amount))}</strong> until ${escapeHtml(view.expiresAt)}.</p>`;
  const buttons = `<form method="post"><button name="decision" value="approve">Pay</button> <button name="decision" value="decline">Decline</button></form>`;
  const state = `<p role="status">This payment is ${escapeHtml(view.status)}.</p>`;
  return page(`${provider.displayName} (sandbox)`, `${amount}${isPayable(view.status) ? buttons : state + back}`);
}

const decisionShape = z.object({ decision: z.enum(["approve", "decline"]) });

/** Serves where `webRedirectUrl` leads: the payer sees the amount and approves or declines. */
export function serveApproval(app: FastifyInstance, provider: Provider): void {
  app.get<{ Params: { reference: string } }>("/approve/:reference", async (request, reply) => {
    const charge = findCharge(provider, { reference: request.params.reference });
    return reply.type("text/html; charset=utf-8").send(approvalPage(provider, charge));
  });
  app.post<{ Params: { reference: string } }>("/approve/:reference", async (request, reply) => {
    const charge = findCharge(provider, { reference: request.params.reference });
    const { decision } = readControl(decisionShape, request);
    if (decision === "approve") await payFromWallet(provider, charge, payShape.parse({}));
    else if (isPayable(chargeStatus(charge, provider.clock()))) await decline(provider, charge);
    else throw new ControlRequestError("the payment can no longer be declined", 409);
    return reply.redirect(`/approve/${encodeURIComponent(charge.reference)}`, 303);
  });
}
