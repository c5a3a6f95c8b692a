import { toDecimal } from "../../platform/values/money.ts";
import type { TransferState } from "./entries.ts";

/** Money that a bank sent on the merchant's order, from the merchant's account. Only the book changes one. */
export interface Transfer {
  readonly reference: string;
  readonly partnerReferenceNo: string;
  readonly serviceCode: string;
  readonly amountMinor: bigint;
  readonly bankCode: string;
  readonly accountNo: string;
  readonly accountName: string;
  readonly fingerprint: string;
  readonly madeAt: Date;
  state: TransferState;
}

/** What left the merchant's account: all that did not come back. */
export function amountSent(transfers: readonly Transfer[]): bigint {
  return transfers.reduce((total, { state, amountMinor }) => (state === "failed" ? total : total + amountMinor), 0n);
}

/** A transfer for people and tests: amounts are decimal strings, instants ISO 8601 in UTC. */
export function transferView(transfer: Transfer) {
  const { reference, partnerReferenceNo, serviceCode, bankCode, accountNo, accountName, state } = transfer;
  return {
    reference,
    partnerReferenceNo,
    serviceCode,
    amount: toDecimal(transfer.amountMinor),
    bankCode,
    accountNo,
    accountName,
    state,
    madeAt: transfer.madeAt.toISOString(),
  };
}
