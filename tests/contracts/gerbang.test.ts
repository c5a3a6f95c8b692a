import { createProcessorClient } from "../../subgraphs/commerce/connectors/gerbang/client.ts";
import {
  cancelCodes,
  refundCodes,
  requestCodes,
  statusCodes,
} from "../../subgraphs/commerce/connectors/gerbang/codes.ts";
import { createGerbang } from "../../subgraphs/commerce/connectors/gerbang/provider.ts";
import { processorMeanings } from "./code-meanings.ts";
import { describePaymentProvider } from "./payment-provider-contract.ts";

describePaymentProvider({
  methodId: "gerbang.card",
  providerName: "gerbang",
  create: ({ file, dispatcher, deadlineMs, logger, callbackUrl }) =>
    createGerbang(
      createProcessorClient(file.processor("gerbang"), dispatcher, deadlineMs, logger),
      `${callbackUrl}/payment/return`,
    ),
  request: { name: "charge-create", service: null, codes: requestCodes, expected: processorMeanings.request },
  status: { name: "charge-status", service: null, codes: statusCodes, expected: processorMeanings.status },
  cancel: { name: "charge-cancel", service: null, codes: cancelCodes, expected: processorMeanings.cancel },
  refund: { name: "charge-refund", service: null, codes: refundCodes, expected: processorMeanings.refund },
});
