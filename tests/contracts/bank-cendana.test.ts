import {
  cancelCodes,
  refundCodes,
  requestCodes,
  statusCodes,
} from "../../subgraphs/commerce/connectors/bank-cendana/codes.ts";
import { createBankCendana } from "../../subgraphs/commerce/connectors/bank-cendana/provider.ts";
import { type ContractSide, describePaymentProvider } from "./payment-provider-contract.ts";

const create = ({ file, clientOf }: ContractSide) => {
  const settings = file.snap("bank-cendana");
  return createBankCendana(settings, clientOf(settings.keys));
};

describePaymentProvider({
  methodId: "bank-cendana.virtual-account",
  providerName: "bank-cendana",
  create,
  request: { name: "create-va", service: "27", codes: requestCodes },
  status: { name: "va-status", service: "26", codes: statusCodes },
  cancel: { name: "delete-va", service: "31", codes: cancelCodes },
  refund: null,
});

describePaymentProvider({
  methodId: "bank-cendana.qris",
  providerName: "bank-cendana",
  create,
  request: { name: "qr-generate", service: "47", codes: requestCodes },
  status: { name: "qr-query", service: "51", codes: statusCodes },
  cancel: { name: "qr-cancel", service: "77", codes: cancelCodes },
  refund: { name: "qr-refund", service: "78", codes: refundCodes },
});
