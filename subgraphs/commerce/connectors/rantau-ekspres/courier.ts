import type { Dispatcher } from "undici";
import { z } from "zod";
import type { BookingAnswer, Courier, CourierRate, FoundBooking, Route } from "../../domain/shipping/courier.ts";
import type { TrackingStep } from "../../domain/shipping/tracking.ts";
import { codeField, meaningOf, placeField } from "../courier-words.ts";
import type { CourierEntry } from "../couriers-file.ts";
import { exchange } from "../http-exchange.ts";
import type { CodeTable } from "../snap/meanings.ts";
import { bookCodes, findCodes, parcelStatuses, rateCodes, trackCodes } from "./codes.ts";
import { childrenOf, readXml, textOf, type XmlElement } from "./xml.ts";

/** What Rantau Ekspres is called with. */
export interface RantauSettings {
  /** What holds now. */
  readonly entry: () => CourierEntry<"rantau-ekspres">;
  readonly dispatcher: Dispatcher;
  /** How long rates may take; somebody waits for them. */
  readonly ratesDeadlineMs: number;
  readonly deadlineMs: number;
}

// The boxes that shops pack into, in centimetres, by what they can bear: the courier charges for space as well.
const boxes = [
  { mostGrams: 1_000, panjang: "20", lebar: "15", tinggi: "10" },
  { mostGrams: 5_000, panjang: "30", lebar: "25", tinggi: "20" },
  { mostGrams: Number.POSITIVE_INFINITY, panjang: "50", lebar: "40", tinggi: "30" },
] as const;

function parcelFields({ originDistrict, destinationDistrict, weightGrams }: Route): Record<string, string> {
  const box = boxes.find(({ mostGrams }) => weightGrams <= mostGrams) ?? boxes[2];
  const { panjang, lebar, tinggi } = box;
  const berat = `${Math.floor(weightGrams / 1_000)}.${String(weightGrams % 1_000).padStart(3, "0")}`;
  return { asal: originDistrict, tujuan: destinationDistrict, berat_kg: berat, panjang, lebar, tinggi };
}

const unreadable = { kind: "unknown", reason: "the answer lacks fields" } as const;
const rupiah = z
  .string()
  .regex(/^\d{1,12}$/)
  .transform((whole) => ({ amountMinor: BigInt(whole) * 100n, currency: "IDR" }));
const waktuPattern = /^(\d\d)-(\d\d)-(\d{4}) (\d\d:\d\d:\d\d)$/;
const waktu = z.string().transform((text, context) => {
  // The courier writes the time of Jakarta, without saying so.
  const [, day, month, year, time] = waktuPattern.exec(text) ?? [];
  const at = new Date(`${year}-${month}-${day}T${time}+07:00`);
  if (!Number.isNaN(at.getTime())) return at;
  context.addIssue({ code: "custom", message: "is no time" });
  return z.NEVER;
});
const days = z
  .string()
  .regex(/^\d{1,3}-\d{1,3}$/)
  .transform((range) => range.split("-").map(Number));

const rateShape = z.object({ service: z.string().min(1), fee: rupiah, days });
const bookedShape = z.object({ waybill: z.string().min(1).max(40), charged: rupiah });
const stepShape = z.object({ code: codeField, at: waktu, place: placeField });

function readRates(answer: XmlElement): readonly CourierRate[] | null {
  const [list] = childrenOf(answer, "tarif");
  const rates = childrenOf(list, "layanan").map((service) =>
    rateShape.safeParse({
      service: textOf(service, "nama"),
      fee: textOf(service, "ongkos"),
      days: textOf(service, "hari"),
    }),
  );
  if (list === undefined || rates.some(({ success }) => !success)) return null;
  return rates.flatMap(({ data }) => {
    if (data === undefined) return [];
    const [minDays = 0, maxDays = 0] = data.days;
    const range = { minDays, maxDays: Math.max(minDays, maxDays) };
    return [{ service: data.service, fee: data.fee, ...range, validUntil: null }];
  });
}

function readBooked(answer: XmlElement): FoundBooking & BookingAnswer {
  const read = bookedShape.safeParse({ waybill: textOf(answer, "resi"), charged: textOf(answer, "ongkos") });
  return read.success ? { kind: "booked", ...read.data } : unreadable;
}

