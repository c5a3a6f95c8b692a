import { createProcessorClient } from "../../subgraphs/commerce/connectors/gerbang/client.ts";
import {
  cancelCodes,
  refundCodes,
  requestCodes,
  statusCodes,
} from "../../subgraphs/commerce/connectors/gerbang/codes.ts";
import { createGerbang } from "../../subgraphs/commerce/connectors/gerbang/provider.ts";
import { describePaymentProvider } from "./payment-provider-contract.ts";

describePaymentProvider({
  methodId: "gerbang.card",
  providerName: "gerbang",
  create: ({ file, dispatcher, deadlineMs, logger, callbackUrl }) =>
    createGerbang(
      createProcessorClient(file.processor("gerbang"), dispatcher, deadlineMs, logger),
      `${callbackUrl}/payment/return`,
    ),
  request: { name: "charge-create", service: null, codes: requestCodes },
  status: { name: "charge-status", service: null, codes: statusCodes },
  cancel: { name: "charge-cancel", service: null, codes: cancelCodes },
  refund: { name: "charge-refund", service: null, codes: refundCodes },
  unlisted: ["202", "401 INVALID_API_KEY", "429 RATE_LIMITED", "500 SERVER_ERROR", "503", "409 SOMETHING_NEW", "418"],
});
