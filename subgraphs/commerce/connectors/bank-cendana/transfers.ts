import { z } from "zod";
import type { Payout, PayoutProvider, PayoutStatusAnswer } from "../../domain/payout.ts";
import type { SnapClient } from "../snap/client.ts";
import { textField, toSnapAmount } from "../snap/fields.ts";
import { understand, unknown } from "../snap/meanings.ts";
import { toSnapTimestamp } from "../snap/timestamps.ts";
import { transferCodes, transferStates, transferStatusCodes } from "./transfer-codes.ts";

const services = {
  intrabank: { code: "17", method: "POST", path: "/v1.0/transfer-intrabank" },
  interbank: { code: "18", method: "POST", path: "/v1.0/transfer-interbank" },
  status: { code: "36", method: "POST", path: "/v1.0/transfer/status" },
} as const;

const madeShape = z.object({ referenceNo: textField(64) });
const statusShape = z.object({ latestTransactionStatus: z.string(), originalReferenceNo: textField(64) });

/** Our account, from which it pays. */
export interface SourceAccount {
  readonly bankCode: string;
  readonly sourceAccountNo: string;
}

function readStatus(body: unknown): PayoutStatusAnswer {
  const read = statusShape.safeParse(body);
  if (!read.success) return unknown("the answer to the query lacks fields");
  const { latestTransactionStatus: status, originalReferenceNo } = read.data;
  const meaning = transferStates[status];
  if (meaning === undefined) return unknown(`latestTransactionStatus ${status}`);
  if (meaning === "done") return { kind: "done", providerReference: originalReferenceNo };
  return meaning === "failed" ? { kind: "failed", reason: `latestTransactionStatus ${status}` } : { kind: "pending" };
}

/** Pays out by the bank's transfers (SNAP 17, 18 and 36), under the payout's id as reference. */
export function createBankCendanaTransfers(client: SnapClient, source: SourceAccount): PayoutProvider {
  const serviceOf = ({ account }: Payout) =>
    account.bankCode === source.bankCode ? services.intrabank : services.interbank;
  return {
    id: "bank-cendana",
    pay: async (payout) => {
      const service = serviceOf(payout);
      const { bankCode, accountNo, accountName } = payout.account;
      const outcome = await client.call(service, {
        partnerReferenceNo: payout.id,
        amount: toSnapAmount(payout.amount),
        beneficiaryAccountNo: accountNo,
        beneficiaryAccountName: accountName,
        ...(service === services.interbank ? { beneficiaryBankCode: bankCode } : {}),
        sourceAccountNo: source.sourceAccountNo,
        // The same each time, so that a repetition is the same request.
        transactionDate: toSnapTimestamp(payout.createdAt),
        remark: `Etalase ${payout.batch}`.slice(0, 50),
      });
      const { meaning, reason, body } = understand(transferCodes, outcome);
      if (meaning === "refused") return { kind: "refused", reason };
      if (meaning !== "done") return unknown(reason);
      const made = madeShape.safeParse(body);
      return { kind: "done", providerReference: made.success ? made.data.referenceNo : null };
    },
    queryStatus: async (payout) => {
      const request = { originalPartnerReferenceNo: payout.id, serviceCode: serviceOf(payout).code };
      const { meaning, reason, body } = understand(transferStatusCodes, await client.call(services.status, request));
      if (meaning === "not-found") return { kind: "not-found" };
      return meaning === "known" ? readStatus(body) : unknown(reason);
    },
  };
}
