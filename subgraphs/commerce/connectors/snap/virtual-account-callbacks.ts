import { z } from "zod";
import { isUuid } from "../../../../platform/values/ids.ts";
import type { CallbackRoute } from "../../callbacks/route.ts";
import { type ReceiveDependencies, receiveNotification } from "../../domain/actions/receive-notification.ts";
import { type CallbackAnswer, findNamed, type PaymentName, type Verdict } from "../../domain/notification.ts";
import { decidePayable, type PayableVerdict } from "../../domain/notification-verdict.ts";
import type { Transaction } from "../../domain/ports.ts";
import { createSnapRoute, snapAnswer, type VerifyCall } from "./callback-route.ts";
import { amountField, textField, toSnapAmount } from "./fields.ts";
import type { SnapParty } from "./party.ts";
import { transactionIdentity } from "./transaction-notification.ts";
import { toPlainNumber } from "./virtual-account.ts";

const accountFields = {
  partnerServiceId: z.string().length(8),
  customerNo: textField(20),
  virtualAccountNo: textField(28),
};

const inquiryShape = z.object({ ...accountFields, inquiryRequestId: textField(128) });

const paymentShape = z.object({
  ...accountFields,
  trxId: z.string().max(64).optional(),
  paymentRequestId: textField(128),
  paidAmount: amountField,
});

type Account = z.infer<typeof inquiryShape> | z.infer<typeof paymentShape>;

type Wording = readonly [code: string, english: string, indonesia: string];

const payableWording: Readonly<Record<PayableVerdict, Wording>> = {
  PAYABLE: ["20000", "Successful", "Sukses"],
  EXPIRED: ["40419", "Invalid Bill/Virtual Account: expired", "Tagihan kedaluwarsa"],
  ALREADY_PAID: ["40414", "Paid Bill", "Tagihan sudah dibayar"],
  UNKNOWN_REFERENCE: ["40412", "Invalid Bill/Virtual Account: not found", "Tagihan tidak ditemukan"],
};

const paymentWording: Readonly<Record<Verdict, Wording>> = {
  ACCEPTED: ["20000", "Successful", "Sukses"],
  NOTED: ["20000", "Successful", "Sukses"],
  AMOUNT_MISMATCH: ["40413", "Invalid Amount", "Jumlah tidak sesuai"],
  EXPIRED: payableWording.EXPIRED,
  ALREADY_PAID: payableWording.ALREADY_PAID,
  UNKNOWN_REFERENCE: payableWording.UNKNOWN_REFERENCE,
};

function accountFieldsOf({ partnerServiceId, customerNo, virtualAccountNo }: Account) {
  return { partnerServiceId, customerNo, virtualAccountNo };
}

function plainNumberOf({ partnerServiceId, customerNo, virtualAccountNo }: Account): string | null {
  // The full number must be the other two together, or the request contradicts itself.
  return virtualAccountNo === `${partnerServiceId}${customerNo}` ? toPlainNumber(virtualAccountNo) : null;
}

// A flag in the data says what the response code says, 00 for success and 01 for a refusal.
function flagOf(code: string): "00" | "01" {
  return code === "20000" ? "00" : "01";
}

/** How a bank wants its virtual account calls answered. */
export interface AccountCallDialect {
  readonly party: Pick<SnapParty, "provider">;
  readonly verify: VerifyCall;
  /**
   * `code`: the response code decides, the flag repeats it. `flag`: the call itself succeeded (20000), and the flag in the
   * data decides: 00 accepted, 01 rejected, 02 not known yet (a fault of ours), to be asked again.
   */
  readonly decidesBy: "code" | "flag";
  /** What makes a payment call under one X-EXTERNAL-ID a repetition; `flagAdvise` never counts. */
  readonly repetitionBy: "content" | "paymentRequestId";
}

type PaymentBody = z.infer<typeof paymentShape>;

/**
 * How a payment call names its payment: by the number, or by our own reference where no payment has the number. A payment
 * whose request was never answered has none on record, and the bank may have its account, and money on it, all the same.
 */
