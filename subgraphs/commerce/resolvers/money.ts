import { toDecimal } from "../../../platform/values/money.ts";
import type { MoneyResolvers } from "../generated/resolver-types.ts";

/** Fields of `Money`. */
export const moneyResolvers: MoneyResolvers = {
  amount: ({ amountMinor }) => toDecimal(amountMinor),
};
