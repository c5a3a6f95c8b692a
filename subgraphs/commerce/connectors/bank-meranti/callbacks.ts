import type { CallbackRoute } from "../../callbacks/route.ts";
import type { ReceiveDependencies } from "../../domain/actions/receive-notification.ts";
import { symmetricProof } from "../snap/accepted-calls.ts";
import type { SnapKeys } from "../snap/party.ts";
import { createTokenRoute } from "../snap/token-route.ts";
import { createInquiryRoute, createPaymentRoute } from "../snap/virtual-account-callbacks.ts";

/**
 * What the bank calls: access token (73), inquiry (24) and payment (25), signed symmetrically. Its dialect: the flag decides,
 * and the same paymentRequestId under the same X-EXTERNAL-ID is a repetition, whatever else the call says.
 */
export function createBankMerantiCallbacks(keys: SnapKeys, receive: ReceiveDependencies): CallbackRoute[] {
  const verify = symmetricProof(keys, receive.clock);
  const dialect = { party: keys, verify, decidesBy: "flag", repetitionBy: "paymentRequestId" } as const;
  return [
    createTokenRoute(keys, receive.clock),
    createInquiryRoute(dialect, receive),
    createPaymentRoute(dialect, receive),
  ];
}
