import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  containedTax,
  creditedTax,
  type DocumentedOrder,
  type DocumentSnapshot,
  printedNumber,
  taxedMinor,
} from "../../../../subgraphs/commerce/domain/document.ts";
import type { MoneyRule } from "../../../../subgraphs/commerce/domain/money-rules.ts";

function ppn(basisPoints: number, baseNumerator: number, baseDenominator: number): MoneyRule {
  return { kind: "PPN", validFrom: new Date(0), basisPoints, baseNumerator, baseDenominator, windowDays: null };
}

const of2025 = ppn(1_200, 11, 12);
const of2022 = ppn(1_100, 1, 1);

const order: DocumentedOrder = {
  id: "order",
  shopId: "019b76da-a800-76b3-a446-0290c5fa1110",
  shopName: "Toko",
  shopPlace: "",
  buyer: { recipientName: "Sari", street: "Jl. Mawar", postalCode: "55281" },
  buyerPlace: "",
  currency: "IDR",
  totalMinor: 11_100_00n,
  lines: [{ title: "Batik", quantity: 1, unitPriceMinor: 11_100_00n, totalMinor: 11_100_00n }],
  charges: [],
  paymentMethodId: "bank-uji.virtual-account",
};

function invoiceOf(totalMinor: bigint): DocumentSnapshot {
  return {
    kind: "INVOICE",
    number: "INV/2026/0290C5FA1110/000001",
    invoiceNumber: null,
    issuedAt: new Date(0),
    order,
    paidAt: new Date(0),
    paidBy: "Bank Uji",
    amountMinor: totalMinor,
    tax: containedTax(totalMinor, of2025),
  };
}

describe("the tax that a price contains", () => {
  test("by 12 % on 11/12 of the base, of Rp 11.100,00 is Rp 1.100,00 on Rp 9.166,67 of Rp 10.000,00", () => {
    expect(containedTax(11_100_00n, of2025)).toMatchObject({
      baseMinor: 10_000_00n,
      ratedMinor: 9_166_67n,
      taxMinor: 1_100_00n,
    });
  });

  test("before 2025 was 11 % on all of the base: as much, otherwise put", () => {
    expect(containedTax(11_100_00n, of2022)).toMatchObject({
      baseMinor: 10_000_00n,
      ratedMinor: 10_000_00n,
      taxMinor: 1_100_00n,
    });
  });

  test("of any price, sums up with its base to the price, and is the rate on the rated base but for rounding", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 13n }), fc.constantFrom(of2022, of2025), (price, rule) => {
        const { baseMinor, ratedMinor, taxMinor } = containedTax(price, rule);
        expect(baseMinor + taxMinor).toBe(price);
        const off = 10_000n * taxMinor - BigInt(rule.basisPoints) * ratedMinor;
        expect(off < 20_000n && off > -20_000n).toBe(true);
      }),
    );
  });
});

describe("what refunds take back of an invoice's tax", () => {
  test("of any refunds in any order, sums up to the invoice's when all of the total is given back", () => {
    const parts = fc.array(fc.bigInt({ min: 1n, max: 10n ** 9n }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(parts, (amounts) => {
        const invoice = invoiceOf(amounts.reduce((sum, amount) => sum + amount, 0n));
        let earlier = 0n;
        const back = { baseMinor: 0n, taxMinor: 0n };
        for (const amount of amounts) {
          const credited = creditedTax(invoice, earlier, amount);
          back.baseMinor += credited?.baseMinor ?? 0n;
          back.taxMinor += credited?.taxMinor ?? 0n;
          earlier += amount;
        }
        expect(back).toEqual({ baseMinor: invoice.tax?.baseMinor, taxMinor: invoice.tax?.taxMinor });
      }),
    );
  });
});

describe("what is taxed of an order", () => {
  test.each<[string, DocumentedOrder["charges"], bigint]>([
    ["nothing beside its lines, is the lines", [], 11_100_00n],
    [
      "a courier's fee, is the lines: the courier taxes its own",
      [{ kind: "SHIPPING", amountMinor: 900_00n }],
      11_100_00n,
    ],
    ["the shop's voucher, is the lines less that", [{ kind: "SHOP_VOUCHER", amountMinor: -1_100_00n }], 10_000_00n],
    [
      "the platform's voucher, is the lines: the shop is paid in full",
      [{ kind: "PLATFORM_VOUCHER", amountMinor: -1_100_00n }],
      11_100_00n,
    ],
    ["a reduction that no record explains, is what was paid", [{ kind: "OTHER", amountMinor: -100_00n }], 11_000_00n],
    ["more taken off than there is, is nothing", [{ kind: "SHOP_VOUCHER", amountMinor: -99_999_00n }], 0n],
  ])("with %s", (_, charges, expected) => {
    expect(taxedMinor({ ...order, charges })).toBe(expected);
  });
});

test("numbers are printed by kind, year and shop, so that those of a shop and a year stand in their order", () => {
  expect(printedNumber("INVOICE", order.shopId, 2026, 12)).toBe("INV/2026/0290C5FA1110/000012");
  expect(printedNumber("CREDIT_NOTE", order.shopId, 2026, 1_000_000)).toBe("NK/2026/0290C5FA1110/1000000");
});