function readSteps(answer: XmlElement): readonly TrackingStep[] | null {
  const [history] = childrenOf(answer, "riwayat");
  const steps = childrenOf(history, "catatan").map((note) =>
    stepShape.safeParse({ code: textOf(note, "status"), at: textOf(note, "waktu"), place: textOf(note, "lokasi") }),
  );
  if (history === undefined || steps.some(({ success }) => !success)) return null;
  return steps.flatMap(({ data }) =>
    data === undefined ? [] : [{ ...data, status: meaningOf(parcelStatuses, data.code) ?? ("UNKNOWN" as const) }],
  );
}

type Understood<Meaning extends string> =
  | { readonly meaning: Meaning; readonly reason: string; readonly answer: XmlElement }
  | { readonly meaning: "unknown"; readonly reason: string };

/** Rantau Ekspres: forms in, XML out; a reference is taken once and looked up afterwards. */
export function createRantauEkspres({ entry, dispatcher, ratesDeadlineMs, deadlineMs }: RantauSettings): Courier {
  async function ask<Meaning extends string>(
    path: string,
    fields: Record<string, string>,
    table: CodeTable<Meaning>,
    waitMs = deadlineMs,
  ): Promise<Understood<Meaning>> {
    const { baseUrl, username, password } = entry();
    const headers = {
      authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
      "content-type": "application/x-www-form-urlencoded",
    };
    const body = Buffer.from(new URLSearchParams(fields).toString());
    const question = { method: "POST", url: new URL(`${baseUrl}${path}`), headers, body } as const;
    const outcome = await exchange(question, waitMs, dispatcher);
    if (outcome.kind !== "answered") return { meaning: "unknown", reason: outcome.reason };
    if (outcome.status !== 200) return { meaning: "unknown", reason: `HTTP ${outcome.status}` };
    const answer = readXml(outcome.body.toString("utf8"));
    if (answer?.name !== "jawaban") return { meaning: "unknown", reason: "not the courier's XML" };
    const code = textOf(answer, "kode") ?? "";
    const meaning = meaningOf(table, code);
    const reason = `kode ${code.slice(0, 20)}`;
    return meaning === undefined ? { meaning: "unknown", reason } : { meaning, reason, answer };
  }

  async function find(reference: string): Promise<FoundBooking> {
    const understood = await ask("/ws/cek", { nomor_ref: reference }, findCodes);
    if (understood.meaning === "unknown") return { kind: "unknown", reason: understood.reason };
    return understood.meaning === "not-found" ? { kind: "not-found" } : readBooked(understood.answer);
  }

  return {
    id: "rantau-ekspres",
    name: "Rantau Ekspres",
    find,
    rates: async (route) => {
      const understood = await ask("/ws/tarif", parcelFields(route), rateCodes, ratesDeadlineMs);
      if (understood.meaning !== "rates") {
        return { kind: understood.meaning === "refused" ? "refused" : "unknown", reason: understood.reason };
      }
      const rates = readRates(understood.answer);
      return rates === null ? unreadable : { kind: "rates", rates };
    },
    book: async ({ reference, service, recipient, ...route }) => {
      const { recipientName: penerima, phone: telepon, street: alamat, postalCode: kodepos } = recipient;
      const fields = { nomor_ref: reference, layanan: service, penerima, telepon, alamat, kodepos };
      const understood = await ask("/ws/pesan", { ...parcelFields(route), ...fields }, bookCodes);
      if (understood.meaning === "booked") return readBooked(understood.answer);
      if (understood.meaning === "refused") return { kind: "refused", reason: understood.reason };
      if (understood.meaning === "unknown") return { kind: "unknown", reason: understood.reason };
      const found = await find(reference);
      return found.kind === "not-found" ? { kind: "unknown", reason: "booked, yet not found" } : found;
    },
    track: async (waybill) => {
      const understood = await ask("/ws/lacak", { resi: waybill }, trackCodes);
      if (understood.meaning === "unknown") return { kind: "unknown", reason: understood.reason };
      const steps = readSteps(understood.answer);
      return steps === null ? unreadable : { kind: "tracked", steps };
    },
  };
}
