import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { partnerServiceId, type Stage, setUp, until } from "../support/providers.ts";
import { at, jakartaNow } from "../support/test-merchant.ts";

describe("Bank Meranti's virtual accounts", () => {
  let stage: Stage;
  let accounts = 0;

  const account = () => {
    accounts += 1;
    const customerNo = String(1000 + accounts);
    return {
      partnerServiceId,
      customerNo,
      virtualAccountNo: `${partnerServiceId}${customerNo}`,
      virtualAccountName: "Etalase",
      trxId: `trx-${accounts}`,
      totalAmount: { value: "149000.00", currency: "IDR" },
      virtualAccountTrxType: "C",
      expiredDate: jakartaNow(900_000),
    };
  };
  const create = async () => {
    const wanted = account();
    const { code } = await stage.caller.call("/v1.0/transfer-va/create-va", wanted);
    expect(code).toBe("2002700");
    return wanted;
  };
  const pay = (trxId: string, options: object = {}) =>
    stage.caller.control("POST", "pay", { partnerReferenceNo: trxId, skipInquiry: true, ...options });
  /** Answers 25 with HTTP 200 and a flag, whatever the response code says. */
  const flag = (paymentFlagStatus: string, responseCode = "2002500") => {
    stage.merchant.answering = () => ({
      status: 200,
      body: { responseCode, virtualAccountData: { paymentFlagStatus } },
    });
  };

  beforeAll(async () => {
    stage = await setUp("bank-meranti");
  });
  afterAll(async () => {
    await stage.close();
  });
  beforeEach(() => {
    stage.merchant.heard.length = 0;
  });

  test("created again unchanged, is 4092701 with the first result; once paid, 4042714", async () => {
    const wanted = await create();
    const again = await stage.caller.call("/v1.0/transfer-va/create-va", wanted);
    expect(again.code).toBe("4092701");
    expect(at(again.body, "virtualAccountData.virtualAccountNo")).toBe(wanted.virtualAccountNo);
    flag("00");
    await pay(wanted.trxId);
    expect((await stage.caller.call("/v1.0/transfer-va/create-va", wanted)).code).toBe("4042714");
  });

  test("asked for their status, always tell a flag: 01 unpaid, 02 while somebody pays, 00 paid", async () => {
    const { partnerServiceId: id, customerNo, virtualAccountNo, trxId } = await create();
    const status = async () => {
      const { body } = await stage.caller.call("/v1.0/transfer-va/status", {
        partnerServiceId: id,
        customerNo,
        virtualAccountNo,
      });
      return at(body, "virtualAccountData.paymentFlagStatus");
    };
    expect(await status()).toBe("01");
    await stage.caller.control("POST", "move", { partnerReferenceNo: trxId, to: "paying" });
    expect(await status()).toBe("02");
    flag("00");
    await pay(trxId);
    expect(await status()).toBe("00");
  });

  test("paid, are settled by the flag alone: 00 accepts, 01 rejects and the payer has the money back", async () => {
    const accepted = await create();
    flag("00", "5002500");
    expect(at((await pay(accepted.trxId)).body, "outcome")).toBe("paid");
    const rejected = await create();
    flag("01");
    expect(at((await pay(rejected.trxId)).body, "outcome")).toBe("returned");
  });

  test("answered 02, are told again with flagAdvise Y under the same numbers until the flag decides", async () => {
    const { trxId } = await create();
    flag("02");
    await pay(trxId);
    await until(() => stage.merchant.heard.length >= 2);
    flag("00");
    await until(async () => {
      const { body } = await stage.caller.control("GET", `charges/${trxId}`);
      return at(body, "notifications.0.state") === "delivered";
    });
    const [first, ...repeated] = stage.merchant.heard;
    expect(first?.body.flagAdvise).toBe("N");
    for (const { body, externalId } of repeated) {
      expect(body).toEqual({ ...first?.body, flagAdvise: "Y" });
      expect(externalId).toBe(first?.externalId);
    }
  });
});
