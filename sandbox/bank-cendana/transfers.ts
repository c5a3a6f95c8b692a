import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { fromDecimal, toDecimal } from "../../platform/values/money.ts";
import type { TransferState } from "../book/entries.ts";
import { amountSent, type Transfer, transferView } from "../book/transfer.ts";
import { fingerprint, originalFields } from "../charges/original.ts";
import { ControlRequestError, readControl } from "../control/requests.ts";
import type { SnapProvider } from "../provider.ts";
import { amountField, dateTimeField, textField } from "../snap/fields.ts";
import type { Operation } from "../snap/operations.ts";
import { answer, type CaseName, type SnapAnswer, services } from "../snap/response-codes.ts";
import { toSnapTimestamp } from "../snap/timestamps.ts";
import { amountOf } from "../virtual-accounts/operations.ts";

type TransferOperation = "transfer-intrabank" | "transfer-interbank";

const accountNo = z.string().regex(/^\d{6,20}$/);

const intrabankShape = z.object({
  partnerReferenceNo: textField(64),
  amount: amountField,
  beneficiaryAccountNo: accountNo,
  beneficiaryAccountName: textField(100).optional(),
  sourceAccountNo: accountNo,
  transactionDate: dateTimeField,
  remark: z.string().max(50).optional(),
});

const interbankShape = intrabankShape.extend({
  beneficiaryAccountName: textField(100),
  beneficiaryBankCode: z.string().regex(/^\d{3}$/),
});

const statusShape = z.object({
  ...originalFields,
  originalPartnerReferenceNo: textField(64),
  serviceCode: z.enum([services["transfer-intrabank"], services["transfer-interbank"]]),
});

/** `latestTransactionStatus` of a transfer. */
const transferStatus: Readonly<Record<TransferState, readonly [code: string, description: string]>> = {
  done: ["00", "Success"],
  pending: ["03", "Pending"],
  failed: ["06", "Failed"],
};

// An unchanged repetition moves nothing; the dialect tells that it succeeded before by 409xx01.
const replayCase: Readonly<Record<TransferState, CaseName>> = {
  done: "duplicatePartnerReferenceNo",
  pending: "inProgress",
  failed: "invalidTransactionStatus",
};

function resultFields(transfer: Transfer): Record<string, unknown> {
  return {
    referenceNo: transfer.reference,
    partnerReferenceNo: transfer.partnerReferenceNo,
    amount: amountOf(transfer.amountMinor),
    beneficiaryAccountNo: transfer.accountNo,
    beneficiaryBankCode: transfer.bankCode,
    transactionDate: toSnapTimestamp(transfer.madeAt),
  };
}

/** How many of the next transfers wait for a test to say what becomes of them. */
interface Holds {
  left: number;
}

function make(
  provider: SnapProvider,
  holds: Holds,
  operation: TransferOperation,
  request: z.infer<typeof intrabankShape> & { readonly beneficiaryBankCode?: string },
): SnapAnswer {
  const { book, clock, config } = provider;
  const account = config.transfer;
  if (account === undefined) return answer(operation, "featureNotAllowed");
  const { partnerReferenceNo, amount, beneficiaryAccountNo, beneficiaryAccountName = "" } = request;
  const bankCode = request.beneficiaryBankCode ?? account.bankCode;
  const print = fingerprint({ operation, amount: toDecimal(amount), bankCode, beneficiaryAccountNo });
  const earlier = book.transfer(partnerReferenceNo);
  if (earlier !== undefined) {
    if (earlier.fingerprint !== print) return answer(operation, "inconsistentRequest");
    return answer(operation, replayCase[earlier.state], undefined, resultFields(earlier));
  }
  if (request.sourceAccountNo !== account.sourceAccountNo) return answer(operation, "featureNotAllowed");
  if ((operation === "transfer-intrabank") !== (bankCode === account.bankCode)) return answer(operation, "badRequest");
  const left = fromDecimal(account.openingBalance) - amountSent(book.transfers());
  if (amount > left) return answer(operation, "insufficientFunds");
  const isHeld = holds.left > 0;
  if (isHeld) holds.left -= 1;
  book.record({
    entry: "transfer-made",
    at: clock().toISOString(),
    reference: provider.newReference(),
    partnerReferenceNo,
    serviceCode: services[operation],
    amount: toDecimal(amount),
    bankCode,
    accountNo: beneficiaryAccountNo,
    accountName: beneficiaryAccountName,
    fingerprint: print,
    state: isHeld ? "pending" : "done",
  });
  const made = book.transfer(partnerReferenceNo);
  if (made === undefined) throw new Error(`${partnerReferenceNo} was recorded and is not there`);
  return answer(operation, isHeld ? "inProgress" : "successful", undefined, resultFields(made));
}

