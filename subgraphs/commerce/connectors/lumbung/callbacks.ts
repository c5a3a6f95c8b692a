import type { CallbackRoute } from "../../callbacks/route.ts";
import type { ReceiveDependencies } from "../../domain/actions/receive-notification.ts";
import { symmetricProof } from "../snap/accepted-calls.ts";
import type { SnapKeys } from "../snap/party.ts";
import { createTokenRoute } from "../snap/token-route.ts";
import { createTransactionRoute } from "../snap/transaction-callbacks.ts";

/** What the wallet calls: access token (73) and its notification (56), signed symmetrically. */
export function createLumbungCallbacks(keys: SnapKeys, receive: ReceiveDependencies): CallbackRoute[] {
  return [
    createTokenRoute(keys, receive.clock),
    createTransactionRoute(keys, "wallet-notify", symmetricProof(keys, receive.clock), receive),
  ];
}
