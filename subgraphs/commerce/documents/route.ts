import { createHash } from "node:crypto";
import { isUuid } from "../../../platform/values/ids.ts";
import type { Clock } from "../../../platform/values/instants.ts";
import type { Page, PageAnswer } from "../callbacks/route.ts";
import type { DocumentReads } from "../domain/document.ts";
import { checkLink, documentsPath, type LinkKeys } from "./links.ts";
import { renderDocument, style } from "./page.ts";

/** What serving documents needs. */
export interface DocumentPages {
  readonly documents: Pick<DocumentReads, "document">;
  readonly keys: Pick<LinkKeys, "find">;
  readonly clock: Clock;
}

const styleHash = createHash("sha256").update(style).digest("base64");

const headers = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  // It names a person: neither a cache on the way nor a search engine keeps it, and its address is told to nobody.
  "cache-control": "private, no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-robots-tag": "noindex",
};

function sentence(status: number, text: string): PageAnswer {
  return {
    status,
    headers,
    body: `<!doctype html><html lang="en"><meta charset="utf-8"><title>Etalase</title><p>${text}</p></html>`,
  };
}

// A forged link says nothing of whether there is such a document.
const nothing = sentence(404, "There is no such document.");
const expired = sentence(410, "This link has expired. Open the document from your order again.");

/** Serves invoices, receipts and credit notes to whoever has a link that was signed here and holds still. */
export function createDocumentPage({ documents, keys, clock }: DocumentPages): Page {
  return {
    path: `${documentsPath}/:id`,
    handle: async ({ id = "" }, query) => {
      const verdict = await checkLink(keys, id, query, clock());
      if (verdict === "expired") return expired;
      const document = verdict === "good" && isUuid(id) ? await documents.document(id) : null;
      return document === null ? nothing : { status: 200, headers, body: renderDocument(document.snapshot) };
    },
  };
}
