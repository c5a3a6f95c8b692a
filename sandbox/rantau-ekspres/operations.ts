import { createHash } from "node:crypto";
import { z } from "zod";
import { type Courier, digits } from "../couriers/courier.ts";
import type { ParcelState } from "../couriers/parcel.ts";
import { distanceOf, type Rate, ratesOf, type Service } from "../couriers/tariff.ts";

/** An answer: always HTTP 200 behind the door; `kode` says what it is, `content` is XML. */
export interface RantauAnswer {
  readonly kode: string;
  readonly content: string;
}

/** A refusal in the courier's codes. */
export function refusal(kode: string): RantauAnswer {
  return { kode, content: "" };
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function element(name: string, text: string | number): string {
  return `<${name}>${escapeXml(String(text))}</${name}>`;
}

// By half a kilogram, and only where it has depots: not to the provinces whose code begins with 9.
const services: readonly Service[] = [
  {
    code: "DARAT",
    perUnit: { city: 3_900, province: 5_200, country: 14_500 },
    days: { city: [2, 4], province: [3, 6], country: [6, 12] },
  },
  {
    code: "UDARA",
    perUnit: { city: 6_500, province: 8_000, country: 18_500 },
    days: { city: [1, 2], province: [1, 3], country: [2, 5] },
  },
  {
    code: "KILAT",
    perUnit: { city: 12_000, province: null, country: null },
    days: { city: [0, 1], province: [0, 1], country: [0, 1] },
  },
];

const mostKilograms = 30;
const cubicCentimetresPerKilogram = 6_000;

/** The courier's codes for where a parcel is. */
export const statusCodes: Readonly<Record<ParcelState, string>> = {
  booked: "100",
  "picked-up": "200",
  "in-transit": "210",
  "out-for-delivery": "300",
  "delivery-failed": "310",
  delivered: "400",
  returning: "500",
  returned: "510",
  lost: "900",
  cancelled: "990",
};

const decimal = z
  .string()
  .regex(/^\d{1,4}(\.\d{1,3})?$/)
  .transform(Number);
const centimetres = z
  .string()
  .regex(/^\d{1,3}$/)
  .transform(Number)
  .pipe(z.number().min(1));
const district = z.string().regex(/^\d{6}$/);
const parcelFields = {
  asal: district,
  tujuan: district,
  berat_kg: decimal,
  panjang: centimetres,
  lebar: centimetres,
  tinggi: centimetres,
};

/** `POST /ws/tarif`. */
export const tarifShape = z.object(parcelFields);

/** `POST /ws/pesan`. */
export const pesanShape = z.object({
  ...parcelFields,
  nomor_ref: z.string().min(1).max(64),
  layanan: z.string().min(1),
  penerima: z.string().min(1),
  telepon: z.string().min(1),
  alamat: z.string().min(1),
  kodepos: z.string().min(1),
});

type ParcelFields = z.infer<typeof tarifShape>;

/** Half kilograms that are charged: of the weight, or of the space that the box takes, whichever is more. */
export function chargedHalves(kilograms: number, cubicCentimetres: number): number {
  return Math.max(1, Math.ceil(Math.max(kilograms, cubicCentimetres / cubicCentimetresPerKilogram) * 2));
}

function ratesFor(courier: Courier, fields: ParcelFields): Rate[] | RantauAnswer {
  const { asal, tujuan, berat_kg: kilograms, panjang, lebar, tinggi } = fields;
  if (asal.startsWith("9") || tujuan.startsWith("9")) return refusal("E11");
  if (kilograms > mostKilograms) return refusal("E14");
  const halves = chargedHalves(kilograms, panjang * lebar * tinggi);
  return ratesOf(services, distanceOf(asal, tujuan), halves, courier.tariffPercent);
}

/** What carrying costs by each service. */
export function tarif(courier: Courier, fields: ParcelFields): RantauAnswer {
  const rates = ratesFor(courier, fields);
  if (!Array.isArray(rates)) return rates;
  const listed = rates.map(
    ({ service, feeRupiah, days }) =>
      `<layanan>${element("nama", service)}${element("ongkos", feeRupiah)}${element("hari", days.join("-"))}</layanan>`,
  );
  return { kode: "00", content: `<tarif>${listed.join("")}</tarif>` };
}

/** Books a parcel. A reference is taken once: E17 whatever comes under it later, to be looked up by `cek`. */
export function pesan(courier: Courier, fields: z.infer<typeof pesanShape>): RantauAnswer {
  if (courier.book.byReference(fields.nomor_ref) !== undefined) return refusal("E17");
  const rates = ratesFor(courier, fields);
  if (!Array.isArray(rates)) return rates;
  const rate = rates.find(({ service }) => service === fields.layanan);
  if (rate === undefined) return refusal("E12");
  const waybill = `RE-${digits(10)}`;
  courier.book.record({
    entry: "parcel-booked",
    at: courier.clock().toISOString(),
    waybill,
    reference: fields.nomor_ref,
    service: rate.service,
    weightGrams: Math.round(fields.berat_kg * 1_000),
    feeRupiah: rate.feeRupiah,
    origin: fields.asal,
    destination: fields.tujuan,
    fingerprint: createHash("sha256").update(JSON.stringify(fields)).digest("hex"),
  });
  return { kode: "00", content: `${element("resi", waybill)}${element("ongkos", rate.feeRupiah)}` };
}

/** Tells of a booking by the merchant's reference. */
export function cek(courier: Courier, reference: string): RantauAnswer {
  const parcel = courier.book.byReference(reference);
  if (parcel === undefined) return refusal("E44");
  return { kode: "00", content: `${element("resi", parcel.waybill)}${element("ongkos", parcel.feeRupiah)}` };
}

/** Local time of the courier's head office, UTC+7, as it writes it: `25-11-2026 14:03:22`. */
export function waktu(at: Date): string {
  const [day = "", time = ""] = new Date(at.getTime() + 7 * 3_600_000).toISOString().split("T");
  return `${day.split("-").reverse().join("-")} ${time.slice(0, 8)}`;
}

/** Tells where a parcel has been, latest first. */
export function lacak(courier: Courier, waybill: string): RantauAnswer {
  const parcel = courier.book.byWaybill(waybill);
  if (parcel === undefined) return refusal("E45");
  const notes = parcel.steps
    .map(
      ({ state, place, at }) =>
        `<catatan>${element("status", statusCodes[state])}${element("waktu", waktu(at))}${element("lokasi", place)}</catatan>`,
    )
    .reverse();
  return { kode: "00", content: `${element("resi", waybill)}<riwayat>${notes.join("")}</riwayat>` };
}
