/** The programs that have crash points. */
export type Program = "api" | "worker";

// Transactions of the API, each by the file that runs it and its place among those of that file.
const apiTransactions = {
  "add-to-cart#1": "a variant is put in the cart",
  "checkout#1": "stock is reserved, orders and payment are placed, work is started",
  "request-payment#1": "a payment is read, to be closed at its provider",
  "request-payment#2": "what the provider said when its charge was closed is applied",
  "request-payment#3": "the intent to ask the provider is recorded",
  "request-payment#4": "what the provider answered is recorded",
  "receive-notification#1": "a call-back is kept with its answer, the work of applying it is started",
  "retry-payment#1": "the key of a retry is looked up",
  "retry-payment#2": "a payment that is closed at its provider is ended if its time is over",
  "retry-payment#3": "another payment takes the place of one",
  "act-on-order#1": "a paid order is cancelled, stock given back, money owed back",
} as const;

// Steps of workflows: `tx` is recorded with what it does, `step` does something outside and is recorded afterwards.
const workerSteps = {
  "settle-payment-request": {
    tx: ["load", "try later", "apply the status", "record the outcome"],
    step: ["ask for the status", "request again"],
  },
  "expire-payment": {
    tx: ["load", "apply the status", "close"],
    step: ["ask for the status", "cancel the charge"],
  },
  "apply-notification": { tx: ["apply", "apply the status"], step: ["ask for the status"] },
  "refund-late-money": { tx: ["owe", "record"], step: ["send back"] },
  "close-charge": {
    tx: ["load", "apply the status", "again"],
    step: ["ask for the status", "cancel the charge"],
  },
  "send-refund": { tx: ["load", "record", "leave to a person"], step: ["send back"] },
} as const;

/** After the provider's answer to a request for payment, before anything of it is recorded. */
export const askedNotRecorded = "the provider has answered, nothing is recorded";

/** After the storefront has taken an event, before it is recorded that it did. */
export const toldNotRecorded = "the storefront has taken an event, nothing is recorded";

/** Inside a transaction, when its work is done. */
export const beforeCommit = (name: string): string => `${name}: before commit`;

/** A transaction is committed, nobody was told. */
export const committed = (name: string): string => `${name}: committed`;

/** A step has done what it does outside, its result is not recorded. */
export const notRecorded = (name: string): string => `${name}: done, not recorded`;

/** A step's result is recorded, the next one has not begun. */
export const recorded = (name: string): string => `${name}: recorded`;

/** Names a step of a workflow. */
export const stepName = (workflow: string, step: string): string => `${workflow}/${step}`;

/** Every place at which a program must be killed, by program. */
export const crashPoints: Readonly<Record<Program, readonly string[]>> = {
  api: [...Object.keys(apiTransactions).flatMap((name) => [beforeCommit(name), committed(name)]), askedNotRecorded],
  worker: [
    ...Object.entries(workerSteps).flatMap(([workflow, { tx, step }]) => [
      ...tx.map((name) => stepName(workflow, name)).flatMap((name) => [beforeCommit(name), committed(name)]),
      ...step.map((name) => stepName(workflow, name)).flatMap((name) => [notRecorded(name), recorded(name)]),
    ]),
    toldNotRecorded,
  ],
};
