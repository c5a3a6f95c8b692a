import { deterministicId } from "../../../../platform/runtime/ids.ts";
import { composeFulfilment, type Fulfilment } from "../../../../subgraphs/commerce/composition/fulfilment.ts";
import { createPayOut } from "../../../../subgraphs/commerce/domain/actions/pay-out.ts";
import { createSendRefund } from "../../../../subgraphs/commerce/domain/actions/send-refund.ts";
import type { Workflow } from "../../../../subgraphs/commerce/domain/durable-run.ts";
import type { PayoutProvider } from "../../../../subgraphs/commerce/domain/payout.ts";
import type { PaymentProvider } from "../../../../subgraphs/commerce/domain/ports.ts";
import type { TrackedStatus, TrackingStep } from "../../../../subgraphs/commerce/domain/shipping/tracking.ts";
import { createRefundBook } from "../../../../subgraphs/commerce/store/refund-book.ts";
import { rate, rates, type ScriptedCourier, scriptedCourier } from "../shipping/scripted-couriers.ts";
import { seededVariant } from "../support/buyer-journey.ts";
import { type TestCommerce, testMethod } from "../support/test-commerce.ts";
import { makeVoucher } from "../support/vouchers.ts";
import { piecesOf } from "./books.ts";

/** What the bank does with the next transfer. `lost`: it is sent, and nobody hears of it; `nothing`: neither. */
export type BankMood = "sent" | "lost" | "nothing" | "refused";

/** One history's part of the market: few pieces, few vouchers, a sale with few pieces, two couriers and a bank. */
export interface Market {
  readonly variants: readonly string[];
  readonly vouchers: readonly (string | null)[];
  readonly shops: readonly string[];
  readonly initial: ReadonlyMap<string, number>;
  readonly fulfilment: Fulfilment;
  readonly workflows: { readonly payOut: Workflow; readonly sendRefund: Workflow };
  /** What was sent, by the payout's id. The bank keeps it from history to history. */
  readonly bank: ReadonlyMap<string, bigint>;
  readonly mood: { bank: BankMood; provider: "done" | "unknown"; courier: "books" | "refuses" };
  /** What the courier says of the order's parcel from now on. */
  readonly tell: (orderId: string, ...statuses: TrackedStatus[]) => void;
}

const pieces = 9;
const salePieces = 4;

/** The couriers of all histories; their moods are each history's own. */
export const couriers: readonly ScriptedCourier[] = [
  scriptedCourier("kilat", "Kilat"),
  scriptedCourier("hemat", "Hemat"),
];
const sentByBank = new Map<string, bigint>();

function courierSays(mood: Market["mood"]): Market["tell"] {
  const told = new Map<string, TrackingStep[]>();
  for (const [index, courier] of couriers.entries()) {
    courier.answer = rates(rate("REG", 9_000 + index * 2_500));
    Object.assign(courier, {
      book: async ({ reference }: { reference: string }) =>
        mood.courier === "refuses"
          ? { kind: "refused", reason: "not on this route" }
          : { kind: "booked", waybill: `W-${reference}`, charged: { amountMinor: 900_000n, currency: "IDR" } },
      find: async () => ({ kind: "not-found" }),
      track: async (waybill: string) => ({ kind: "tracked", steps: told.get(waybill.slice(2)) ?? [] }),
    });
  }
  return (orderId, ...statuses) => {
    const steps = told.get(orderId) ?? [];
    for (const status of statuses) {
      steps.push({ status, code: status, place: "", at: new Date(1_800_000_000_000 + steps.length * 1_000) });
    }
    told.set(orderId, steps);
  };
}

function bankOf(mood: Market["mood"]): PayoutProvider {
  return {
    id: "bank-uji",
    pay: async ({ id, amount }) => {
      const earlier = sentByBank.get(id);
      if (earlier !== undefined) return { kind: "done", providerReference: id };
      if (mood.bank === "refused") return { kind: "refused", reason: "no" };
      if (mood.bank === "nothing") return { kind: "unknown", reason: "no answer" };
      sentByBank.set(id, amount.amountMinor);
      return mood.bank === "sent" ? { kind: "done", providerReference: id } : { kind: "unknown", reason: "no answer" };
    },
    queryStatus: async ({ id }) =>
      sentByBank.has(id) ? { kind: "done", providerReference: id } : { kind: "not-found" },
  };
}

/** Restocks shelves, vouchers and the sale for one history. */
export async function openMarket(commerce: TestCommerce): Promise<Market> {
  const { store, work, newId, clock, database } = commerce.parts;
  const { pool } = database;
  const saleId = deterministicId("flash-sale", 0);
  const sale = await pool.query(
    `UPDATE flash_sale SET quota = sold + $2, max_per_buyer = 2, starts_at = '2026-01-01Z', ends_at = '2036-01-01Z'
     WHERE id = $1 RETURNING variant_id`,
    [saleId, salePieces],
  );
  const variants = [seededVariant(5), seededVariant(0), seededVariant(1), String(sale.rows[0]?.variant_id)];
  await pool.query("UPDATE stock SET on_hand = reserved + $2 WHERE variant_id = ANY($1::uuid[])", [variants, pieces]);
  const { rows } = await pool.query(
    "SELECT v.id, p.shop_id AS shop FROM variant v JOIN product p ON p.id = v.product_id WHERE v.id = ANY($1::uuid[])",
    [variants],
  );
  const shopOf = (variant: string | undefined): string => rows.find(({ id }) => id === variant)?.shop ?? "";
  const shops = [...new Set(variants.map(shopOf))];
  await pool.query(
    `INSERT INTO payout_account (holder, bank_code, account_no, account_name)
     SELECT 'seller:' || shop, '950', '1234567890', 'Toko Uji' FROM unnest($1::text[]) AS shop ON CONFLICT DO NOTHING`,
    [shops],
  );
  const few = { quota: 2, max_per_buyer: 1 };
  const vouchers = [
    null,
    null,
    await makeVoucher(commerce, { ...few, amount_minor: 20_000_00 }),
    await makeVoucher(commerce, { ...few, basis_points: 1_250, cap_minor: 3_333_33 }),
    await makeVoucher(commerce, { ...few, funder: "SELLER", shop_id: shopOf(variants[0]), amount_minor: 5_000_00 }),
  ];
  const mood: Market["mood"] = { bank: "sent", provider: "done", courier: "books" };
  const provider = {
    id: testMethod.provider,
    methods: [testMethod],
    canRefund: () => true,
    refund: async (_payment: unknown, reference: string) =>
      mood.provider === "done"
        ? { kind: "done", providerReference: reference }
        : { kind: "unknown", reason: "no answer" },
  } as unknown as PaymentProvider;
  const refunds = createRefundBook();
  const tell = courierSays(mood);
  const settings = { transactions: store.transactions, clock, newId, couriers, autoCompleteSeconds: 3_600 };
  return {
    variants,
    vouchers,
    shops,
    initial: await piecesOf(pool, variants),
    fulfilment: composeFulfilment({ ...settings, refundRequests: { refunds, work, newId } }),
    workflows: {
      payOut: createPayOut({ transactions: store.transactions, work, provider: bankOf(mood), clock, newId }),
      sendRefund: createSendRefund({
        transactions: store.transactions,
        refunds,
        work,
        providerOf: () => provider,
        clock,
      }),
    },
    bank: sentByBank,
    mood,
    tell,
  };
}