async function nameOf(
  tx: Transaction,
  { provider }: Pick<SnapParty, "provider">,
  body: PaymentBody,
): Promise<PaymentName | null> {
  const virtualAccountNo = plainNumberOf(body);
  if (virtualAccountNo === null) return null;
  const byNumber: PaymentName = { by: "virtual-account", virtualAccountNo };
  const { trxId: paymentId = "" } = body;
  if (!isUuid(paymentId) || (await findNamed(tx, provider, byNumber)) !== null) return byNumber;
  const byReference: PaymentName = { by: "id", paymentId };
  return (await findNamed(tx, provider, byReference))?.virtualAccountNo === null ? byReference : byNumber;
}

const contentOf = ({ paymentRequestId, virtualAccountNo, paidAmount }: PaymentBody): string =>
  [paymentRequestId, virtualAccountNo, paidAmount.amountMinor, paidAmount.currency].join("\n");

/** The route by which a bank asks whether an account can be paid (24). */
export function createInquiryRoute(dialect: AccountCallDialect, receive: ReceiveDependencies): CallbackRoute {
  const { party, verify } = dialect;
  const serviceCode = "24";
  return createSnapRoute(
    {
      party,
      name: "va-inquiry",
      serviceCode,
      path: "/v1.0/transfer-va/inquiry",
      verify,
      shape: inquiryShape,
      identityOf: transactionIdentity,
      respond: async (tx, body) => {
        const number = plainNumberOf(body);
        const payment =
          number === null
            ? null
            : await findNamed(tx, party.provider, { by: "virtual-account", virtualAccountNo: number });
        const [code, english, indonesia] = payableWording[decidePayable(payment, receive.clock())];
        return snapAnswer(serviceCode, dialect.decidesBy === "flag" ? "20000" : code, english, {
          virtualAccountData: {
            inquiryStatus: flagOf(code),
            inquiryReason: { english, indonesia },
            ...accountFieldsOf(body),
            inquiryRequestId: body.inquiryRequestId,
            ...(payment === null || code !== "20000"
              ? {}
              : {
                  virtualAccountName: "Etalase",
                  totalAmount: toSnapAmount(payment.amount),
                  virtualAccountTrxType: "C",
                }),
          },
        });
      },
    },
    receive,
  );
}

/** The route by which a bank tells that an account was paid (25); refused, the bank gives the money back. */
export function createPaymentRoute(dialect: AccountCallDialect, receive: ReceiveDependencies): CallbackRoute {
  const { party, verify } = dialect;
  const serviceCode = "25";
  const route = createSnapRoute(
    {
      party,
      name: "va-payment",
      serviceCode,
      path: "/v1.0/transfer-va/payment",
      verify,
      shape: paymentShape,
      identityOf: (body) => (dialect.repetitionBy === "content" ? contentOf(body) : body.paymentRequestId),
      respond: async (tx, body, request) => {
        const answerOf = (verdict: Verdict): CallbackAnswer => {
          const [code, english, indonesia] = paymentWording[verdict];
          return snapAnswer(serviceCode, dialect.decidesBy === "flag" ? "20000" : code, english, {
            virtualAccountData: {
              paymentFlagReason: { english, indonesia },
              ...accountFieldsOf(body),
              virtualAccountName: "Etalase",
              paymentRequestId: body.paymentRequestId,
              paidAmount: toSnapAmount(body.paidAmount),
              paymentFlagStatus: flagOf(code),
            },
          });
        };
        const notification = {
          provider: party.provider,
          reference: body.paymentRequestId,
          // A payment call is made for money that was taken; there is no other status.
          providerStatus: "00",
          meaning: "paid",
          amount: body.paidAmount,
          money: "asked",
          rawBody: request.body,
        } as const;
        return receiveNotification(receive, tx, await nameOf(tx, party, body), notification, answerOf);
      },
    },
    receive,
  );
  if (dialect.decidesBy === "code") return route;
  const fault = { ...route.fault.body, virtualAccountData: { paymentFlagStatus: "02" } };
  return { ...route, fault: { ...route.fault, body: fault } };
}
