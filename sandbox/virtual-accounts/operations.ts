import { z } from "zod";
import { toDecimal } from "../../platform/values/money.ts";
import { amountPaid, type Charge, chargeStatus, latestPayment } from "../book/charge.ts";
import type { ChargeDetails } from "../book/entries.ts";
import { fingerprint, isPayable } from "../charges/original.ts";
import type { SnapProvider } from "../provider.ts";
import { amountField, dateTimeField, textField } from "../snap/fields.ts";
import type { Operation } from "../snap/operations.ts";
import { answer, type OperationName, type SnapAnswer } from "../snap/response-codes.ts";
import { toSnapTimestamp } from "../snap/timestamps.ts";

/** What the bank tells of a virtual account. */
export type VirtualAccountDetails = ChargeDetails & { kind: "virtual-account" };

const accountFields = {
  /** 8 characters, left-padded with spaces. */
  partnerServiceId: z
    .string()
    .length(8)
    .regex(/^ *\d+$/),
  customerNo: z.string().regex(/^\d{1,20}$/),
  /** partnerServiceId followed by customerNo. */
  virtualAccountNo: textField(28),
};

const createShape = z.object({
  ...accountFields,
  virtualAccountName: textField(255),
  trxId: textField(64),
  totalAmount: amountField,
  virtualAccountTrxType: z.literal("C").default("C"),
  expiredDate: dateTimeField,
});

const accountShape = z.object({ ...accountFields, trxId: textField(64).optional() });
const statusShape = z.object({
  ...accountFields,
  inquiryRequestId: textField(128).optional(),
  paymentRequestId: textField(128).optional(),
});

/** An amount as SNAP writes it. */
export function amountOf(amountMinor: bigint): { value: string; currency: string } {
  return { value: toDecimal(amountMinor), currency: "IDR" };
}

/** The fields that name an account. */
export function accountOf({ partnerServiceId, customerNo, virtualAccountNo }: VirtualAccountDetails) {
  return { partnerServiceId, customerNo, virtualAccountNo };
}

/** A charge's account details. @throws TypeError when it is no virtual account: a bug. */
export function virtualAccountDetails(charge: Charge): VirtualAccountDetails {
  if (charge.details.kind !== "virtual-account") throw new TypeError(`${charge.reference} is no virtual account`);
  return charge.details;
}

function accountData(charge: Charge): Record<string, unknown> {
  const details = virtualAccountDetails(charge);
  return {
    ...accountOf(details),
    virtualAccountName: details.virtualAccountName,
    trxId: charge.partnerReferenceNo,
    totalAmount: amountOf(charge.amountMinor),
    virtualAccountTrxType: "C",
    expiredDate: toSnapTimestamp(charge.expiresAt),
  };
}

type AccountName = z.infer<typeof accountShape>;

/** Finds the account; the refusal says why it cannot be found. */
function findAccount(provider: SnapProvider, operation: OperationName, name: AccountName): Charge | SnapAnswer {
  if (name.partnerServiceId !== provider.config.virtualAccount?.partnerServiceId)
    return answer(operation, "partnerNotFound");
  if (name.virtualAccountNo !== name.partnerServiceId + name.customerNo)
    return answer(operation, "invalidFieldFormat", "virtualAccountNo");
  const charge =
    name.trxId === undefined
      ? provider.book.chargeByVirtualAccount(name.virtualAccountNo)
      : provider.book.chargeByPartnerReference("virtual-account", name.trxId);
  const isIt = charge !== undefined && virtualAccountDetails(charge).virtualAccountNo === name.virtualAccountNo;
  return isIt ? charge : answer(operation, "transactionNotFound");
}

function isAnswer(found: Charge | SnapAnswer): found is SnapAnswer {
  return "httpStatus" in found;
}

/** What differs between banks. */
export interface AccountDialect {
  /** What an unchanged repetition of create-va is answered, with the first result. */
  readonly repeatedCase: "successful" | "duplicatePartnerReferenceNo";
  /** What a repetition is answered once the account is paid. */
  readonly paidCase: "duplicatePartnerReferenceNo" | "paidBill";
  /** Whether a status always has `paymentFlagStatus`: 01 unpaid, 02 while somebody pays. */
  readonly isFlagAlwaysTold: boolean;
}

function create(provider: SnapProvider, dialect: AccountDialect, request: z.infer<typeof createShape>): SnapAnswer {
  const operation = "create-va";
  const { book, clock } = provider;
  const { partnerServiceId, customerNo, virtualAccountNo, virtualAccountName, trxId, totalAmount, expiredDate } =
    request;
  const print = fingerprint({
    virtualAccountNo,
    virtualAccountName,
    totalAmount: toDecimal(totalAmount),
    expiredDate: expiredDate.toISOString(),
  });
  const earlier = book.chargeByPartnerReference("virtual-account", trxId);
  if (earlier !== undefined) {
    if (earlier.fingerprint !== print) return answer(operation, "inconsistentRequest");
    if (amountPaid(earlier) > 0n) return answer(operation, dialect.paidCase);
    return answer(operation, dialect.repeatedCase, undefined, { virtualAccountData: accountData(earlier) });
  }
  if (partnerServiceId !== provider.config.virtualAccount?.partnerServiceId)
    return answer(operation, "partnerNotFound");
  if (virtualAccountNo !== partnerServiceId + customerNo)
    return answer(operation, "invalidFieldFormat", "virtualAccountNo");
  const now = clock();
  if (expiredDate.getTime() <= now.getTime()) return answer(operation, "transactionExpired");
  const holder = book.chargeByVirtualAccount(virtualAccountNo);
  if (holder !== undefined && isPayable(chargeStatus(holder, now)))
    return answer(operation, "invalidBill", "the number is in use");
  const reference = provider.newReference();
  book.record({
    entry: "charge-created",
    at: now.toISOString(),
    reference,
    partnerReferenceNo: trxId,
    amount: toDecimal(totalAmount),
    expiresAt: expiredDate.toISOString(),
    fingerprint: print,
    details: { kind: "virtual-account", partnerServiceId, customerNo, virtualAccountNo, virtualAccountName },
  });
  const created = book.chargeByReference(reference);
  return answer(operation, "successful", undefined, { virtualAccountData: created && accountData(created) });
}

