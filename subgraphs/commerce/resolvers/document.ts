import type { RequestContext } from "../context.ts";
import type { BoughtOrder } from "../domain/bought-order.ts";
import type { DocumentKind, IssuedDocument } from "../domain/document.ts";
import type { CreditNoteResolvers, OrderResolvers } from "../generated/resolver-types.ts";

async function documentsOf(
  { loaders }: RequestContext,
  { id }: BoughtOrder,
  kind: DocumentKind,
): Promise<IssuedDocument[]> {
  return (await loaders.documentsByOrder.load(id)).filter(({ snapshot }) => snapshot.kind === kind);
}

async function linkTo(context: RequestContext, order: BoughtOrder, kind: DocumentKind): Promise<string | null> {
  const [document] = await documentsOf(context, order, kind);
  return document === undefined ? null : context.commerce.documentLinks.linkTo(document.id);
}

/** Fields of `Order` about its documents. Loaders answer only the caller's own. */
export const orderDocumentResolvers: Pick<OrderResolvers, "invoiceUrl" | "receiptUrl" | "creditNotes"> = {
  invoiceUrl: (order, _args, context) => linkTo(context, order, "INVOICE"),
  receiptUrl: (order, _args, context) => linkTo(context, order, "RECEIPT"),
  creditNotes: (order, _args, context) => documentsOf(context, order, "CREDIT_NOTE"),
};

/** Fields of `CreditNote`. */
export const creditNoteResolvers: CreditNoteResolvers = {
  number: ({ snapshot }) => snapshot.number,
  amount: ({ snapshot }) => ({ amountMinor: snapshot.amountMinor, currency: snapshot.order.currency }),
  issuedAt: ({ snapshot }) => snapshot.issuedAt,
  url: ({ id }, _args, { commerce }) => commerce.documentLinks.linkTo(id),
};
