import {
  cancelCodes,
  refundCodes,
  requestCodes,
  statusCodes,
} from "../../subgraphs/commerce/connectors/kantong/codes.ts";
import { createKantong } from "../../subgraphs/commerce/connectors/kantong/provider.ts";
import { cancelMeanings, directDebitMeanings, refundMeanings, statusMeanings } from "./code-meanings.ts";
import { describePaymentProvider } from "./payment-provider-contract.ts";

describePaymentProvider({
  methodId: "kantong.wallet",
  providerName: "kantong",
  create: ({ file, clientOf, callbackUrl }) => {
    const settings = file.snap("kantong");
    const notifyUrl = `${callbackUrl}/snap/kantong/v1.0/debit/notify`;
    return createKantong(settings, clientOf(settings.keys), { notifyUrl, returnUrl: `${callbackUrl}/payment/return` });
  },
  request: { name: "wallet-payment", service: "54", codes: requestCodes, expected: directDebitMeanings },
  status: { name: "wallet-status", service: "55", codes: statusCodes, expected: statusMeanings },
  cancel: { name: "wallet-cancel", service: "57", codes: cancelCodes, expected: cancelMeanings },
  refund: { name: "wallet-refund", service: "58", codes: refundCodes, expected: refundMeanings },
});
