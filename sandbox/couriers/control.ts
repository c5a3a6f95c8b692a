import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { behaviourShape } from "../control/behaviours.ts";
import { escapeHtml, page } from "../control/pages.ts";
import { ControlRequestError, readControl } from "../control/requests.ts";
import { type Courier, digits } from "./courier.ts";
import { type Callback, nextState, type OwedCallback, type Parcel, parcelStates, stateOf } from "./parcel.ts";

const parcelName = {
  /** The merchant's reference, or the waybill. */
  reference: z.string().min(1).optional(),
  waybill: z.string().min(1).optional(),
};

const count = z.coerce.number().int();

/** `POST /control/move`: what happens to a parcel, and how the merchant hears of it. */
const moveShape = z.object({
  ...parcelName,
  /** `next`: what follows when all goes well. */
  to: z.enum([...parcelStates, "next"]),
  place: z.string().max(80).default("Jakarta"),
  signature: z.enum(["valid", "wrong"]).default("valid"),
  /** How many times the merchant is told in all. */
  times: count.min(1).max(100).default(1),
  /** All of them at the same moment. */
  concurrent: z.boolean().default(false),
  /** Never tell. */
  silent: z.boolean().default(false),
  /** Tell later; the answer does not wait for it. */
  delayMs: count.min(0).max(600_000).default(0),
});

/** `POST /control/forge`: anything at all, sent to the merchant. Nothing is written in the book. */
const forgeShape = z.object({
  ...parcelName,
  /** What an honest message would claim. */
  claim: z.enum(parcelStates).default("delivered"),
  /** The exact bytes instead. */
  rawBody: z.string().optional(),
  signature: z.enum(["valid", "wrong", "missing"]).default("wrong"),
  /** How old the signature's date is. */
  ageSeconds: count.min(0).max(31_536_000).default(0),
  times: count.min(1).max(100).default(1),
});

const tariffShape = z.object({ percent: count.min(1).max(10_000) });

function findParcel(
  { book }: Courier,
  { reference, waybill }: { reference?: string | undefined; waybill?: string | undefined },
): Parcel {
  const wanted = waybill ?? reference ?? "";
  const found = book.byWaybill(wanted) ?? book.byReference(wanted);
  if (found === undefined) throw new ControlRequestError(`no parcel ${wanted} in the book`, 404);
  return found;
}

function parcelView(parcel: Parcel) {
  const { fingerprint: _fingerprint, steps, ...rest } = parcel;
  return {
    ...rest,
    state: stateOf(parcel),
    steps: steps.map(({ state, place, at }) => ({ state, place, at: at.toISOString() })),
  };
}

function callbackView({ callbackId, waybill, body, state, answers, nextAttemptAt }: Callback) {
  return {
    callbackId,
    waybill,
    body,
    state,
    answers,
    nextAttemptAt: state === "owed" ? nextAttemptAt.toISOString() : null,
  };
}

function owedFor(
  courier: Courier,
  parcel: Parcel,
  options: z.infer<typeof moveShape>,
  to: Parcel["steps"][0]["state"],
): OwedCallback {
  const now = courier.clock();
  const callbackId = digits(18);
  const { delayMs, place, signature } = options;
  return {
    callbackId,
    waybill: parcel.waybill,
    body: courier.dialect.bodyOf(parcel, { state: to, place, at: now }, callbackId),
    signature,
    dueAt: new Date(now.getTime() + delayMs).toISOString(),
  };
}

async function tell(courier: Courier, { callbackId }: OwedCallback, options: z.infer<typeof moveShape>) {
  const { callbacks } = courier;
  if (options.delayMs > 0) {
    callbacks.schedule(callbackId);
    return [];
  }
  const repetitions = Array.from({ length: options.times - 1 });
  if (options.concurrent) {
    return Promise.all([callbacks.attempt(callbackId), ...repetitions.map(() => callbacks.repeat(callbackId))]);
  }
  const answers = [await callbacks.attempt(callbackId)];
  for (const _ of repetitions) answers.push(await callbacks.repeat(callbackId));
  return answers;
}

