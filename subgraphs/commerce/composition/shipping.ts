import type { Logger } from "../../../platform/runtime/logger.ts";
import type { CallbackRoute } from "../callbacks/route.ts";
import { openProviderConnections } from "../connectors/connections.ts";
import { createCourierCallback } from "../connectors/courier-callback.ts";
import { openCouriersFile } from "../connectors/couriers-file.ts";
import { lintasCallbacks } from "../connectors/lintas-kurir/callback.ts";
import { createLintasKurir } from "../connectors/lintas-kurir/courier.ts";
import { rantauCallbacks } from "../connectors/rantau-ekspres/callback.ts";
import { createRantauEkspres } from "../connectors/rantau-ekspres/courier.ts";
import type { TrackingReceiver } from "../domain/actions/receive-tracking.ts";
import type { Courier } from "../domain/shipping/courier.ts";

/** The couriers, plugged in. */
export interface Couriers {
  readonly couriers: readonly Courier[];
  /** What couriers call. */
  readonly callbackRoutes: (receiver: TrackingReceiver) => readonly CallbackRoute[];
  /** Gives the connections back. */
  readonly close: () => Promise<void>;
}

/** What they are put together from. */
export interface CouriersSettings {
  /** COMMERCE_COURIERS_FILE; null: there are no couriers, and shops send by themselves. */
  readonly couriersFile: string | null;
  readonly logger: Logger;
}

// Somebody waits for rates while checking out; before the payment's provider is asked, and within the gateway's patience.
const ratesDeadlineMs = 2_000;
const deadlineMs = 3_500;

/** Plugs in the couriers that the file has. @throws ConfigurationError when it cannot be used. */
export function composeCouriers({ couriersFile, logger }: CouriersSettings): Couriers {
  if (couriersFile === null) {
    logger.warn("COMMERCE_COURIERS_FILE is not set: nothing is charged for carrying, and shops send by themselves");
    return { couriers: [], callbackRoutes: () => [], close: async () => undefined };
  }
  const file = openCouriersFile(couriersFile, logger);
  const dispatcher = openProviderConnections();
  const lintas = { entry: () => file.entry("lintas-kurir"), dispatcher, ratesDeadlineMs, deadlineMs };
  const rantau = { entry: () => file.entry("rantau-ekspres"), dispatcher, ratesDeadlineMs, deadlineMs };
  const plugged = [
    ...(file.has("lintas-kurir") ? [{ courier: createLintasKurir(lintas), told: lintasCallbacks(lintas.entry) }] : []),
    ...(file.has("rantau-ekspres")
      ? [{ courier: createRantauEkspres(rantau), told: rantauCallbacks(rantau.entry) }]
      : []),
  ];
  return {
    couriers: plugged.map(({ courier }) => courier),
    callbackRoutes: (receiver) => plugged.map(({ told }) => createCourierCallback(told, receiver)),
    close: () => dispatcher.destroy(),
  };
}
