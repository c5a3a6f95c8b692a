import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { pino } from "pino";
import { Registry } from "prom-client";
import { type CallbackListener, createCallbackListener } from "../../../../subgraphs/commerce/callbacks/listener.ts";
import { createDocumentPage } from "../../../../subgraphs/commerce/documents/route.ts";
import { type Issuing, issueNextDocument } from "../../../../subgraphs/commerce/domain/actions/issue-documents.ts";
import { createDocumentBook } from "../../../../subgraphs/commerce/store/document-book.ts";
import { createDocumentKeys } from "../../../../subgraphs/commerce/store/document-keys.ts";
import { deliver } from "../support/delivered-order.ts";
import { type PaidOrder, paidOrder } from "../support/paid-order.ts";
import { newKey, testMethod, useCommerce } from "../support/test-commerce.ts";

const commerce = useCommerce();
let superuser: pg.Pool;
let listener: CallbackListener;
let address: string;
let elapsedMs = 0;

beforeAll(async () => {
  superuser = new pg.Pool({ connectionString: commerce().database.superuserUrl, max: 2 });
  superuser.on("error", () => undefined);
  const { database, newId, clock, store } = commerce().parts;
  const page = createDocumentPage({
    documents: store.documents,
    keys: createDocumentKeys(database.pool, newId, clock),
    clock: () => new Date(Date.now() + elapsedMs),
  });
  listener = createCallbackListener([], pino({ level: "silent" }), new Registry(), [page]);
  address = `http://127.0.0.1:${await listener.listen(0)}`;
});
afterAll(async () => {
  await listener?.close();
  await superuser?.end();
});

function issuing(): Issuing {
  const { store, newId, clock } = commerce().parts;
  return { transactions: store.transactions, documents: createDocumentBook(), methods: [testMethod], newId, clock };
}

async function issueAll(): Promise<void> {
  while ((await issueNextDocument(issuing())) !== "none");
}

interface Documents {
  readonly invoiceUrl: string | null;
  readonly receiptUrl: string | null;
  readonly creditNotes: {
    readonly number: string;
    readonly url: string;
    readonly amount: { readonly amount: string };
  }[];
}

async function documentsOf({ orderId, buyer }: PaidOrder, reader = buyer): Promise<Documents | null> {
  const client = await commerce().client(reader);
  const { order } = await client.data<{ order: Documents | null }>(
    "query ($id: ID!) { order(id: $id) { invoiceUrl receiptUrl creditNotes { number url amount { amount } } } }",
    { id: orderId },
  );
  return order;
}

/** Opens a link at the listener of this test, whatever port it names. */
async function open(link: string | null | undefined): Promise<Response> {
  const { pathname, search } = new URL(link ?? "http://127.0.0.1/nothing");
  return fetch(`${address}${pathname}${search}`);
}

async function pageOf(link: string | null | undefined): Promise<string> {
  const response = await open(link);
  expect(response.status).toBe(200);
  return response.text();
}

async function refund({ orderId }: PaidOrder, amount: string): Promise<void> {
  const client = await commerce().client("operator", "commerce:operate");
  const input = { orderId, amount, reason: "kurang satu", idempotencyKey: newKey() };
  const { refundOrder } = await client.data<{ refundOrder: { __typename: string } }>(
    "mutation ($input: RefundOrderInput!) { refundOrder(input: $input) { __typename } }",
    { input },
  );
  expect(refundOrder.__typename).toBe("RefundOrderSuccess");
}

const minor = (amountMinor: bigint) => `${amountMinor / 100n}.${String(amountMinor % 100n).padStart(2, "0")}`;