function query(provider: SnapProvider, request: z.infer<typeof statusShape>): SnapAnswer {
  const transfer = provider.book.transfer(request.originalPartnerReferenceNo);
  if (transfer === undefined || transfer.serviceCode !== request.serviceCode) {
    return answer("transfer-status", "transactionNotFound");
  }
  const [latestTransactionStatus, transactionStatusDesc] = transferStatus[transfer.state];
  return answer("transfer-status", "successful", undefined, {
    originalReferenceNo: transfer.reference,
    originalPartnerReferenceNo: transfer.partnerReferenceNo,
    serviceCode: transfer.serviceCode,
    amount: amountOf(transfer.amountMinor),
    latestTransactionStatus,
    transactionStatusDesc,
  });
}

const holdShape = z.object({ times: z.int().min(1).max(10_000).default(1) });
const moveShape = z.object({ partnerReferenceNo: z.string().min(1), to: z.enum(["done", "failed"]) });

/** A test's hand on transfers: what was sent, hold the next ones, and say what becomes of one that is held. */
function serveTransferControl(app: FastifyInstance, provider: SnapProvider, holds: Holds): void {
  const { book, clock } = provider;
  app.get("/control/transfers", async () => book.transfers().map(transferView));
  app.post("/control/transfers/hold", async (request, reply) => {
    holds.left += readControl(holdShape, request).times;
    return reply.code(201).send({ held: holds.left });
  });
  app.post("/control/transfers/move", async (request) => {
    const { partnerReferenceNo, to } = readControl(moveShape, request);
    const transfer = book.transfer(partnerReferenceNo);
    if (transfer === undefined) throw new ControlRequestError(`no transfer ${partnerReferenceNo} in the book`, 404);
    if (transfer.state !== "pending") throw new ControlRequestError(`the transfer is ${transfer.state} already`, 409);
    book.record({ entry: "transfer-moved", at: clock().toISOString(), partnerReferenceNo, to });
    await book.flush();
    return transferView(transfer);
  });
}

/** The transfer services that the merchant calls: 17 within the bank, 18 to another, 36 status. Answers the operations. */
export function transferOperations(app: FastifyInstance, provider: SnapProvider) {
  const holds: Holds = { left: 0 };
  serveTransferControl(app, provider, holds);
  const intrabank: Operation<typeof intrabankShape> = {
    name: "transfer-intrabank",
    method: "POST",
    path: "/v1.0/transfer-intrabank",
    body: intrabankShape,
    handle: (request) => make(provider, holds, "transfer-intrabank", request),
  };
  const interbank: Operation<typeof interbankShape> = {
    name: "transfer-interbank",
    method: "POST",
    path: "/v1.0/transfer-interbank",
    body: interbankShape,
    handle: (request) => make(provider, holds, "transfer-interbank", request),
  };
  const transferStatusOperation: Operation<typeof statusShape> = {
    name: "transfer-status",
    method: "POST",
    path: "/v1.0/transfer/status",
    body: statusShape,
    handle: (request) => query(provider, request),
  };
  return { intrabank, interbank, transferStatus: transferStatusOperation };
}
