import type { FastifyInstance } from "fastify";
import { type Charge, chargeStatus } from "../book/charge.ts";
import type { MerchantAnswer, OwedNotification } from "../book/entries.ts";
import { chargeView, notificationView } from "../book/views.ts";
import type { Provider } from "../provider.ts";
import type { CallOptions, MerchantCall } from "../snap/merchant-client.ts";
import { behaviourShape } from "./behaviours.ts";
import { chargesPage } from "./pages.ts";
import { findCharge, type PayReport } from "./payment.ts";
import {
  ControlRequestError,
  type ForgeOptions,
  forgeShape,
  moveShape,
  type PayOptions,
  payShape,
  readControl,
} from "./requests.ts";

/** What each provider does its own way when a test moves money. */
export interface ControlDialect {
  readonly pay: (charge: Charge, options: PayOptions) => Promise<PayReport>;
  /** The message that tells of a charge's present state; undefined: this kind has none. */
  readonly announce: (
    charge: Charge,
    to: "paying" | "pending" | "failed" | "cancelled",
  ) => OwedNotification | undefined;
  /** An honest message about the charge, to be falsified. @throws ControlRequestError when this provider has no such operation */
  readonly honestMessage: (
    charge: Charge | undefined,
    operation: ForgeOptions["operation"],
  ) => {
    readonly url: string;
    readonly scheme: CallOptions["scheme"];
    readonly body: Readonly<Record<string, unknown>>;
  };
}

function serveBook(app: FastifyInstance, provider: Provider): void {
  const { book, clock } = provider;
  app.get("/control/book", async () => ({
    provider: provider.name,
    charges: book.charges().map((charge) => chargeView(charge, clock())),
    notifications: book.notifications().map(notificationView),
  }));
  app.get<{ Params: { reference: string } }>("/control/charges/:reference", async (request) => {
    const charge = findCharge(provider, { reference: request.params.reference });
    const owed = book.notifications().filter(({ reference }) => reference === charge.reference);
    return { ...chargeView(charge, clock()), notifications: owed.map(notificationView) };
  });
}

function serveBehaviours(app: FastifyInstance, provider: Provider): void {
  app.get("/control/behaviours", async () => provider.behaviours.waiting());
  app.post("/control/behaviours", async (request, reply) => {
    const behaviour = readControl(behaviourShape, request);
    provider.behaviours.add(behaviour);
    return reply.code(201).send(behaviour);
  });
  app.delete("/control/behaviours", async (_request, reply) => {
    provider.behaviours.clear();
    return reply.code(204).send();
  });
}

function serveMoves(app: FastifyInstance, provider: Provider, dialect: ControlDialect): void {
  app.post("/control/pay", async (request, reply) => {
    const options = readControl(payShape, request);
    const report = await dialect.pay(findCharge(provider, options), options);
    provider.logger.info({ reference: report.charge.reference, outcome: report.outcome }, "a payment was asked for");
    if (!request.headers.accept?.includes("text/html")) return report;
    return reply.type("text/html; charset=utf-8").send(chargesPage(provider, report));
  });
  app.post("/control/move", async (request) => {
    const options = readControl(moveShape, request);
    const charge = findCharge(provider, options);
    const status = chargeStatus(charge, provider.clock());
    if (status === "paid" || status === "refunded")
      throw new ControlRequestError("the charge is paid; it cannot become anything else", 409);
    const notification = options.notify ? dialect.announce(charge, options.to) : undefined;
    provider.book.record({
      entry: "charge-moved",
      at: provider.clock().toISOString(),
      reference: charge.reference,
      to: options.to,
      notification: notification ?? null,
    });
    await provider.book.flush();
    const answers = notification === undefined ? [] : [await provider.delivery.attempt(notification.notificationId)];
    return { charge: chargeView(charge, provider.clock()), answers };
  });
}

function forgedCall(dialect: ControlDialect, charge: Charge | undefined, options: ForgeOptions) {
  const honest = dialect.honestMessage(charge, options.operation);
  const rawBody = options.rawBody ?? JSON.stringify({ ...honest.body, ...options.fields });
  const call: MerchantCall = { operation: options.operation, url: honest.url, rawBody };
  const signing: CallOptions = {
    scheme: honest.scheme,
    signature: options.signature,
    externalId: options.externalId ?? null,
    accessToken: options.accessToken ?? null,
    timestamp: options.timestamp ?? null,
  };
  return { call, signing };
}

function serveForgery(app: FastifyInstance, provider: Provider, dialect: ControlDialect): void {
  app.post("/control/forge", async (request) => {
    const options = readControl(forgeShape, request);
    const isNamed = (options.reference ?? options.partnerReferenceNo ?? options.virtualAccountNo) !== undefined;
    const { call, signing } = forgedCall(dialect, isNamed ? findCharge(provider, options) : undefined, options);
    const send = () => provider.merchant.call(call, signing);
    const times = Array.from({ length: options.times });
    if (options.concurrent) return { answers: await Promise.all(times.map(send)) };
    const answers: MerchantAnswer[] = [];
    for (const _ of times) answers.push(await send());
    return { answers };
  });
}

/** Serves the control API and the page for people. Not part of SNAP: a test's hand inside the provider. */
export function serveControl(app: FastifyInstance, provider: Provider, dialect: ControlDialect): void {
  serveBook(app, provider);
  serveBehaviours(app, provider);
  serveMoves(app, provider, dialect);
  serveForgery(app, provider, dialect);
  app.get("/", async (_request, reply) => reply.type("text/html; charset=utf-8").send(chargesPage(provider)));
}