describe("a paid order", () => {
  test("has an invoice and a receipt once they are issued, which a signed link opens at commerce, and only there", async () => {
    const order = await paidOrder(commerce(), { product: 20, quantity: 2 });
    expect(await documentsOf(order)).toEqual({ invoiceUrl: null, receiptUrl: null, creditNotes: [] });
    await issueAll();
    const documents = await documentsOf(order);
    expect(documents?.invoiceUrl).toMatch(/^http:\/\/127\.0\.0\.1:4003\/documents\//);
    const invoice = await open(documents?.invoiceUrl);
    expect(Object.fromEntries(invoice.headers)).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "private, no-store",
      "referrer-policy": "no-referrer",
      "content-security-policy": expect.stringContaining("default-src 'none'"),
    });
    const text = await invoice.text();
    for (const part of ["Faktur", "INV/", "DPP nilai lain (11/12)", "PPN 12 %", "Sari Wulandari", order.orderId]) {
      expect(text).toContain(part);
    }
    const receipt = await pageOf(documents?.receiptUrl);
    for (const part of ["Kuitansi", "Telah dibayar", "Bank Uji", "INV/"]) expect(receipt).toContain(part);
  });

  test("is nobody else's to open: another buyer is given no link, and without a good one there is nothing", async () => {
    const order = await paidOrder(commerce(), { product: 20 });
    await issueAll();
    expect(await documentsOf(order, `other-${order.buyer}`)).toBeNull();
    const link = (await documentsOf(order))?.invoiceUrl ?? "";
    const { pathname, search } = new URL(link);
    expect((await fetch(`${address}${pathname}`)).status).toBe(404);
    expect((await fetch(`${address}${pathname}${search.replace(/signature=.{4}/, "signature=AAAA")}`)).status).toBe(
      404,
    );
    const { rows } = await superuser.query("SELECT id FROM document WHERE order_id <> $1 LIMIT 1", [order.orderId]);
    expect((await fetch(`${address}/documents/${rows[0].id}${search}`)).status).toBe(404);
    elapsedMs = 3_700_000;
    expect((await open(link)).status).toBe(410);
    elapsedMs = 0;
    expect((await open(link)).status).toBe(200);
  });

  test("that is not paid, or whose money came too late for it, has none", async () => {
    const { rows } = await superuser.query(
      `SELECT FROM document d JOIN "order" o ON o.id = d.order_id WHERE NOT EXISTS (
         SELECT FROM order_event e WHERE e.id = d.cause AND e.order_id = o.id AND e.kind IN ('CONFIRMED', 'REFUND_OWED'))`,
    );
    expect(rows).toEqual([]);
  });

  test("with a shop's and a buyer's words that are HTML, shows them as words", async () => {
    const order = await paidOrder(commerce(), { product: 21 });
    const hostile = `<script>alert(1)</script>"'&<img src=x onerror=alert(2)>\u202e000.1 pR`;
    await superuser.query("UPDATE order_line SET title = $1 WHERE order_id = $2", [hostile, order.orderId]);
    await superuser.query(
      `UPDATE "order" SET shipping_address = shipping_address || jsonb_build_object('recipientName', $1::text, 'street', $1::text) WHERE id = $2`,
      ["</bdi><a href=javascript:alert(3)>Sari</a>", order.orderId],
    );
    await issueAll();
    const text = await pageOf((await documentsOf(order))?.invoiceUrl);
    expect(text).toContain(
      "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;&lt;img src=x onerror=alert(2)&gt;000.1 pR",
    );
    expect(text.match(/<(script|img|a)\b/g)).toBeNull();
    expect(text).not.toContain("\u202e");
    expect(text).toContain("&lt;/bdi&gt;&lt;a href=javascript:alert(3)&gt;Sari&lt;/a&gt;");
  });

  test("with a courier's fee and vouchers of the shop and the platform, shows each as it was recorded, and taxes the shop's part", async () => {
    const order = await paidOrder(commerce(), { product: 26 });
    const { rows: lines } = await superuser.query("SELECT id FROM order_line WHERE order_id = $1", [order.orderId]);
    for (const [funder, amountMinor] of [
      ["SELLER", 200_00],
      ["PLATFORM", 300_00],
    ] as const) {
      await superuser.query(
        `WITH v AS (INSERT INTO voucher (id, code, title, funder, shop_id, amount_minor, currency, quota, max_per_buyer, starts_at, ends_at)
           VALUES (gen_random_uuid(), $1, 'Hemat', $2::voucher_funder, $3, $4, 'IDR', 9, 9, now(), now() + interval '1 day') RETURNING id),
         r AS (INSERT INTO voucher_redemption (id, voucher_id, buyer_id, state, amount_minor, reserved_at, settled_at)
           SELECT gen_random_uuid(), id, $5, 'USED', $4, now(), now() FROM v RETURNING id)
         INSERT INTO voucher_discount (line_id, redemption_id, order_id, funder, amount_minor) SELECT $6, id, $7, $2::voucher_funder, $4 FROM r`,
        [`HEMAT-${funder}`, funder, order.shopId, amountMinor, order.buyer, lines[0].id, order.orderId],
      );
    }
    await superuser.query(
      `INSERT INTO shipment (order_id, courier, service, fee_minor, currency, min_days, max_days, weight_grams, origin_district, destination_district)
       VALUES ($1, 'kurir', 'REG', 1500000, 'IDR', 1, 3, 500, '340407', '340407')`,
      [order.orderId],
    );
    await superuser.query('UPDATE "order" SET total_minor = total_minor + 1500000 - 50000 WHERE id = $1', [
      order.orderId,
    ]);
    await issueAll();
    const { rows } = await superuser.query("SELECT snapshot FROM document WHERE order_id = $1 AND kind = 'INVOICE'", [
      order.orderId,
    ]);
    const { snapshot } = rows[0];
    expect(snapshot.order.charges).toEqual([
      { kind: "SHIPPING", amountMinor: "1500000" },
      { kind: "SHOP_VOUCHER", amountMinor: "-20000" },
      { kind: "PLATFORM_VOUCHER", amountMinor: "-30000" },
    ]);
    expect(BigInt(snapshot.amountMinor)).toBe(order.totalMinor + 1_450_000n);
    expect(BigInt(snapshot.tax.baseMinor) + BigInt(snapshot.tax.taxMinor)).toBe(order.totalMinor - 20_000n);
    const page = await pageOf((await documentsOf(order))?.invoiceUrl);
    for (const text of [
      "Ongkos kirim",
      "Rp 15.000,00",
      "Voucher toko",
      "-Rp 200,00",
      "Voucher platform",
      "-Rp 300,00",
    ]) {
      expect(page).toContain(text);
    }
  });

  test("with more to pay than its records explain, or less, shows the difference, so that the page adds up to what was paid", async () => {
    const order = await paidOrder(commerce(), { product: 22 });
    await superuser.query('UPDATE "order" SET total_minor = total_minor + 1500000 WHERE id = $1', [order.orderId]);
    await issueAll();
    const { rows } = await superuser.query("SELECT snapshot FROM document WHERE order_id = $1 AND kind = 'INVOICE'", [
      order.orderId,
    ]);
    const { snapshot } = rows[0];
    expect(snapshot.order.charges).toEqual([{ kind: "OTHER", amountMinor: "1500000" }]);
    expect(BigInt(snapshot.amountMinor)).toBe(order.totalMinor + 1_500_000n);
    expect(BigInt(snapshot.tax.baseMinor) + BigInt(snapshot.tax.taxMinor)).toBe(order.totalMinor);
    expect(await pageOf((await documentsOf(order))?.invoiceUrl)).toContain("Rp 15.000,00");
  });
});

