import {
  cancelCodes,
  refundCodes,
  requestCodes,
  statusCodes,
} from "../../subgraphs/commerce/connectors/lumbung/codes.ts";
import { createLumbung } from "../../subgraphs/commerce/connectors/lumbung/provider.ts";
import { directDebitMeanings, lumbungCancelMeanings, refundMeanings, statusMeanings } from "./code-meanings.ts";
import { describePaymentProvider } from "./payment-provider-contract.ts";

describePaymentProvider({
  methodId: "lumbung.wallet",
  providerName: "lumbung",
  create: ({ file, clientOf, callbackUrl }) => {
    const settings = file.snap("lumbung");
    const notifyUrl = `${callbackUrl}/snap/lumbung/v1.0/debit/notify`;
    return createLumbung(settings, clientOf(settings.keys), notifyUrl);
  },
  request: { name: "wallet-payment", service: "54", codes: requestCodes, expected: directDebitMeanings },
  status: { name: "wallet-status", service: "55", codes: statusCodes, expected: statusMeanings },
  cancel: { name: "wallet-cancel", service: "57", codes: cancelCodes, expected: lumbungCancelMeanings },
  refund: { name: "wallet-refund", service: "58", codes: refundCodes, expected: refundMeanings },
});
