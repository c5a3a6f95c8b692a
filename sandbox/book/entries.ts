import type { OperationName } from "../operation-names.ts";

/** What a charge is paid with, and what only that kind knows. */
export type ChargeDetails =
  | {
      readonly kind: "virtual-account";
      readonly partnerServiceId: string;
      readonly customerNo: string;
      readonly virtualAccountNo: string;
      readonly virtualAccountName: string;
    }
  | {
      readonly kind: "qris";
      readonly merchantId: string;
      readonly storeId: string;
      readonly terminalId: string;
      readonly qrContent: string;
    }
  | {
      readonly kind: "wallet";
      readonly merchantId: string;
      readonly returnUrl: string | null;
      readonly notifyUrl: string;
      /** What the payer types in the wallet's app; null where a page is approved instead. */
      readonly paymentCode: string | null;
    }
  | {
      readonly kind: "card";
      readonly returnUrl: string | null;
    };

/** A message the provider owes the merchant. The body is complete: an attempt only adds date, ids and signature. */
export interface OwedNotification {
  readonly notificationId: string;
  readonly operation: "va-payment" | "qr-notify" | "wallet-notify" | "charge-webhook";
  readonly url: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** X-EXTERNAL-ID of every attempt; null: a new one each time. */
  readonly externalId: string | null;
  /** `wrong`: signed with a secret or key that is not the provider's, and never repeated. */
  readonly signature: "valid" | "wrong";
  /** When the first attempt is due, ISO 8601. */
  readonly dueAt: string;
}

/** What the merchant answered to one attempt. `httpStatus` null: no answer came. */
export interface MerchantAnswer {
  readonly operation: OperationName;
  readonly externalId: string;
  readonly httpStatus: number | null;
  readonly responseCode: string | null;
  readonly body: unknown;
}

/** Where a transfer stands: on its way, arrived, or come back. */
export type TransferState = "pending" | "done" | "failed";

/** One line of a provider's book. Amounts are decimal strings in rupiah, instants ISO 8601 in UTC. */
export type BookEntry =
  | { readonly entry: "external-id-seen"; readonly at: string; readonly day: string; readonly externalId: string }
  | {
      readonly entry: "charge-created";
      readonly at: string;
      readonly reference: string;
      readonly partnerReferenceNo: string;
      readonly amount: string;
      readonly expiresAt: string;
      /** Tells a repeated request from a changed one. */
      readonly fingerprint: string;
      readonly details: ChargeDetails;
    }
  | {
      readonly entry: "charge-moved";
      readonly at: string;
      readonly reference: string;
      readonly to: "paying" | "pending" | "failed" | "cancelled";
      readonly notification: OwedNotification | null;
    }
  | {
      readonly entry: "inquiry-made";
      readonly at: string;
      readonly reference: string;
      readonly inquiryRequestId: string;
      readonly answer: MerchantAnswer;
    }
  | {
      readonly entry: "payment-taken";
      readonly at: string;
      readonly reference: string;
      readonly paymentRequestId: string;
      readonly amount: string;
      /** In the same line as the money: a crash cannot separate them. Null: the provider will stay silent. */
      readonly notification: OwedNotification | null;
    }
  | {
      readonly entry: "payment-returned";
      readonly at: string;
      readonly reference: string;
      readonly paymentRequestId: string;
      readonly reason: string;
    }
  | {
      readonly entry: "refund-made";
      readonly at: string;
      readonly reference: string;
      readonly refundNo: string;
      readonly partnerRefundNo: string;
      readonly amount: string;
      readonly reason: string | null;
    }
  | {
      readonly entry: "transfer-made";
      readonly at: string;
      readonly reference: string;
      readonly partnerReferenceNo: string;
      /** `17` within the bank, `18` to another. */
      readonly serviceCode: string;
      readonly amount: string;
      readonly bankCode: string;
      readonly accountNo: string;
      readonly accountName: string;
      readonly fingerprint: string;
      readonly state: TransferState;
    }
  | {
      readonly entry: "transfer-moved";
      readonly at: string;
      readonly partnerReferenceNo: string;
      readonly to: TransferState;
    }
  | {
      readonly entry: "notification-sent";
      readonly at: string;
      readonly notificationId: string;
      readonly answer: MerchantAnswer;
      /** `repeated`: sent once more on a test's demand; its state does not change. */
      readonly outcome: "delivered" | "rejected" | "unsettled" | "gave-up" | "repeated";
      readonly nextAttemptAt: string | null;
    };
