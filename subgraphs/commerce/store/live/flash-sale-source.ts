import type { StateSource } from "../../../../platform/runtime/streams/state-streams.ts";
import type { FlashSale, FlashSaleReads } from "../../domain/flash-sale.ts";

const intervalMs = 250;

/** Reads a flash sale in one statement, at most four times a second; its start and its end need no write. */
export function flashSaleSource(reads: FlashSaleReads): StateSource<FlashSale> {
  return {
    read: async (saleId) => (await reads.flashSalesByIds([saleId]))[0] ?? null,
    wakeUpKey: (saleId) => `flash-sale:${saleId}`,
    intervalMs,
    isFinal: ({ status }) => status === "ENDED",
    changesAt: ({ status, startsAt, endsAt }) => (status === "SCHEDULED" ? startsAt : endsAt),
  };
}
