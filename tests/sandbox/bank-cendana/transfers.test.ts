import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Stage, setUp } from "../support/providers.ts";
import { at, jakartaNow } from "../support/test-merchant.ts";

let stage: Stage;
let number = 0;

beforeAll(async () => {
  stage = await setUp("bank-cendana");
});
afterAll(() => stage.close());

function order(changes: Record<string, unknown> = {}) {
  number += 1;
  return {
    partnerReferenceNo: `payout-${number}`,
    amount: { value: "1000.00", currency: "IDR" },
    beneficiaryAccountNo: "1234567890",
    beneficiaryAccountName: "Toko Uji",
    sourceAccountNo: "9500012345678",
    transactionDate: jakartaNow(),
    ...changes,
  };
}

const intrabank = (asked: object) => stage.caller.call("/v1.0/transfer-intrabank", asked);
const interbank = (asked: object) => stage.caller.call("/v1.0/transfer-interbank", asked);
const statusOf = (originalPartnerReferenceNo: string, serviceCode = "17") =>
  stage.caller.call("/v1.0/transfer/status", { originalPartnerReferenceNo, serviceCode });
const transfers = async () => (await stage.caller.control("GET", "transfers")).body as unknown as unknown[];

describe("transfer-intrabank (17) and transfer-interbank (18)", () => {
  test("a transfer is made once: unchanged again 4091701 with the first result, changed 4041718", async () => {
    const asked = order();
    const first = await intrabank(asked);
    expect(first.code).toBe("2001700");
    const before = (await transfers()).length;
    const again = await intrabank(asked);
    expect(again.code).toBe("4091701");
    expect(at(again.body, "referenceNo")).toBe(at(first.body, "referenceNo"));
    expect((await intrabank({ ...asked, amount: { value: "1000.01", currency: "IDR" } })).code).toBe("4041718");
    expect(await transfers()).toHaveLength(before);
    expect((await statusOf(asked.partnerReferenceNo)).body).toMatchObject({
      latestTransactionStatus: "00",
      amount: asked.amount,
    });
  });

  test("a transfer to another bank names the bank; to this one by that service, or from another account, is refused", async () => {
    expect((await interbank(order())).code).toBe("4001802");
    const asked = order({ beneficiaryBankCode: "014" });
    expect((await interbank(asked)).code).toBe("2001800");
    expect(at((await statusOf(asked.partnerReferenceNo, "18")).body, "latestTransactionStatus")).toBe("00");
    expect((await statusOf(asked.partnerReferenceNo, "17")).code).toBe("4043601");
    expect((await interbank(order({ beneficiaryBankCode: "950" }))).code).toBe("4001800");
    expect((await intrabank(order({ sourceAccountNo: "111111" }))).code).toBe("4031701");
  });

  test("more than the account has is refused for want of funds, and what failed is there again", async () => {
    const most = order({ amount: { value: "1000000.01", currency: "IDR" } });
    expect((await intrabank(most)).code).toBe("4031714");
    expect((await statusOf(most.partnerReferenceNo)).code).toBe("4043601");
    await stage.caller.control("POST", "transfers/hold", { times: 1 });
    const held = order({ amount: { value: "900000.00", currency: "IDR" } });
    expect((await intrabank(held)).code).toBe("2021700");
    expect((await intrabank(held)).code).toBe("2021700");
    expect(at((await statusOf(held.partnerReferenceNo)).body, "latestTransactionStatus")).toBe("03");
    const next = order({ amount: { value: "900000.00", currency: "IDR" } });
    expect((await intrabank(next)).code).toBe("4031714");
    await stage.caller.control("POST", "transfers/move", { partnerReferenceNo: held.partnerReferenceNo, to: "failed" });
    expect(at((await statusOf(held.partnerReferenceNo)).body, "latestTransactionStatus")).toBe("06");
    expect((await intrabank(held)).code).toBe("4041700");
    expect((await intrabank(next)).code).toBe("2001700");
  });
});
