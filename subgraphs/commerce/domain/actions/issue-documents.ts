import type { NewId } from "../../../../platform/values/ids.ts";
import { addSeconds, type Clock } from "../../../../platform/values/instants.ts";
import {
  containedTax,
  creditedTax,
  type DocumentBook,
  type DocumentKind,
  type DocumentSnapshot,
  type DueDocument,
  type IssuedDocument,
  printedNumber,
  taxedMinor,
} from "../document.ts";
import { ruleAt } from "../money-rules.ts";
import type { PaymentMethod } from "../payment.ts";
import { describeMethod } from "../payment-methods.ts";
import type { Transaction, Transactions } from "../ports.ts";
import { dayInJakarta } from "./start-day.ts";

/** What issuing documents needs. */
export interface Issuing {
  readonly transactions: Transactions;
  readonly documents: DocumentBook;
  /** Ways to pay, for their names. */
  readonly methods: readonly PaymentMethod[];
  readonly newId: NewId;
  readonly clock: Clock;
}

type Content = Omit<DocumentSnapshot, "number" | "issuedAt">;

const waitForInvoiceSeconds = 2;

/** Gives a document its number and keeps it. The number is taken last, so that a series is locked as shortly as can be. */
async function issue(
  { documents, newId, clock }: Issuing,
  tx: Transaction,
  due: DueDocument,
  content: Content,
): Promise<IssuedDocument> {
  const issuedAt = clock();
  const { kind, order } = content;
  const year = Number(dayInJakarta(issuedAt).slice(0, 4));
  const sequence = await documents.nextNumber(tx, kind, order.shopId, year);
  const number = printedNumber(kind, order.shopId, year, sequence);
  const snapshot = { ...content, number, issuedAt };
  const document = { id: newId(), orderId: due.orderId, cause: due.id, year, sequence, snapshot };
  await documents.insert(tx, document);
  return document;
}

async function issueForPayment(issuing: Issuing, tx: Transaction, due: DueDocument): Promise<void> {
  const order = await issuing.documents.orderOf(tx, due.orderId);
  const rule = ruleAt(await tx.fulfilment.rules(), "PPN", due.at);
  const common = {
    order,
    paidAt: due.at,
    paidBy: describeMethod(issuing.methods, order.paymentMethodId).providerName,
    amountMinor: order.totalMinor,
    tax: rule === null ? null : containedTax(taxedMinor(order), rule),
  };
  const invoice = await issue(issuing, tx, due, { ...common, kind: "INVOICE", invoiceNumber: null });
  await issue(issuing, tx, due, { ...common, kind: "RECEIPT", invoiceNumber: invoice.snapshot.number });
}

/** Answers false when the invoice that it would take back is not issued yet. */
async function issueForRefund(issuing: Issuing, tx: Transaction, due: DueDocument): Promise<boolean> {
  const earlier = await issuing.documents.ofOrder(tx, due.orderId);
  const of = (kind: DocumentKind) => earlier.filter(({ snapshot }) => snapshot.kind === kind);
  const [invoice] = of("INVOICE");
  if (invoice === undefined) return false;
  const creditedMinor = of("CREDIT_NOTE").reduce((sum, { snapshot }) => sum + snapshot.amountMinor, 0n);
  const amountMinor = due.amountMinor ?? 0n;
  await issue(issuing, tx, due, {
    ...invoice.snapshot,
    kind: "CREDIT_NOTE",
    invoiceNumber: invoice.snapshot.number,
    amountMinor,
    tax: creditedTax(invoice.snapshot, creditedMinor, amountMinor),
  });
  return true;
}

/**
 * Issues what is due longest: invoice and receipt of an order that was paid, or the credit note of a refund. Several may do so at
 * once. `waiting`: it waits for the invoice, which another is issuing. @throws whatever failed, after it was put off.
 */
export async function issueNextDocument(issuing: Issuing): Promise<"issued" | "waiting" | "none"> {
  const { transactions, documents, clock } = issuing;
  let claimedId: string | undefined;
  try {
    return await transactions.runInTransaction(async (tx) => {
      const due = await documents.claimDue(tx, clock());
      claimedId = due?.id;
      if (due === null) return "none";
      if (due.kind === "CONFIRMED") await issueForPayment(issuing, tx, due);
      else if (!(await issueForRefund(issuing, tx, due))) {
        await documents.postpone(tx, due.id, addSeconds(clock(), waitForInvoiceSeconds));
        return "waiting";
      }
      await documents.settleDue(tx, due.id);
      return "issued";
    });
  } catch (error) {
    const failedId = claimedId;
    // One that cannot be issued must not stand in the way of all others.
    if (failedId !== undefined) {
      await transactions.runInTransaction((tx) => documents.postpone(tx, failedId, addSeconds(clock(), 60)));
    }
    throw error;
  }
}
