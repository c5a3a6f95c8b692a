import type { CallbackRoute } from "../../callbacks/route.ts";
import type { ReceiveDependencies } from "../../domain/actions/receive-notification.ts";
import { symmetricProof } from "../snap/accepted-calls.ts";
import type { SnapKeys } from "../snap/party.ts";
import { createTokenRoute } from "../snap/token-route.ts";
import { createTransactionRoute } from "../snap/transaction-callbacks.ts";
import { createInquiryRoute, createPaymentRoute } from "../snap/virtual-account-callbacks.ts";

/** What the bank calls: access token (73), inquiry (24), payment (25) and QRIS notification (52), signed symmetrically. */
export function createBankCendanaCallbacks(keys: SnapKeys, receive: ReceiveDependencies): CallbackRoute[] {
  const verify = symmetricProof(keys, receive.clock);
  const dialect = { party: keys, verify, decidesBy: "code", repetitionBy: "content" } as const;
  return [
    createTokenRoute(keys, receive.clock),
    createInquiryRoute(dialect, receive),
    createPaymentRoute(dialect, receive),
    createTransactionRoute(keys, "qr-notify", verify, receive),
  ];
}
