import type { CallbackRoute } from "../../callbacks/route.ts";
import type { ReceiveDependencies } from "../../domain/actions/receive-notification.ts";
import { asymmetricProof } from "../snap/accepted-calls.ts";
import type { SnapKeys } from "../snap/party.ts";
import { createTransactionRoute } from "../snap/transaction-callbacks.ts";

/** What the wallet calls: its notification (56), signed asymmetrically and without access token. */
export function createKantongCallbacks(keys: SnapKeys, receive: ReceiveDependencies): CallbackRoute[] {
  return [createTransactionRoute(keys, "wallet-notify", asymmetricProof(keys), receive)];
}
