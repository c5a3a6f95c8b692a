import { describe, expect, test } from "@jest/globals";
import { type FeeRule, feeOf, judgeFee } from "../../../../subgraphs/commerce/domain/fee-rules.ts";
import { readSettlementFile } from "../../../../subgraphs/commerce/domain/settlement-file.ts";

function rule(changes: Partial<FeeRule> = {}): FeeRule {
  return {
    methodId: "kantong.wallet",
    validFrom: new Date("2025-01-01T00:00:00+07:00"),
    basisPoints: 150,
    fixedMinor: 0n,
    vatBasisPoints: 1_200,
    vatBaseNumerator: 11,
    vatBaseDenominator: 12,
    toleranceMinor: 100n,
    ...changes,
  };
}

const at = new Date("2026-11-25T03:00:00Z");
const charge = { methodId: "kantong.wallet", at };
const row = (feeMinor: bigint, vatMinor: bigint) =>
  ({ type: "PAYMENT", grossMinor: 14_900_000n, feeMinor, vatMinor }) as const;

describe("the agreed fee", () => {
  test("is the rate and the fixed part, and PPN on both, each rounded to the nearest sen", () => {
    expect(feeOf(rule(), 14_900_000n)).toEqual({ feeMinor: 223_500n, vatMinor: 24_585n });
    expect(feeOf(rule({ basisPoints: 290, fixedMinor: 200_000n }), 14_900_000n)).toEqual({
      feeMinor: 632_100n,
      vatMinor: 69_531n,
    });
    expect(feeOf(rule({ basisPoints: 125 }), 14_900_000n)).toEqual({ feeMinor: 186_250n, vatMinor: 20_488n });
  });

  test.each([
    ["as agreed", 223_500n, 24_585n, true],
    ["at the edge of the tolerance, either way", 223_600n, 24_485n, true],
    ["a sen beyond it", 223_601n, 24_585n, false],
    ["with tax a sen beyond it", 223_500n, 24_686n, false],
    ["far below", 0n, 0n, false],
  ])("%s", (_case, feeMinor, vatMinor, isKept) => {
    expect(judgeFee([rule()], charge, row(feeMinor, vatMinor))).toEqual({
      agreed: { feeMinor: 223_500n, vatMinor: 24_585n },
      isKept,
    });
  });

  test("is that of the rule in force when the charge was booked, not of one before or after", () => {
    const rules = [
      rule({ validFrom: new Date("2027-01-01T00:00:00Z"), basisPoints: 900 }),
      rule({ validFrom: new Date("2026-11-25T03:00:00Z"), basisPoints: 100 }),
      rule(),
    ];
    expect(judgeFee(rules, charge, row(149_000n, 16_390n)).isKept).toBe(true);
    const before = { ...charge, at: new Date("2026-11-25T02:59:59Z") };
    expect(judgeFee(rules, before, row(149_000n, 16_390n))).toMatchObject({
      isKept: false,
      agreed: { feeMinor: 223_500n },
    });
  });

  test("is nobody else's: another method's does not count, any of the provider's does where the method is not known", () => {
    const rules = [rule(), rule({ methodId: "kantong.card", basisPoints: 290 })];
    const dear = row(432_100n, 47_531n);
    expect(judgeFee(rules, charge, dear).isKept).toBe(false);
    expect(judgeFee(rules, { methodId: null, at }, dear).isKept).toBe(true);
    expect(judgeFee([], charge, dear)).toEqual({ agreed: null, isKept: false });
  });

  test("for money sent back is nothing", () => {
    const refund = { type: "REFUND", grossMinor: -100n, feeMinor: 1n, vatMinor: 0n } as const;
    expect(judgeFee([rule()], charge, refund)).toEqual({ agreed: { feeMinor: 0n, vatMinor: 0n }, isKept: false });
    expect(judgeFee([rule()], charge, { ...refund, feeMinor: 0n }).isKept).toBe(true);
  });
});

describe("a settlement file", () => {
  const header = "provider_ref,our_ref,type,gross,fee,vat_on_fee,net,settlement_date";
  const fileOf = (gross: string, fee: string, vat: string, net: string) =>
    `${header}\nr1,o1,PAYMENT,${gross},${fee},${vat},${net},2026-11-25\nTRAILER,1,${net}\n`;

  test.each([
    ["a fee below zero", fileOf("100.00", "-1.00", "0.00", "101.00")],
    ["a tax below zero", fileOf("100.00", "1.00", "-1.00", "100.00")],
    ["fee and tax above the gross", fileOf("100.00", "99.00", "1.01", "-0.01")],
  ])("with %s is refused whole", (_case, text) => {
    expect(readSettlementFile(text, "2026-11-25")).toEqual({
      ok: false,
      refusal: expect.stringContaining("line 1 has fees of"),
    });
  });

  test("in which all is kept is read", () => {
    expect(readSettlementFile(fileOf("100.00", "99.00", "1.00", "0.00"), "2026-11-25").ok).toBe(true);
  });

  test("of another day is refused whole", () => {
    expect(readSettlementFile(fileOf("100.00", "2.00", "0.00", "98.00"), "2026-11-27")).toEqual({
      ok: false,
      refusal: "line 1 was settled on 2026-11-25: it is not of the file of 2026-11-27",
    });
  });
});
