import {
  cancelCodes,
  refundCodes,
  requestCodes,
  statusCodes,
} from "../../subgraphs/commerce/connectors/bank-cendana/codes.ts";
import { createBankCendana } from "../../subgraphs/commerce/connectors/bank-cendana/provider.ts";
import { cancelMeanings, openingMeanings, refundMeanings, statusMeanings } from "./code-meanings.ts";
import { type ContractSide, describePaymentProvider } from "./payment-provider-contract.ts";

const create = ({ file, clientOf }: ContractSide) => {
  const settings = file.snap("bank-cendana");
  return createBankCendana(settings, clientOf(settings.keys));
};

describePaymentProvider({
  methodId: "bank-cendana.virtual-account",
  providerName: "bank-cendana",
  create,
  request: { name: "create-va", service: "27", codes: requestCodes, expected: openingMeanings },
  status: { name: "va-status", service: "26", codes: statusCodes, expected: statusMeanings },
  cancel: { name: "delete-va", service: "31", codes: cancelCodes, expected: cancelMeanings },
  refund: null,
});

describePaymentProvider({
  methodId: "bank-cendana.qris",
  providerName: "bank-cendana",
  create,
  request: { name: "qr-generate", service: "47", codes: requestCodes, expected: openingMeanings },
  status: { name: "qr-query", service: "51", codes: statusCodes, expected: statusMeanings },
  cancel: { name: "qr-cancel", service: "77", codes: cancelCodes, expected: cancelMeanings },
  refund: { name: "qr-refund", service: "78", codes: refundCodes, expected: refundMeanings },
});
