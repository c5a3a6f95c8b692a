import { toDecimal } from "../../../platform/values/money.ts";
import type { ContainedTax, DocumentedCharge, DocumentKind, DocumentSnapshot } from "../domain/document.ts";
import { Html, html } from "./html.ts";

const titles: Readonly<Record<DocumentKind, string>> = {
  INVOICE: "Faktur",
  RECEIPT: "Kuitansi",
  CREDIT_NOTE: "Nota kredit",
};

const charges: Readonly<Record<DocumentedCharge["kind"], string>> = {
  SHIPPING: "Ongkos kirim",
  SHOP_VOUCHER: "Voucher toko",
  PLATFORM_VOUCHER: "Voucher platform",
  OTHER: "Lain-lain",
};

/** Style of the page; its hash stands in the content security policy. */
export const style = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:48rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}th,td{padding:.3rem .5rem;text-align:left;border-bottom:1px solid #ccc}
.sum{text-align:right;white-space:nowrap}header{display:flex;justify-content:space-between;gap:2rem}`;

/** An amount as people in Indonesia write it: `Rp 149.000,00`. */
export function rupiah(amountMinor: bigint): string {
  const [whole = "", fraction = ""] = toDecimal(amountMinor < 0n ? -amountMinor : amountMinor).split(".");
  return `${amountMinor < 0n ? "-" : ""}Rp ${whole.replaceAll(/\B(?=(\d{3})+$)/g, ".")},${fraction}`;
}

const moment = new Intl.DateTimeFormat("id-ID", { dateStyle: "long", timeStyle: "short", timeZone: "Asia/Jakarta" });

function instant(at: Date): string {
  return `${moment.format(at)} WIB`;
}

/** A rate as `12 %`; hundredths where there are some. */
function percent(basisPoints: number): string {
  const fraction = basisPoints % 100;
  return `${Math.floor(basisPoints / 100)}${fraction === 0 ? "" : `,${String(fraction).padStart(2, "0")}`} %`;
}

function taxRows(tax: ContainedTax): Html {
  const isWhole = tax.baseNumerator === tax.baseDenominator;
  const rated = html`<tr><td colspan="3">DPP nilai lain (${tax.baseNumerator}/${tax.baseDenominator})</td>
<td class="sum">${rupiah(tax.ratedMinor)}</td></tr>`;
  return html`<tr><td colspan="3">Dasar pengenaan pajak</td><td class="sum">${rupiah(tax.baseMinor)}</td></tr>
${isWhole ? new Html("") : rated}<tr><td colspan="3">PPN ${percent(tax.basisPoints)}, termasuk dalam harga</td>
<td class="sum">${rupiah(tax.taxMinor)}</td></tr>`;
}

function goodsOf({ order }: DocumentSnapshot): Html {
  const lines = order.lines.map(
    ({
      title,
      quantity,
      unitPriceMinor,
      totalMinor,
    }) => html`<tr><td><bdi>${title}</bdi></td><td class="sum">${quantity}</td>
<td class="sum">${rupiah(unitPriceMinor)}</td><td class="sum">${rupiah(totalMinor)}</td></tr>`,
  );
  const others = order.charges.map(
    ({ kind, amountMinor }) =>
      html`<tr><td colspan="3">${charges[kind]}</td><td class="sum">${rupiah(amountMinor)}</td></tr>`,
  );
  return html`<thead><tr><th>Barang</th><th class="sum">Jumlah</th><th class="sum">Harga</th><th class="sum">Total</th></tr></thead>
<tbody>${lines}${others}</tbody>`;
}

function partsOf(snapshot: DocumentSnapshot): Html {
  const { kind, amountMinor, tax } = snapshot;
  const label = kind === "CREDIT_NOTE" ? "Dikembalikan" : kind === "RECEIPT" ? "Telah dibayar" : "Total";
  const goods = kind === "INVOICE" ? goodsOf(snapshot) : new Html("");
  return html`<table>${goods}<tfoot><tr><th colspan="3">${label}</th><th class="sum">${rupiah(amountMinor)}</th></tr>
${tax === null ? new Html("") : taxRows(tax)}</tfoot></table>`;
}

function paymentOf({ kind, paidAt, paidBy }: DocumentSnapshot): Html {
  if (kind === "CREDIT_NOTE") return new Html("");
  return html`<p>Dibayar ${instant(paidAt)} melalui <bdi>${paidBy}</bdi>.</p>`;
}

/** The page of a document, made of its snapshot alone. */
export function renderDocument(snapshot: DocumentSnapshot): string {
  const { kind, number, invoiceNumber, issuedAt, order } = snapshot;
  const { buyer } = order;
  const reference = invoiceNumber === null ? new Html("") : html`<br>Faktur ${invoiceNumber}`;
  return html`<!doctype html>
<html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${titles[kind]} ${number}</title>
<style>${new Html(style)}</style></head><body>
<h1>${titles[kind]}</h1>
<p>Nomor ${number}${reference}<br>Diterbitkan ${instant(issuedAt)}<br>Pesanan ${order.id}</p>
<header><p><strong>Penjual</strong><br><bdi>${order.shopName}</bdi><br><bdi>${order.shopPlace}</bdi></p>
<p><strong>Pembeli</strong><br><bdi>${buyer.recipientName}</bdi><br><bdi>${buyer.street}</bdi><br>
<bdi>${order.buyerPlace}</bdi> ${buyer.postalCode}</p></header>
${partsOf(snapshot)}${paymentOf(snapshot)}
</body></html>
`.text;
}
