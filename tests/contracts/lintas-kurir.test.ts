import { lintasCallbacks } from "../../subgraphs/commerce/connectors/lintas-kurir/callback.ts";
import {
  bookCodes,
  findCodes,
  parcelStatuses,
  rateCodes,
  trackCodes,
} from "../../subgraphs/commerce/connectors/lintas-kurir/codes.ts";
import { createLintasKurir } from "../../subgraphs/commerce/connectors/lintas-kurir/courier.ts";
import { describeCourier } from "./courier-contract.ts";

describeCourier({
  name: "lintas-kurir",
  create: ({ file, ...side }) => createLintasKurir({ entry: () => file.entry("lintas-kurir"), ...side }),
  callbacks: (file) => lintasCallbacks(() => file.entry("lintas-kurir")),
  tables: {
    "courier-rates": rateCodes,
    "courier-book": bookCodes,
    "courier-find": findCodes,
    "courier-track": trackCodes,
  },
  toControlCode: (code) => code,
  unlisted: ["202", "401 API_KEY_INVALID", "404 SOMETHING_NEW", "429 TOO_MANY_REQUESTS", "500 INTERNAL", "503"],
  statuses: parcelStatuses,
  refusedRoute: { originDistrict: "317406", destinationDistrict: "327301", weightGrams: 50_001 },
  trackingOf: (code) =>
    JSON.stringify({ history: [{ status: code, at: "2026-11-25T03:00:00Z", location: "Jakarta" }] }),
});
