import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Stage, setUp } from "../support/providers.ts";
import { at, jakartaNow } from "../support/test-merchant.ts";

describe("Lumbung", () => {
  let stage: Stage;
  const order = (partnerReferenceNo: string) => ({
    partnerReferenceNo,
    merchantId: "ETALASE",
    amount: { value: "1000.00", currency: "IDR" },
    urlParams: [{ url: `${stage.merchantUrl}/v1.0/debit/notify`, type: "PAY_NOTIFY", isDeeplink: "N" }],
    validUpTo: jakartaNow(900_000),
  });
  const refund = (reference: string, value: string) =>
    stage.caller.call("/v1.0/debit/refund", {
      originalPartnerReferenceNo: reference,
      partnerRefundNo: "refund-1",
      refundAmount: { value, currency: "IDR" },
    });

  beforeAll(async () => {
    stage = await setUp("lumbung");
    stage.merchant.answering = () => ({ status: 200, body: { responseCode: "2005600" } });
  });
  afterAll(async () => {
    await stage.close();
  });

  test("asked for a payment, gives a code of eight digits and no address to go to, and the same code when asked again", async () => {
    const wanted = order("order-1");
    const { code, body } = await stage.caller.call("/v1.0/debit/payment-host-to-host", wanted);
    expect(code).toBe("2005400");
    expect(at(body, "additionalInfo.paymentCode")).toMatch(/^\d{8}$/);
    expect(at(body, "webRedirectUrl")).toBeUndefined();
    const again = await stage.caller.call("/v1.0/debit/payment-host-to-host", wanted);
    expect(again.body).toEqual(body);
  });

  test("paid, tells the merchant with its token and an HMAC", async () => {
    await stage.caller.call("/v1.0/debit/payment-host-to-host", order("order-2"));
    const { body } = await stage.caller.control("POST", "pay", { partnerReferenceNo: "order-2" });
    expect(at(body, "answers.0.responseCode")).toBe("2005600");
    expect(stage.merchant.tokensIssued).toBe(1);
    expect(stage.merchant.heard.at(-1)).toMatchObject({ isSigned: true, path: "/snap/provider/v1.0/debit/notify" });
  });

  test("sending money back again is 2005800 when unchanged and 4045818 when changed; it moves once", async () => {
    expect((await refund("order-2", "400.00")).code).toBe("2005800");
    const again = await refund("order-2", "400.00");
    expect([again.code, at(again.body, "refundAmount.value")]).toEqual(["2005800", "400.00"]);
    expect((await refund("order-2", "500.00")).code).toBe("4045818");
    const { body } = await stage.caller.control("GET", "charges/order-2");
    expect(at(body, "amountRefunded")).toBe("400.00");
  });

  test("a charge that is cancelled already, cancelled again, is 4035700", async () => {
    await stage.caller.call("/v1.0/debit/payment-host-to-host", order("order-3"));
    const cancel = { originalPartnerReferenceNo: "order-3" };
    expect((await stage.caller.call("/v1.0/debit/cancel", cancel)).code).toBe("2005700");
    expect((await stage.caller.call("/v1.0/debit/cancel", cancel)).code).toBe("4035700");
  });
});
