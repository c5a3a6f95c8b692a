import { fromDecimal } from "../../platform/values/money.ts";
import type { Charge, Notification } from "./charge.ts";
import type { BookEntry, OwedNotification } from "./entries.ts";
import { openJournal } from "./journal.ts";
import type { Transfer } from "./transfer.ts";

/** What a provider knows, and the only way to change it. Durable: `flush` before anybody is told. */
export interface Book {
  /** Records a fact: at once in memory, on disk with the next `flush`. @throws JournalError */
  readonly record: (entry: BookEntry) => void;
  /** @throws JournalError */
  readonly flush: () => Promise<void>;
  readonly close: () => Promise<void>;
  readonly charges: () => readonly Charge[];
  readonly chargeByReference: (reference: string) => Charge | undefined;
  readonly chargeByPartnerReference: (
    kind: Charge["details"]["kind"],
    partnerReferenceNo: string,
  ) => Charge | undefined;
  /** The charge that was last given a virtual account number. */
  readonly chargeByVirtualAccount: (virtualAccountNo: string) => Charge | undefined;
  readonly transfers: () => readonly Transfer[];
  readonly transfer: (partnerReferenceNo: string) => Transfer | undefined;
  readonly notifications: () => readonly Notification[];
  readonly notification: (notificationId: string) => Notification | undefined;
  /** Whether X-EXTERNAL-ID was seen on that day, in Jakarta. */
  readonly hasSeen: (day: string, externalId: string) => boolean;
}

interface State {
  readonly charges: Map<string, Charge>;
  readonly byPartnerReference: Map<string, Charge>;
  readonly byVirtualAccount: Map<string, Charge>;
  readonly transfers: Map<string, Transfer>;
  readonly notifications: Map<string, Notification>;
  /** X-EXTERNAL-IDs by day, of the latest two days: a day's rule needs no more. */
  readonly seen: Map<string, Set<string>>;
}

function mustFind<Value>(map: Map<string, Value>, key: string): Value {
  const value = map.get(key);
  if (value === undefined) throw new Error(`the book names ${key}, which it does not know`);
  return value;
}

function createCharge(state: State, entry: BookEntry & { entry: "charge-created" }): void {
  const charge: Charge = {
    reference: entry.reference,
    partnerReferenceNo: entry.partnerReferenceNo,
    amountMinor: fromDecimal(entry.amount),
    createdAt: new Date(entry.at),
    expiresAt: new Date(entry.expiresAt),
    fingerprint: entry.fingerprint,
    details: entry.details,
    movedTo: null,
    inquiryRequestId: null,
    payments: [],
    refunds: [],
  };
  state.charges.set(charge.reference, charge);
  state.byPartnerReference.set(`${entry.details.kind} ${charge.partnerReferenceNo}`, charge);
  if (entry.details.kind === "virtual-account") state.byVirtualAccount.set(entry.details.virtualAccountNo, charge);
}

function owe(state: State, reference: string, owed: OwedNotification | null): void {
  if (owed === null) return;
  state.notifications.set(owed.notificationId, {
    ...owed,
    reference,
    state: "owed",
    attempts: 0,
    nextAttemptAt: new Date(owed.dueAt),
    answers: [],
  });
}

function noteAttempt(state: State, entry: BookEntry & { entry: "notification-sent" }): void {
  const notification = mustFind(state.notifications, entry.notificationId);
  notification.answers.push(entry.answer);
  notification.attempts += 1;
  if (entry.outcome === "repeated") return;
  if (entry.outcome !== "unsettled") notification.state = entry.outcome;
  if (entry.nextAttemptAt !== null) notification.nextAttemptAt = new Date(entry.nextAttemptAt);
}

function noteExternalId(state: State, day: string, externalId: string): void {
  const ofDay = state.seen.get(day) ?? new Set();
  state.seen.set(day, ofDay.add(externalId));
  const [oldest] = [...state.seen.keys()].sort();
  if (state.seen.size > 2 && oldest !== undefined) state.seen.delete(oldest);
}

function apply(state: State, entry: BookEntry): void {
  switch (entry.entry) {
    case "external-id-seen":
      noteExternalId(state, entry.day, entry.externalId);
      return;
    case "charge-created":
      createCharge(state, entry);
      return;
    case "charge-moved":
      mustFind(state.charges, entry.reference).movedTo = entry.to;
      owe(state, entry.reference, entry.notification);
      return;
    case "inquiry-made":
      mustFind(state.charges, entry.reference).inquiryRequestId = entry.inquiryRequestId;
      return;
    case "payment-taken":
      mustFind(state.charges, entry.reference).payments.push({
        paymentRequestId: entry.paymentRequestId,
        amountMinor: fromDecimal(entry.amount),
        takenAt: new Date(entry.at),
        returned: false,
      });
      owe(state, entry.reference, entry.notification);
      return;
    case "payment-returned": {
      const { payments } = mustFind(state.charges, entry.reference);
      const payment = payments.find(({ paymentRequestId }) => paymentRequestId === entry.paymentRequestId);
      if (payment !== undefined) payment.returned = true;
      return;
    }
    case "refund-made":
      mustFind(state.charges, entry.reference).refunds.push({
        refundNo: entry.refundNo,
        partnerRefundNo: entry.partnerRefundNo,
        amountMinor: fromDecimal(entry.amount),
        reason: entry.reason,
        madeAt: new Date(entry.at),
      });
      return;
    case "transfer-made":
      state.transfers.set(entry.partnerReferenceNo, {
        ...entry,
        amountMinor: fromDecimal(entry.amount),
        madeAt: new Date(entry.at),
      });
      return;
    case "transfer-moved":
      mustFind(state.transfers, entry.partnerReferenceNo).state = entry.to;
      return;
    case "notification-sent":
      noteAttempt(state, entry);
  }
}

/** Opens a provider's book: reads what it knew, and continues. @throws JournalError */
export async function openBook(file: string): Promise<Book> {
  const state: State = {
    charges: new Map(),
    byPartnerReference: new Map(),
    byVirtualAccount: new Map(),
    transfers: new Map(),
    notifications: new Map(),
    seen: new Map(),
  };
  const journal = await openJournal<BookEntry>(file, (entry) => apply(state, entry));
  return {
    record(entry) {
      journal.append(entry);
      apply(state, entry);
    },
    flush: journal.flush,
    close: journal.close,
    charges: () => [...state.charges.values()],
    chargeByReference: (reference) => state.charges.get(reference),
    chargeByPartnerReference: (kind, partnerReferenceNo) =>
      state.byPartnerReference.get(`${kind} ${partnerReferenceNo}`),
    chargeByVirtualAccount: (virtualAccountNo) => state.byVirtualAccount.get(virtualAccountNo),
    transfers: () => [...state.transfers.values()],
    transfer: (partnerReferenceNo) => state.transfers.get(partnerReferenceNo),
    notifications: () => [...state.notifications.values()],
    notification: (notificationId) => state.notifications.get(notificationId),
    hasSeen: (day, externalId) => state.seen.get(day)?.has(externalId) ?? false,
  };
}
