import { type ChargeView, chargeView } from "../book/views.ts";
import type { Provider } from "../provider.ts";
import type { PayReport } from "./payment.ts";

const shownCharges = 50;

/** Escapes text for HTML, inside elements and quoted attributes alike. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
table{border-collapse:collapse;width:100%}td,th{padding:.4rem .6rem;border-bottom:1px solid #ddd;text-align:left}
td.amount{text-align:right;font-variant-numeric:tabular-nums}button{font:inherit;padding:.2rem .8rem}
code{overflow-wrap:anywhere}[role=status]{padding:.6rem 1rem;background:#eef6ee;border:1px solid #9c9}`;

/** A whole page. The title is escaped here, the content must be HTML already. */
export function page(title: string, content: string): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'";
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escapeHtml(title)}</title><style>${style}</style></head>
<body><h1>${escapeHtml(title)}</h1>
${content}
</body></html>`;
}

/** Rupiah as Indonesians write them: `Rp 149.000,00`. */
export function rupiah(decimal: string): string {
  const [whole = "0", fraction = "00"] = decimal.split(".");
  return `Rp ${whole.replace(/\B(?=(\d{3})+(?!\d))/g, ".")},${fraction}`;
}

function payButton(charge: ChargeView): string {
  if (!["open", "paying", "pending"].includes(charge.status)) return escapeHtml(charge.status);
  return `<form method="post" action="/control/pay"><input type="hidden" name="reference" value="${escapeHtml(charge.reference)}"><button>Pay</button></form>`;
}

function row(charge: ChargeView): string {
  const name = charge.virtualAccountNo?.trim() ?? charge.qrContent ?? charge.reference;
  return `<tr><td>${escapeHtml(charge.kind)}</td><td><code>${escapeHtml(name)}</code><br><small>${escapeHtml(charge.partnerReferenceNo)}</small></td>
<td class="amount">${escapeHtml(rupiah(charge.amount))}</td><td>${escapeHtml(charge.expiresAt)}</td><td>${payButton(charge)}</td></tr>`;
}

function reportSentence({ outcome, reason, charge, answers }: PayReport): string {
  const codes = answers.map((given) => given.responseCode ?? "no answer").join(", ") || "nothing yet";
  const why = reason === null ? "" : ` (${reason})`;
  return `<p role="status">${escapeHtml(`${charge.reference}: ${outcome}${why}. The merchant answered: ${codes}.`)}</p>`;
}

/** The page for people: the newest charges, each open one with a button that pays it. */
export function chargesPage(provider: Provider, report?: PayReport): string {
  const charges = provider.book.charges().slice(-shownCharges).reverse();
  const rows = charges.map((charge) => row(chargeView(charge, provider.clock()))).join("\n");
  const table = `<table><thead><tr><th>Kind</th><th>Pay to</th><th>Amount</th><th>Until</th><th></th></tr></thead><tbody>
${rows}</tbody></table>`;
  const content = charges.length === 0 ? "<p>Nothing to pay yet. Check something out first.</p>" : table;
  return page(
    `${provider.displayName} (sandbox)`,
    `${report === undefined ? "" : reportSentence(report)}<p>No real money moves here. Reload to see new charges.</p>${content}`,
  );
}
