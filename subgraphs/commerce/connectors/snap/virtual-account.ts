import { createHash } from "node:crypto";
import { z } from "zod";
import type { Payment } from "../../domain/payment.ts";
import type { PaymentProvider, StatusAnswer } from "../../domain/ports.ts";
import type { SnapClient } from "./client.ts";
import { amountField, textField, timestampField, toSnapAmount } from "./fields.ts";
import { type CodeTable, understand, unknown } from "./meanings.ts";
import type { MerchantChargeCodes } from "./merchant-charge.ts";
import { toSnapTimestamp } from "./timestamps.ts";

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

/** Virtual accounts at a bank: SNAP services 26, 27 and 31. */
export type VirtualAccounts = Pick<PaymentProvider, "requestPayment" | "queryStatus" | "cancel" | "refund">;

/** What differs between banks. */
export interface VirtualAccountDialect {
  /** 8 characters, left-padded with spaces. */
  readonly partnerServiceId: string;
  /** What the buyer is shown. */
  readonly bankName: string;
  readonly codes: Omit<MerchantChargeCodes, "refund">;
  /** What `paymentFlagStatus` of a status answer means; "" stands for its absence. */
  readonly flagMeanings: CodeTable<"paid" | "pending" | "moving">;
}

function readStatus({ flagMeanings }: VirtualAccountDialect, payment: Payment, body: unknown): StatusAnswer {
  const read = statusShape.safeParse(body);
  if (!read.success) return unknown("the status has no virtualAccountData");
  const data = read.data.virtualAccountData;
  // The number has been given to another payment since: nothing is known of this one any more.
  if (data.trxId !== undefined && data.trxId !== payment.id) return { kind: "not-found" };
  const { paymentFlagStatus = "" } = data;
  const meaning = flagMeanings[paymentFlagStatus];
  if (meaning === "pending" || meaning === "moving") return { kind: "pending", isMoving: meaning === "moving" };
  const paid = paidShape.safeParse(data);
  if (meaning === undefined || !paid.success) return unknown(`paymentFlagStatus ${paymentFlagStatus}`);
  const { paymentRequestId, paidAmount, transactionDate } = paid.data;
  return { kind: "paid", amount: paidAmount, providerReference: paymentRequestId, paidAt: transactionDate };
}

/** Speaks to a bank about virtual accounts, in its dialect. */
export function createVirtualAccounts(client: SnapClient, dialect: VirtualAccountDialect): VirtualAccounts {
  const { partnerServiceId, bankName, codes } = dialect;
  return {
    requestPayment: async (payment) => {
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
      const { meaning, reason, body } = understand(codes.request, outcome);
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
      const { meaning, reason, body } = understand(codes.status, outcome);
      if (meaning === "not-found") return { kind: "not-found" };
      return meaning === "known" ? readStatus(dialect, payment, body) : unknown(reason);
    },
    cancel: async (payment) => {
      const body = { ...accountOf(partnerServiceId, payment.id), trxId: payment.id };
      const { meaning, reason } = understand(codes.cancel, await client.call(services.delete, body));
      if (meaning === "done") return { kind: "done", providerReference: null };
      return meaning === "unknown" ? unknown(reason) : { kind: meaning, reason };
    },
    refund: async () => ({
      kind: "refused",
      reason: "a virtual account has no refund; send it back by a transfer",
    }),
  };
}
