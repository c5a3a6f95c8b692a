import { createHash } from "node:crypto";
import { z } from "zod";
import type { Payment } from "../../domain/payment.ts";
import type { CancelOutcome, RequestOutcome, StatusAnswer } from "../../domain/ports.ts";
import type { SnapClient } from "../snap/client.ts";
import { amountField, textField, timestampField, toSnapAmount } from "../snap/fields.ts";
import { understand, unknown } from "../snap/meanings.ts";
import { toSnapTimestamp } from "../snap/timestamps.ts";
import { cancelCodes, requestCodes, statusCodes } from "./codes.ts";

const services = {
  create: { code: "27", method: "POST", path: "/v1.0/transfer-va/create-va" },
  status: { code: "26", method: "POST", path: "/v1.0/transfer-va/status" },
  delete: { code: "31", method: "DELETE", path: "/v1.0/transfer-va/delete-va" },
} as const;

const customerDigits = 15;

/** The number of a payment's virtual account in the bank's fields: `virtualAccountNo` is the other two, padding included. */
export interface AccountName {
  readonly partnerServiceId: string;
  readonly customerNo: string;
  readonly virtualAccountNo: string;
}

/**
 * Names the account of a payment: the same for the same payment, so that a request whose answer was lost can be repeated.
 * 15 digits of a digest, because a UUID has too many; two open payments with one number are refused by bank and database.
 */
export function accountOf(partnerServiceId: string, paymentId: string): AccountName {
  const digest = createHash("sha256").update(paymentId).digest().readBigUInt64BE(0);
  const customerNo = (digest % 10n ** BigInt(customerDigits)).toString().padStart(customerDigits, "0");
  return { partnerServiceId, customerNo, virtualAccountNo: `${partnerServiceId}${customerNo}` };
}

/** The account number as people type it: digits without the padding. */
export function toPlainNumber(virtualAccountNo: string): string {
  return virtualAccountNo.trim();
}

const createdShape = z.object({ virtualAccountData: z.object({ virtualAccountNo: textField(28) }) });

const statusShape = z.object({
  virtualAccountData: z.object({
    trxId: z.string().optional(),
    paymentFlagStatus: z.string().optional(),
    paymentRequestId: z.string().optional(),
    paidAmount: z.unknown().optional(),
    transactionDate: z.unknown().optional(),
  }),
});

const paidShape = z.object({
  paymentRequestId: textField(128),
  paidAmount: amountField,
  transactionDate: timestampField,
});

/** Virtual accounts at the bank: SNAP services 26, 27 and 31. */
export interface VirtualAccounts {
  readonly request: (payment: Payment) => Promise<RequestOutcome>;
  readonly queryStatus: (payment: Payment) => Promise<StatusAnswer>;
  readonly cancel: (payment: Payment) => Promise<CancelOutcome>;
}

function readStatus(payment: Payment, body: unknown): StatusAnswer {
  const read = statusShape.safeParse(body);
  if (!read.success) return unknown("the status has no virtualAccountData");
  const data = read.data.virtualAccountData;
  // The number has been given to another payment since: nothing is known of this one any more.
  if (data.trxId !== undefined && data.trxId !== payment.id) return { kind: "not-found" };
  if (data.paymentFlagStatus === undefined) return { kind: "pending", isMoving: false };
  const paid = paidShape.safeParse(data);
  if (data.paymentFlagStatus !== "00" || !paid.success) return unknown(`paymentFlagStatus ${data.paymentFlagStatus}`);
  const { paymentRequestId, paidAmount, transactionDate } = paid.data;
  return { kind: "paid", amount: paidAmount, providerReference: paymentRequestId, paidAt: transactionDate };
}

/** Speaks to the bank about virtual accounts. `bankName` is what the buyer is shown. */
export function createVirtualAccounts(client: SnapClient, partnerServiceId: string, bankName: string): VirtualAccounts {
  return {
    request: async (payment) => {
      const account = accountOf(partnerServiceId, payment.id);
      const outcome = await client.call(services.create, {
        ...account,
        // The bank shows it to whoever pays; the buyer's own name stays with us.
        virtualAccountName: "Etalase",
        trxId: payment.id,
        totalAmount: toSnapAmount(payment.amount),
        virtualAccountTrxType: "C",
        expiredDate: toSnapTimestamp(payment.expiresAt),
      });
      const { meaning, reason, body } = understand(requestCodes, outcome);
      if (meaning === "refused") return { kind: "refused", reason };
      if (meaning !== "requested") return unknown(reason);
      const created = createdShape.safeParse(body);
      const number = created.data?.virtualAccountData.virtualAccountNo;
      if (number !== account.virtualAccountNo) return unknown(`created ${String(number)} instead of the account`);
      const virtualAccountNo = toPlainNumber(number);
      const instructions = { kind: "VIRTUAL_ACCOUNT", bankName, virtualAccountNo } as const;
      return { kind: "requested", instructions, providerReference: null, virtualAccountNo };
    },
    queryStatus: async (payment) => {
      const outcome = await client.call(services.status, { ...accountOf(partnerServiceId, payment.id) });
      const { meaning, reason, body } = understand(statusCodes, outcome);
      if (meaning === "not-found") return { kind: "not-found" };
      return meaning === "known" ? readStatus(payment, body) : unknown(reason);
    },
    cancel: async (payment) => {
      const body = { ...accountOf(partnerServiceId, payment.id), trxId: payment.id };
      const { meaning, reason } = understand(cancelCodes, await client.call(services.delete, body));
      if (meaning === "done") return { kind: "done", providerReference: null };
      return meaning === "unknown" ? unknown(reason) : { kind: meaning, reason };
    },
  };
}
