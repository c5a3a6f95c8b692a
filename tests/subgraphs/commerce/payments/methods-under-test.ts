/** How a refusal of a call-back is told in a provider's words. */
export type CallbackRefusal = "signature" | "missing" | "stale" | "malformed" | "fields" | "amount";

/** A way to pay, and the names by which its provider's control API knows what it does. */
export interface MethodUnderTest {
  readonly methodId: string;
  readonly request: string;
  readonly status: string;
  readonly cancel: string;
  readonly refund: string | null;
  /** The call-back that tells of money. */
  readonly notify: string;
  /** Whether the provider asks before it takes money, and gives it back when we say no. */
  readonly isAsked: boolean;
  /** The control API's code of a request that is refused for good. */
  readonly requestRefusal: string;
  /** The control API's code of a cancel that is refused: the charge is paid, or for another reason. */
  readonly cancelRefusal: (kind: "paid" | "other") => string;
  /** What a refused call-back is answered; null where the provider has nothing of the kind. */
  readonly refusal: (kind: CallbackRefusal) => RegExp | null;
  /** What a call-back about money that is taken is answered. */
  readonly accepted: RegExp;
}

const snapRefusals: Readonly<Record<CallbackRefusal, RegExp>> = {
  signature: /^401\d\d00$/,
  missing: /^400\d\d02$/,
  stale: /^401\d\d00$/,
  malformed: /^400\d\d01$/,
  fields: /^400\d\d02$/,
  amount: /^404\d\d13$/,
};

const snap = {
  cancelCode: (service: string) => (kind: "paid" | "other") => `404${service}${kind === "paid" ? "14" : "00"}`,
  refusal: (kind: CallbackRefusal) => snapRefusals[kind],
  accepted: /^200\d\d00$/,
};

const account = {
  request: "create-va",
  status: "va-status",
  cancel: "delete-va",
  refund: null,
  notify: "va-payment",
  isAsked: true,
  requestRefusal: "4032702",
  cancelRefusal: snap.cancelCode("31"),
  refusal: snap.refusal,
  accepted: snap.accepted,
};

const wallet = {
  request: "wallet-payment",
  status: "wallet-status",
  cancel: "wallet-cancel",
  refund: "wallet-refund",
  notify: "wallet-notify",
  isAsked: false,
  requestRefusal: "4035402",
  cancelRefusal: snap.cancelCode("57"),
  refusal: snap.refusal,
  accepted: snap.accepted,
};

const processorRefusals: Readonly<Record<CallbackRefusal, RegExp | null>> = {
  signature: /^401$/,
  missing: /^401$/,
  stale: null,
  malformed: /^400$/,
  fields: /^400$/,
  amount: /^422$/,
};

/** Every way to pay that commerce offers. */
export const methodsUnderTest: readonly MethodUnderTest[] = [
  { methodId: "bank-cendana.virtual-account", ...account },
  // Its flag decides, the call itself succeeds.
  {
    methodId: "bank-meranti.virtual-account",
    ...account,
    refusal: (kind) => (kind === "amount" ? /^2002500$/ : snapRefusals[kind]),
  },
  {
    methodId: "bank-cendana.qris",
    request: "qr-generate",
    status: "qr-query",
    cancel: "qr-cancel",
    refund: "qr-refund",
    notify: "qr-notify",
    isAsked: false,
    requestRefusal: "4034702",
    cancelRefusal: snap.cancelCode("77"),
    refusal: snap.refusal,
    accepted: snap.accepted,
  },
  { methodId: "kantong.wallet", ...wallet },
  { methodId: "lumbung.wallet", ...wallet },
  {
    methodId: "gerbang.card",
    request: "charge-create",
    status: "charge-status",
    cancel: "charge-cancel",
    refund: "charge-refund",
    notify: "charge-webhook",
    isAsked: false,
    requestRefusal: "403 AMOUNT_TOO_HIGH",
    cancelRefusal: (kind) => (kind === "paid" ? "409 CHARGE_ALREADY_PAID" : "409 CHARGE_NOT_CANCELABLE"),
    refusal: (kind) => processorRefusals[kind],
    accepted: /^200$/,
  },
];
