import { rantauCallbacks } from "../../subgraphs/commerce/connectors/rantau-ekspres/callback.ts";
import {
  bookCodes,
  findCodes,
  parcelStatuses,
  rateCodes,
  trackCodes,
} from "../../subgraphs/commerce/connectors/rantau-ekspres/codes.ts";
import { createRantauEkspres } from "../../subgraphs/commerce/connectors/rantau-ekspres/courier.ts";
import { describeCourier } from "./courier-contract.ts";

describeCourier({
  name: "rantau-ekspres",
  create: ({ file, ...side }) => createRantauEkspres({ entry: () => file.entry("rantau-ekspres"), ...side }),
  callbacks: (file) => rantauCallbacks(() => file.entry("rantau-ekspres")),
  tables: {
    "courier-rates": rateCodes,
    "courier-book": bookCodes,
    "courier-find": findCodes,
    "courier-track": trackCodes,
  },
  toControlCode: (code) => `200 ${code}`,
  unlisted: ["200 E90", "200 E91", "200 E99", "401 E01", "500 E90", "503", "404 E44"],
  statuses: parcelStatuses,
  refusedRoute: { originDistrict: "317406", destinationDistrict: "917101", weightGrams: 1_000 },
  trackingOf: (code) =>
    `<?xml version="1.0"?><jawaban><kode>00</kode><riwayat><catatan><status>${code}</status><waktu>25-11-2026 10:00:00</waktu><lokasi>Jakarta</lokasi></catatan></riwayat></jawaban>`,
});
