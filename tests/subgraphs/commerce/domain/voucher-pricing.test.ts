import { afterAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { stackingConflict, unavailabilityOf, type Voucher } from "../../../../subgraphs/commerce/domain/voucher.ts";
import {
  inOrderOfApplication,
  type PricedLine,
  priceVouchers,
} from "../../../../subgraphs/commerce/domain/voucher-pricing.ts";

// Fixed, so that a failure is the change's; search with others by VOUCHER_SEED.
const seed = Number(process.env.VOUCHER_SEED ?? 20_261_126);
afterAll(() => {
  process.stdout.write(`properties of vouchers: seed ${seed}\n`);
});

const plain: Voucher = {
  id: "v",
  code: "V",
  title: "a voucher",
  funder: "PLATFORM",
  shopId: null,
  basisPoints: null,
  amountMinor: 10_000n,
  capMinor: null,
  minimumSpendMinor: 0n,
  currency: "IDR",
  startsAt: new Date("2026-01-01T00:00:00Z"),
  endsAt: new Date("2027-01-01T00:00:00Z"),
  quota: 10,
  redeemed: 0,
  maxPerBuyer: 2,
  version: 1,
};
const line = (variantId: string, shopId: string, totalMinor: bigint): PricedLine => ({ variantId, shopId, totalMinor });
const add = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

const shops = ["a", "b", "c"];
const amount = (most: bigint) => fc.bigInt({ min: 1n, max: most });
const anyLine = fc.record({
  variantId: fc.uuid(),
  shopId: fc.constantFrom(...shops),
  totalMinor: fc.oneof(amount(200n), amount(10n ** 11n)),
});
const anyVoucher: fc.Arbitrary<Voucher> = fc
  .record({
    id: fc.uuid(),
    code: fc.stringMatching(/^[A-Z]{6}$/),
    shopId: fc.option(fc.constantFrom(...shops)),
    isSeller: fc.boolean(),
    part: fc.option(fc.integer({ min: 1, max: 10_000 })),
    sum: amount(10n ** 10n),
    capMinor: fc.option(amount(10n ** 9n)),
    minimumSpendMinor: fc.oneof(fc.constant(0n), amount(10n ** 10n)),
  })
  .map(({ isSeller, part, sum, ...voucher }) => ({
    ...plain,
    ...voucher,
    funder: isSeller && voucher.shopId !== null ? "SELLER" : "PLATFORM",
    basisPoints: part,
    amountMinor: part === null ? sum : null,
  }));
// As carts have them: stacked by the rules.
const stacked = fc.array(anyVoucher, { maxLength: 6 }).map((drawn) => {
  const kept: Voucher[] = [];
  for (const next of drawn) if (stackingConflict(kept, next) === null) kept.push(next);
  return kept;
});

describe("vouchers on any cart", () => {
  const lines = fc.array(anyLine, { minLength: 1, maxLength: 12 });

  test("take off exactly what is told, by line and in all, and leave every line at least Rp 1 where it cost that", () => {
    fc.assert(
      fc.property(lines, stacked, (cart, vouchers) => {
        const effects = priceVouchers(cart, vouchers);
        expect(effects).toHaveLength(vouchers.length);
        for (const { voucher, discountMinor, missingMinor, byLine } of effects) {
          expect(add(byLine)).toBe(discountMinor);
          expect(
            byLine.every((part, n) => part === 0n || voucher.shopId === null || cart[n]?.shopId === voucher.shopId),
          ).toBe(true);
          if (missingMinor > 0n) expect(discountMinor).toBe(0n);
          for (const bound of [voucher.capMinor, voucher.amountMinor]) {
            if (bound !== null) expect(discountMinor <= bound).toBe(true);
          }
        }
        for (const [n, { totalMinor }] of cart.entries()) {
          const off = add(effects.map(({ byLine }) => byLine[n] ?? 0n));
          expect(off >= 0n && (off === 0n || totalMinor - off >= 100n)).toBe(true);
        }
      }),
      { seed, numRuns: 500 },
    );
  });

  test("are applied in one order, however they came into the cart: sellers' first, then the platform's", () => {
    fc.assert(
      fc.property(lines, stacked, (cart, vouchers) => {
        const told = (list: readonly Voucher[]) =>
          priceVouchers(cart, list).map((effect) => [effect.voucher.id, effect.byLine]);
        expect(told([...vouchers].reverse())).toEqual(told(vouchers));
        const funders = inOrderOfApplication(vouchers).map(({ funder }) => funder);
        expect(funders).toEqual([...funders].sort().reverse());
      }),
      { seed, numRuns: 300 },
    );
  });

  test("split each discount over its lines to within a sen of their share", () => {
    fc.assert(
      fc.property(lines, anyVoucher, (cart, voucher) => {
        const [effect] = priceVouchers(cart, [voucher]);
        if (effect === undefined || effect.discountMinor === 0n) return;
        const weights = cart.map(({ shopId, totalMinor }) =>
          totalMinor > 100n && (voucher.shopId === null || shopId === voucher.shopId) ? totalMinor - 100n : 0n,
        );
        const whole = add(weights);
        for (const [n, part] of effect.byLine.entries()) {
          const share = (effect.discountMinor * (weights[n] ?? 0n)) / whole;
          expect(part === share || part === share + 1n).toBe(true);
        }
      }),
      { seed, numRuns: 500 },
    );
  });
});

describe("a voucher", () => {
  test("of a part, is down to whole rupiah of what the seller's left, and no more than its cap", () => {
    const seller = { ...plain, id: "s", code: "S", funder: "SELLER", shopId: "a", amountMinor: 1_000_000n } as const;
    const part = { ...plain, id: "p", amountMinor: null, basisPoints: 1_000 };
    const cart = [line("1", "a", 5_000_000n), line("2", "b", 3_333_399n)];
    // 10 % of 4.000.000 + 3.333.399 sen.
    expect(priceVouchers(cart, [part, seller]).map(({ discountMinor }) => discountMinor)).toEqual([
      1_000_000n,
      733_300n,
    ]);
    expect(priceVouchers(cart, [{ ...part, capMinor: 500_000n }])[0]?.discountMinor).toBe(500_000n);
  });

  test("counts from its minimum on, of its shop's lines before any voucher, and says what is missing", () => {
    const voucher = { ...plain, shopId: "a", minimumSpendMinor: 5_000_000n };
    const seller = { ...plain, id: "s", code: "S", funder: "SELLER", shopId: "a" } as const;
    const cart = [line("1", "a", 4_999_900n), line("2", "b", 9_000_000n)];
    expect(priceVouchers(cart, [voucher])[0]).toMatchObject({ discountMinor: 0n, missingMinor: 100n });
    const enough = [line("1", "a", 5_000_000n)];
    expect(priceVouchers(enough, [seller, voucher]).map(({ discountMinor }) => discountMinor)).toEqual([
      10_000n,
      10_000n,
    ]);
    expect(
      priceVouchers([line("2", "b", 9_000_000n)], [{ ...voucher, minimumSpendMinor: 0n }])[0]?.missingMinor,
    ).toBeGreaterThan(0n);
  });

  test("of the platform stands alone, one of a seller beside those of other sellers", () => {
    const seller = (id: string, shopId: string): Voucher => ({ ...plain, id, funder: "SELLER", shopId });
    const applied = [plain, seller("a1", "a")];
    expect(stackingConflict(applied, { ...plain, id: "other", shopId: "b" })?.id).toBe("v");
    expect(stackingConflict(applied, seller("a2", "a"))?.id).toBe("a1");
    expect(stackingConflict(applied, seller("b1", "b"))).toBeNull();
    expect(stackingConflict(applied, plain)).toBeNull();
  });

  test.each([
    ["before it begins", { at: "2025-12-31T23:59:59Z" }, "expired"],
    ["when it begins", { at: "2026-01-01T00:00:00Z" }, null],
    ["when it is over", { at: "2027-01-01T00:00:00Z" }, "expired"],
    ["that is used up", { redeemed: 10 }, "spent"],
    ["that the buyer has used up", { redeemed: 10, ofBuyer: 2 }, "spent-by-buyer"],
  ] as const)(
    "%s",
    (_, {
      at = "2026-06-01T00:00:00Z",
      redeemed = 0,
      ofBuyer = 0,
    }: { at?: string; redeemed?: number; ofBuyer?: number }, reason) => {
      expect(unavailabilityOf({ ...plain, redeemed }, ofBuyer, new Date(at))).toBe(reason);
    },
  );
});
