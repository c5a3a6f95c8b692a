import type { CallbackRoute } from "../../callbacks/route.ts";
import type { ReceiveDependencies } from "../../domain/actions/receive-notification.ts";
import { createSnapRoute, type VerifyCall } from "./callback-route.ts";
import { debitNotifyPath } from "./direct-debit.ts";
import type { SnapParty } from "./party.ts";
import { respondToTransaction, transactionIdentity, transactionNotificationShape } from "./transaction-notification.ts";

const services = {
  "qr-notify": { code: "52", path: "/v1.0/qr/qr-mpm-notify" },
  "wallet-notify": { code: "56", path: debitNotifyPath },
} as const;

/** The route by which a provider tells of a charge whose money has moved: QRIS (52) or direct debit (56). */
export function createTransactionRoute(
  party: Pick<SnapParty, "provider">,
  name: keyof typeof services,
  verify: VerifyCall,
  receive: ReceiveDependencies,
): CallbackRoute {
  const { code, path } = services[name];
  return createSnapRoute(
    {
      party,
      name,
      serviceCode: code,
      path,
      verify,
      shape: transactionNotificationShape,
      identityOf: transactionIdentity,
      respond: respondToTransaction(receive, party.provider, code),
    },
    receive,
  );
}
