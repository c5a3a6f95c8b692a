import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type Charge, chargeStatus } from "../book/charge.ts";
import type { OwedNotification } from "../book/entries.ts";
import { chargeView } from "../book/views.ts";
import { escapeHtml, page, rupiah } from "../control/pages.ts";
import { findCharge, type PayReport } from "../control/payment.ts";
import { ControlRequestError, type PayOptions, payShape, readControl } from "../control/requests.ts";
import type { Provider } from "../provider.ts";
import { isPayable } from "./original.ts";

/** What a provider with a page does its own way. */
export interface ApprovalDialect {
  readonly pay: (charge: Charge, options: PayOptions) => Promise<PayReport>;
  /** The message that tells of a charge that the payer declined. */
  readonly announceFailed: (charge: Charge) => OwedNotification;
  /** Where the payer goes afterwards; null when the merchant named no address. */
  readonly returnUrlOf: (charge: Charge) => string | null;
}

async function decline(provider: Provider, dialect: ApprovalDialect, charge: Charge): Promise<void> {
  const at = provider.clock().toISOString();
  const notification = dialect.announceFailed(charge);
  provider.book.record({ entry: "charge-moved", at, reference: charge.reference, to: "failed", notification });
  await provider.book.flush();
  await provider.delivery.attempt(notification.notificationId);
}

function approvalPage(provider: Provider, dialect: ApprovalDialect, charge: Charge): string {
  const view = chargeView(charge, provider.clock());
  const returnUrl = dialect.returnUrlOf(charge);
  const back = returnUrl === null ? "" : `<p><a href="${escapeHtml(returnUrl)}">Back to the shop</a></p>`;
  const amount = `<p>Etalase asks for <strong>${escapeHtml(rupiah(view.amount))}</strong> until ${escapeHtml(view.expiresAt)}.</p>`;
  const buttons = `<form method="post"><button name="decision" value="approve">Pay</button> <button name="decision" value="decline">Decline</button></form>`;
  const state = `<p role="status">This payment is ${escapeHtml(view.status)}.</p>`;
  return page(`${provider.displayName} (sandbox)`, `${amount}${isPayable(view.status) ? buttons : state + back}`);
}

const decisionShape = z.object({ decision: z.enum(["approve", "decline"]) });

/** Serves the page that the merchant sends the payer to: the payer sees the amount and approves or declines. */
export function serveApproval(app: FastifyInstance, provider: Provider, dialect: ApprovalDialect): void {
  app.get<{ Params: { reference: string } }>("/approve/:reference", async (request, reply) => {
    const charge = findCharge(provider, { reference: request.params.reference });
    return reply.type("text/html; charset=utf-8").send(approvalPage(provider, dialect, charge));
  });
  app.post<{ Params: { reference: string } }>("/approve/:reference", async (request, reply) => {
    const charge = findCharge(provider, { reference: request.params.reference });
    const { decision } = readControl(decisionShape, request);
    if (decision === "approve") await dialect.pay(charge, payShape.parse({}));
    else if (isPayable(chargeStatus(charge, provider.clock()))) await decline(provider, dialect, charge);
    else throw new ControlRequestError("the payment can no longer be declined", 409);
    return reply.redirect(`/approve/${encodeURIComponent(charge.reference)}`, 303);
  });
}
