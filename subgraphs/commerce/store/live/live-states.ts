import type { Logger } from "../../../../platform/runtime/logger.ts";
import { type StateSettings, StateStreams } from "../../../../platform/runtime/streams/state-streams.ts";
import { openWakeUps } from "../../../../platform/runtime/streams/wake-ups.ts";
import type { FlashSaleReads } from "../../domain/flash-sale.ts";
import type { LiveStates } from "../../domain/live.ts";
import type { BuyerReads } from "../../domain/reads.ts";
import { flashSaleSource } from "./flash-sale-source.ts";
import { orderSource } from "./order-source.ts";

/** What streams are read from. */
export interface LiveSettings {
  /** A direct connection to the database, on which wake-ups are listened to. */
  readonly listenUrl: string;
  readonly reads: { readonly buyer: BuyerReads; readonly catalogue: FlashSaleReads };
  readonly logger: Logger;
  /** What deviates from the usual patience; for tests alone. */
  readonly states?: Partial<StateSettings>;
}

/** The streams of a process. */
export interface Live extends LiveStates {
  /** Ends the streams and the connection for wake-ups. */
  readonly close: () => Promise<void>;
}

// The name stands in the migrations that notify.
const channel = "commerce_changes";

/** Opens commerce's streams of states; no connection is held before the first stream. */
export function openLive({ listenUrl, reads, logger, states }: LiveSettings): Live {
  const wakeUps = openWakeUps({ url: listenUrl, channel }, logger);
  const source = orderSource(reads.buyer);
  const orders = new StateStreams(source, wakeUps, logger, states);
  const sales = new StateStreams(flashSaleSource(reads.catalogue), wakeUps, logger, states);
  return {
    order: (buyerId, orderId) => orders.stream(source.keyOf(buyerId, orderId)),
    flashSale: (saleId) => sales.stream(saleId),
    close: async () => {
      orders.close();
      sales.close();
      await wakeUps.close();
    },
  };
}