describe("an issued document", () => {
  test("stays as it was, whatever becomes of shop, product and rules, and nobody can change it", async () => {
    const order = await paidOrder(commerce(), { product: 23 });
    await issueAll();
    const before = await pageOf((await documentsOf(order))?.invoiceUrl);
    await superuser.query("UPDATE shop SET name = 'Nama lain'");
    await superuser.query("UPDATE product SET title = 'Judul lain'");
    await superuser.query(
      `INSERT INTO money_rule (id, kind, valid_from, basis_points) VALUES (gen_random_uuid(), 'PPN', now() - interval '1 hour', 2000)`,
    );
    expect(await pageOf((await documentsOf(order))?.invoiceUrl)).toBe(before);
    for (const change of ["UPDATE document SET number = 9", "DELETE FROM document", "TRUNCATE document"]) {
      await expect(superuser.query(change)).rejects.toThrow("append only");
      await expect(commerce().parts.database.pool.query(change)).rejects.toThrow(/permission denied|append only/);
    }
  });
});

describe("refunds", () => {
  test("are documented by one credit note each, which sum up to the invoice when all is given back", async () => {
    const order = await paidOrder(commerce(), { product: 24, quantity: 3 });
    await refund(order, "10000.01");
    await deliver(commerce(), order);
    await refund(order, "0.01");
    await refund(order, minor(order.totalMinor - 1_000_002n));
    // Two workers at once, invoice and credit notes due together.
    await Promise.all([issueAll(), issueAll()]);
    await superuser.query("UPDATE document_due SET due_at = now()");
    await issueAll();
    const documents = await documentsOf(order);
    expect(documents?.creditNotes.map(({ amount }) => amount.amount).sort()).toEqual(
      ["10000.01", "0.01", minor(order.totalMinor - 1_000_002n)].sort(),
    );
    const { rows } = await superuser.query("SELECT kind, snapshot FROM document WHERE order_id = $1", [order.orderId]);
    const invoice = rows.find(({ kind }) => kind === "INVOICE").snapshot;
    const notes = rows.filter(({ kind }) => kind === "CREDIT_NOTE").map(({ snapshot }) => snapshot);
    for (const part of ["baseMinor", "taxMinor"]) {
      const credited = notes.reduce((sum, { tax }) => sum + BigInt(tax[part]), 0n);
      expect(credited).toBe(BigInt(invoice.tax[part]));
    }
    const page = await pageOf(documents?.creditNotes[0]?.url);
    for (const text of ["Nota kredit", "Dikembalikan", invoice.number]) expect(page).toContain(text);
  });
});