async function move(courier: Courier, options: z.infer<typeof moveShape>) {
  const parcel = findParcel(courier, options);
  const to = options.to === "next" ? nextState(parcel) : options.to;
  if (to === undefined) throw new ControlRequestError(`the parcel is ${stateOf(parcel)}: its way is over`, 409);
  const callback = options.silent ? null : owedFor(courier, parcel, options, to);
  const { waybill } = parcel;
  const at = courier.clock().toISOString();
  courier.book.record({ entry: "parcel-moved", at, waybill, to, place: options.place, callback });
  await courier.book.flush();
  const answers = callback === null ? [] : await tell(courier, callback, options);
  return { parcel: parcelView(parcel), answers };
}

function parcelsPage(courier: Courier, said = ""): string {
  const rows = courier.book
    .parcels()
    .slice(-50)
    .reverse()
    .map((parcel) => {
      const next = nextState(parcel);
      const button = `<form method="post" action="/control/move"><input type="hidden" name="waybill" value="${escapeHtml(parcel.waybill)}"><input type="hidden" name="to" value="next"><button>${escapeHtml(next ?? "")}</button></form>`;
      return `<tr><td><code>${escapeHtml(parcel.waybill)}</code><br><small>${escapeHtml(parcel.reference)}</small></td><td>${escapeHtml(parcel.service)}</td><td>${escapeHtml(stateOf(parcel))}</td><td>${next === undefined ? "" : button}</td></tr>`;
    })
    .join("\n");
  const table = `<table><thead><tr><th>Waybill</th><th>Service</th><th>State</th><th>Next</th></tr></thead><tbody>
${rows}</tbody></table>`;
  const content = rows === "" ? "<p>Nothing to carry yet. A shop has to send an order first.</p>" : table;
  return page(
    `${courier.displayName} (sandbox)`,
    `${said}<p>Nothing is carried here. Reload to see new parcels.</p>${content}`,
  );
}

function serveBehaviours(app: FastifyInstance, { behaviours }: Courier): void {
  app.get("/control/behaviours", async () => behaviours.waiting());
  app.post("/control/behaviours", async (request, reply) => {
    const behaviour = readControl(behaviourShape, request);
    behaviours.add(behaviour);
    return reply.code(201).send(behaviour);
  });
  app.delete("/control/behaviours", async (_request, reply) => {
    behaviours.clear();
    return reply.code(204).send();
  });
}

/** Serves a courier's control API and its page for people: a test's hand inside the courier. */
export function serveCourierControl(app: FastifyInstance, courier: Courier): void {
  const { book, callbacks, clock, dialect, name } = courier;
  serveBehaviours(app, courier);
  app.get("/", async (_request, reply) => reply.type("text/html; charset=utf-8").send(parcelsPage(courier)));
  app.get("/control/book", async () => ({
    courier: name,
    parcels: book.parcels().map(parcelView),
    callbacks: book.callbacks().map(callbackView),
  }));
  app.get<{ Params: { reference: string } }>("/control/parcels/:reference", async ({ params }) => {
    const parcel = findParcel(courier, params);
    const owed = book.callbacks().filter(({ waybill }) => waybill === parcel.waybill);
    return { ...parcelView(parcel), callbacks: owed.map(callbackView) };
  });
  app.post("/control/move", async (request, reply) => {
    const report = await move(courier, readControl(moveShape, request));
    if (!request.headers.accept?.includes("text/html")) return report;
    const said = `<p role="status">${escapeHtml(`${report.parcel.waybill}: ${report.parcel.state}. The merchant answered: ${report.answers.join(", ")}.`)}</p>`;
    return reply.type("text/html; charset=utf-8").send(parcelsPage(courier, said));
  });
  app.post("/control/forge", async (request) => {
    const options = readControl(forgeShape, request);
    const { claim, rawBody, signature, ageSeconds, times } = options;
    const signedAt = new Date(clock().getTime() - ageSeconds * 1_000);
    const honest = () =>
      dialect.bodyOf(findParcel(courier, options), { state: claim, place: "", at: clock() }, digits(18));
    const body = rawBody ?? honest();
    const answers: (number | null)[] = [];
    for (let sent = 0; sent < times; sent += 1) answers.push(await callbacks.send(body, signature, signedAt));
    return { answers };
  });
  app.post("/control/tariff", async (request, reply) => {
    courier.tariffPercent = readControl(tariffShape, request).percent;
    return reply.code(204).send();
  });
}
