import type { CallbackRoute } from "../../callbacks/route.ts";
import type { ReceiveDependencies } from "../../domain/actions/receive-notification.ts";
import { createSnapRoute } from "../snap/callback-route.ts";
import { verifyAsymmetricCall } from "../snap/inbound.ts";
import type { SnapParty } from "../snap/party.ts";
import {
  respondToTransaction,
  transactionIdentity,
  transactionNotificationShape,
} from "../snap/transaction-notification.ts";

/** Path of the wallet's notification (56) below our public address. */
export const kantongNotifyPath = "/v1.0/debit/notify";

/** What the wallet calls: its notification (56), signed asymmetrically and without access token. */
export function createKantongCallbacks(party: SnapParty, receive: ReceiveDependencies): CallbackRoute[] {
  const serviceCode = "56";
  const notify = createSnapRoute(
    {
      party,
      name: "wallet-notify",
      serviceCode,
      path: kantongNotifyPath,
      verify: (request, now) => verifyAsymmetricCall(party, request, now),
      shape: transactionNotificationShape,
      identityOf: transactionIdentity,
      respond: respondToTransaction(receive, party.provider, serviceCode),
    },
    receive,
  );
  return [notify];
}
