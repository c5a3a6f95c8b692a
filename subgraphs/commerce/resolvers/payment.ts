import { isUuid } from "../../../platform/values/ids.ts";
import { describeMethod } from "../domain/payment-methods.ts";
import type { PaymentInstructionsResolvers, PaymentResolvers } from "../generated/resolver-types.ts";

/** Fields of `Payment`. Loaders answer only the caller's own payments. */
export const paymentResolvers: PaymentResolvers = {
  __resolveReference: ({ id }, { loaders }) => (isUuid(id) ? loaders.paymentById.load(id) : null),
  method: ({ methodId }, _args, { commerce }) => describeMethod(commerce.buying.methods, methodId),
  orders: async ({ id }, _args, { loaders }) => [...(await loaders.ordersByPayment.load(id))],
};

const instructionTypes = {
  VIRTUAL_ACCOUNT: "VirtualAccountInstructions",
  E_WALLET: "WalletInstructions",
  QRIS: "QrisInstructions",
  WALLET_CODE: "WalletCodeInstructions",
  HOSTED_PAGE: "HostedPageInstructions",
} as const;

/** Which of the instructions it is. */
export const paymentInstructionsResolvers: PaymentInstructionsResolvers = {
  __resolveType: ({ kind }) => instructionTypes[kind],
};