function unpaidFlag({ isFlagAlwaysTold }: AccountDialect, charge: Charge): Record<string, string> {
  if (!isFlagAlwaysTold) return {};
  return { paymentFlagStatus: charge.movedTo === "paying" || charge.movedTo === "pending" ? "02" : "01" };
}

/** 26. `paymentRequestId` is there when it was paid, and only then; `paymentFlagStatus` as the dialect says. */
function status(provider: SnapProvider, dialect: AccountDialect, request: z.infer<typeof statusShape>): SnapAnswer {
  const operation = "va-status";
  const charge = findAccount(provider, operation, request);
  if (isAnswer(charge)) return charge;
  const wanted = request.paymentRequestId ?? request.inquiryRequestId;
  const payment = latestPayment(charge);
  if (wanted !== undefined && wanted !== payment?.paymentRequestId && wanted !== charge.inquiryRequestId)
    return answer(operation, "transactionNotFound");
  const isPaid = payment !== undefined;
  return answer(operation, "successful", undefined, {
    virtualAccountData: {
      paymentFlagReason: isPaid
        ? { english: "Success", indonesia: "Sukses" }
        : { english: "Not paid", indonesia: "Belum dibayar" },
      ...accountOf(virtualAccountDetails(charge)),
      trxId: charge.partnerReferenceNo,
      inquiryRequestId: payment?.paymentRequestId ?? charge.inquiryRequestId ?? "",
      totalAmount: amountOf(charge.amountMinor),
      paidAmount: amountOf(amountPaid(charge)),
      ...(isPaid
        ? {
            paymentRequestId: payment.paymentRequestId,
            transactionDate: toSnapTimestamp(payment.takenAt),
            referenceNo: charge.reference.slice(-15),
            paymentFlagStatus: "00",
          }
        : unpaidFlag(dialect, charge)),
    },
    additionalInfo: { paidStatus: isPaid ? "Y" : "N" },
  });
}

function inquire(provider: SnapProvider, request: AccountName): SnapAnswer {
  const charge = findAccount(provider, "inquiry-va", request);
  if (isAnswer(charge)) return charge;
  const payment = latestPayment(charge);
  return answer("inquiry-va", "successful", undefined, {
    virtualAccountData: {
      ...accountData(charge),
      ...(payment === undefined ? {} : { paymentDate: toSnapTimestamp(payment.takenAt) }),
    },
    additionalInfo: { paidStatus: payment === undefined ? "N" : "Y" },
  });
}

function remove(provider: SnapProvider, request: AccountName): SnapAnswer {
  const charge = findAccount(provider, "delete-va", request);
  if (isAnswer(charge)) return charge;
  if (amountPaid(charge) > 0n) return answer("delete-va", "paidBill");
  if (charge.movedTo !== "cancelled") {
    const at = provider.clock().toISOString();
    provider.book.record({
      entry: "charge-moved",
      at,
      reference: charge.reference,
      to: "cancelled",
      notification: null,
    });
  }
  return answer("delete-va", "successful", undefined, {
    virtualAccountData: { ...accountOf(virtualAccountDetails(charge)), trxId: charge.partnerReferenceNo },
  });
}

/** The virtual account services that the merchant calls: 27, 26, 30, 31. */
export function virtualAccountOperations(provider: SnapProvider, dialect: AccountDialect) {
  const createVa: Operation<typeof createShape> = {
    name: "create-va",
    method: "POST",
    path: "/v1.0/transfer-va/create-va",
    body: createShape,
    handle: (request) => create(provider, dialect, request),
  };
  const vaStatus: Operation<typeof statusShape> = {
    name: "va-status",
    method: "POST",
    path: "/v1.0/transfer-va/status",
    body: statusShape,
    handle: (request) => status(provider, dialect, request),
  };
  const inquiryVa: Operation<typeof accountShape> = {
    name: "inquiry-va",
    method: "POST",
    path: "/v1.0/transfer-va/inquiry-va",
    body: accountShape,
    handle: (request) => inquire(provider, request),
  };
  const deleteVa: Operation<typeof accountShape> = {
    name: "delete-va",
    method: "DELETE",
    path: "/v1.0/transfer-va/delete-va",
    body: accountShape,
    handle: (request) => remove(provider, request),
  };
  return { createVa, vaStatus, inquiryVa, deleteVa };
}