describe("numbers", () => {
  test("are without gaps for each kind, shop and year, when several issue at once and some of them fail", async () => {
    await Promise.all(Array.from({ length: 12 }, (_, n) => paidOrder(commerce(), { product: n % 2 === 0 ? 25 : 33 })));
    const book = createDocumentBook();
    let attempts = 0;
    const failing: Issuing = {
      ...issuing(),
      documents: {
        ...book,
        // After the number was given, as a crash would.
        insert: async (tx, document) => {
          attempts += 1;
          await book.insert(tx, document);
          if (attempts % 3 === 0) throw new Error("power cut");
        },
      },
    };
    const once = async (): Promise<void> => {
      for (let n = 0; n < 8; n += 1) await issueNextDocument(failing).catch(() => "failed");
    };
    await Promise.all([once(), once(), once()]);
    expect(attempts).toBeGreaterThan(3);
    const { rows: put } = await superuser.query("SELECT count(*)::int AS n FROM document_due WHERE due_at > now()");
    expect(put[0].n).toBeGreaterThan(0);
    await superuser.query("UPDATE document_due SET due_at = now()");
    await Promise.all([issueAll(), issueAll()]);
    const { rows } = await superuser.query(
      `SELECT kind, shop_id FROM document GROUP BY kind, shop_id, year HAVING count(*) <> max(number) OR min(number) <> 1`,
    );
    expect(rows).toEqual([]);
    const { rows: undocumented } = await superuser.query(
      `SELECT FROM order_event e WHERE kind IN ('CONFIRMED', 'REFUND_OWED') AND (SELECT count(*) FROM document d WHERE d.cause = e.id)
         <> CASE kind WHEN 'CONFIRMED' THEN 2 ELSE 1 END`,
    );
    expect(undocumented).toEqual([]);
  });
});
