import { cancelCodes, requestCodes, statusCodes } from "../../subgraphs/commerce/connectors/bank-meranti/codes.ts";
import { createBankMeranti } from "../../subgraphs/commerce/connectors/bank-meranti/provider.ts";
import { cancelMeanings, merantiOpeningMeanings, statusMeanings } from "./code-meanings.ts";
import { describePaymentProvider } from "./payment-provider-contract.ts";

describePaymentProvider({
  methodId: "bank-meranti.virtual-account",
  providerName: "bank-meranti",
  create: ({ file, clientOf }) => {
    const settings = file.snap("bank-meranti");
    return createBankMeranti(settings, clientOf(settings.keys));
  },
  request: { name: "create-va", service: "27", codes: requestCodes, expected: merantiOpeningMeanings },
  status: { name: "va-status", service: "26", codes: statusCodes, expected: statusMeanings },
  cancel: { name: "delete-va", service: "31", codes: cancelCodes, expected: cancelMeanings },
  refund: null,
});
