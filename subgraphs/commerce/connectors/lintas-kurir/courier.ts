import type { Dispatcher } from "undici";
import { z } from "zod";
import type {
  BookingAnswer,
  Courier,
  CourierRate,
  FoundBooking,
  ParcelBooking,
} from "../../domain/shipping/courier.ts";
import { codeField, meaningOf, placeField } from "../courier-words.ts";
import type { CourierEntry } from "../couriers-file.ts";
import { exchange, type HttpOutcome } from "../http-exchange.ts";
import type { CodeTable } from "../snap/meanings.ts";
import { bookCodes, findCodes, parcelStatuses, rateCodes, trackCodes } from "./codes.ts";

/** What Lintas Kurir is called with. */
export interface LintasSettings {
  /** What holds now. */
  readonly entry: () => CourierEntry<"lintas-kurir">;
  readonly dispatcher: Dispatcher;
  /** How long rates may take; somebody waits for them. */
  readonly ratesDeadlineMs: number;
  readonly deadlineMs: number;
}

type Understood<Meaning extends string> =
  | { readonly meaning: Meaning; readonly reason: string; readonly body: unknown }
  | { readonly meaning: "unknown"; readonly reason: string };

function understand<Meaning extends string>(table: CodeTable<Meaning>, outcome: HttpOutcome): Understood<Meaning> {
  if (outcome.kind !== "answered") return { meaning: "unknown", reason: outcome.reason };
  let body: unknown;
  try {
    body = JSON.parse(outcome.body.toString("utf8"));
  } catch {
    return { meaning: "unknown", reason: `HTTP ${outcome.status}, not JSON` };
  }
  const error = (body as { error?: unknown } | null)?.error;
  const code = typeof error === "string" ? `${outcome.status} ${error.slice(0, 60)}` : String(outcome.status);
  const meaning = meaningOf(table, code);
  return meaning === undefined ? { meaning: "unknown", reason: code } : { meaning, reason: code, body };
}

const unreadable = { kind: "unknown", reason: "the answer lacks fields" } as const;
const rupiah = z
  .int()
  .min(0)
  .transform((whole) => ({ amountMinor: BigInt(whole) * 100n, currency: "IDR" }));
const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

const ratesShape = z.object({
  valid_until: instant,
  rates: z.array(z.object({ service: z.string().min(1), price: rupiah, etd_min: z.int().min(0), etd_max: z.int() })),
});

const orderShape = z.object({ waybill: z.string().min(1).max(40), price: rupiah });

const trackingShape = z.object({
  history: z.array(z.object({ status: codeField, at: instant, location: placeField })),
});

function readBooked(body: unknown): FoundBooking & BookingAnswer {
  const read = orderShape.safeParse(body);
  if (!read.success) return unreadable;
  return { kind: "booked", waybill: read.data.waybill, charged: read.data.price };
}

function orderOf({ reference, service, recipient, ...route }: ParcelBooking) {
  return {
    reference,
    service,
    weight_grams: route.weightGrams,
    origin: { district: route.originDistrict },
    destination: {
      district: route.destinationDistrict,
      name: recipient.recipientName,
      phone: recipient.phone,
      street: recipient.street,
      postal_code: recipient.postalCode,
    },
  };
}

function readRates(body: unknown): readonly CourierRate[] | null {
  const read = ratesShape.safeParse(body);
  if (!read.success) return null;
  const { valid_until: validUntil, rates } = read.data;
  return rates.map(({ service, price: fee, etd_min: minDays, etd_max: maxDays }) => ({
    service,
    fee,
    minDays,
    maxDays: Math.max(minDays, maxDays),
    validUntil,
  }));
}

/** Lintas Kurir: JSON behind an API key; booking is idempotent by our reference. */
export function createLintasKurir({ entry, dispatcher, ratesDeadlineMs, deadlineMs }: LintasSettings): Courier {
  async function send(method: "GET" | "POST", path: string, body: object | null, waitMs: number): Promise<HttpOutcome> {
    const { baseUrl, apiKey } = entry();
    const json: Record<string, string> = body === null ? {} : { "content-type": "application/json" };
    const bytes = body === null ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
    const question = {
      method,
      url: new URL(`${baseUrl}${path}`),
      headers: { "x-api-key": apiKey, ...json },
      body: bytes,
    };
    return exchange(question, waitMs, dispatcher);
  }

  async function find(reference: string): Promise<FoundBooking> {
    const path = `/api/orders?reference=${encodeURIComponent(reference)}`;
    const answer = understand(findCodes, await send("GET", path, null, deadlineMs));
    if (answer.meaning === "unknown") return { kind: "unknown", reason: answer.reason };
    return answer.meaning === "not-found" ? { kind: "not-found" } : readBooked(answer.body);
  }

  return {
    id: "lintas-kurir",
    name: "Lintas Kurir",
    find,
    rates: async ({ originDistrict: origin, destinationDistrict: destination, weightGrams }) => {
      const body = { origin, destination, weight_grams: weightGrams };
      const answer = understand(rateCodes, await send("POST", "/api/rates", body, ratesDeadlineMs));
      if (answer.meaning !== "rates") {
        return { kind: answer.meaning === "refused" ? "refused" : "unknown", reason: answer.reason };
      }
      const rates = readRates(answer.body);
      return rates === null ? unreadable : { kind: "rates", rates };
    },
    book: async (booking) => {
      const answer = understand(bookCodes, await send("POST", "/api/orders", orderOf(booking), deadlineMs));
      if (answer.meaning === "booked") return readBooked(answer.body);
      if (answer.meaning === "refused") return { kind: "refused", reason: answer.reason };
      if (answer.meaning === "unknown") return { kind: "unknown", reason: answer.reason };
      const found = await find(booking.reference);
      return found.kind === "not-found" ? { kind: "unknown", reason: "booked, yet not found" } : found;
    },
    track: async (waybill) => {
      const path = `/api/trackings/${encodeURIComponent(waybill)}`;
      const answer = understand(trackCodes, await send("GET", path, null, deadlineMs));
      if (answer.meaning === "unknown") return { kind: "unknown", reason: answer.reason };
      const read = trackingShape.safeParse(answer.body);
      if (!read.success) return unreadable;
      const steps = read.data.history.map(({ status: code, at, location: place }) => ({
        status: meaningOf(parcelStatuses, code) ?? ("UNKNOWN" as const),
        code,
        place,
        at,
      }));
      return { kind: "tracked", steps };
    },
  };
}
