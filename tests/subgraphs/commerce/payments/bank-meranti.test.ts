import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { useDatabase } from "../../../support/databases.ts";
import { openPaymentRig, type PaymentRig, type Placed } from "./payment-rig.ts";

const methodId = "bank-meranti.virtual-account";

describe("virtual accounts of the bank whose flag decides", () => {
  const commerce = useDatabase("commerce", { rows: "none" });
  let rig: PaymentRig;

  const bank = () => rig.providers.of(methodId);
  const pay = ({ paymentId }: Placed, options: object = {}) =>
    bank().post("pay", { partnerReferenceNo: paymentId, ...options });
  const dataOf = (body: unknown) => (body as { virtualAccountData: Record<string, unknown> }).virtualAccountData;

  beforeAll(async () => {
    rig = await openPaymentRig(commerce.urls.runtime, true);
  }, 180_000);
  afterAll(async () => {
    await rig?.stop();
  });
  beforeEach(() => rig.providers.resetAll());

  test("asked about after expiry, are refused by inquiryStatus 01; paid all the same, by paymentFlagStatus 01, and the money returns", async () => {
    const placed = await rig.request({ methodId });
    await rig.expire(placed);
    await rig.until(placed, "EXPIRED");
    const asked = await pay(placed, { force: true });
    expect(asked).toMatchObject({ outcome: "refused", answers: [{ responseCode: "2002400" }] });
    expect(dataOf(asked.answers[0]?.body).inquiryStatus).toBe("01");
    const told = await pay(placed, { force: true, skipInquiry: true });
    expect(told).toMatchObject({ outcome: "returned", answers: [{ responseCode: "2002500" }] });
    expect(dataOf(told.answers[0]?.body).paymentFlagStatus).toBe("01");
    expect(await rig.balances(placed)).toEqual({});
  }, 90_000);

  test("paid a second time, are refused by the flag and the money returns", async () => {
    const placed = await rig.request({ methodId });
    await pay(placed);
    await rig.until(placed, "PAID");
    const second = await pay(placed, { force: true, skipInquiry: true });
    expect(second.outcome).toBe("returned");
    expect(dataOf(second.answers[0]?.body).paymentFlagStatus).toBe("01");
  }, 90_000);

  test("told again under the same X-EXTERNAL-ID and paymentRequestId, get the first result whatever else the call says", async () => {
    const placed = await rig.request({ methodId });
    const message = {
      partnerReferenceNo: placed.paymentId,
      operation: "va-payment",
      signature: "valid",
      externalId: "202611250000000000007",
    };
    const send = async (fields: object) => (await bank().post("forge", { ...message, fields })).answers[0];
    const first = await send({ paymentRequestId: "request-1" });
    expect(dataOf(first?.body).paymentFlagStatus).toBe("00");
    const otherSum = { value: "1.00", currency: "IDR" };
    const again = await send({ paymentRequestId: "request-1", flagAdvise: "Y", paidAmount: otherSum });
    expect(again?.body).toEqual(first?.body);
    expect((await send({ paymentRequestId: "request-2" }))?.responseCode).toBe("4092500");
  }, 90_000);
});
