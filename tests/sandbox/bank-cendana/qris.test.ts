import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { readQr } from "../../../sandbox/bank-cendana/emv.ts";
import { type Stage, setUp, type TestClock, until } from "../support/providers.ts";
import { at, jakartaNow } from "../support/test-merchant.ts";

const clock: TestClock = { aheadMs: 0 };
let stage: Stage;
let number = 0;

beforeAll(async () => {
  stage = await setUp("bank-cendana", clock);
});
afterAll(() => stage.close());
beforeEach(() => {
  clock.aheadMs = 0;
  stage.merchant.heard.length = 0;
  stage.merchant.answering = () => ({ status: 200, body: { responseCode: "2005200" } });
});

const path = (name: string) => `/v1.0/qr/qr-mpm-${name}`;

function order(changes: Record<string, unknown> = {}) {
  number += 1;
  return {
    partnerReferenceNo: `order-${number}`,
    amount: { value: "149000.00", currency: "IDR" },
    merchantId: "00007100010926",
    storeId: "ETALASE-1",
    terminalId: "WEB",
    validityPeriod: jakartaNow(15 * 60_000),
    ...changes,
  };
}

async function generate() {
  const asked = order();
  const { code, body } = await stage.caller.call(path("generate"), asked);
  expect(code).toBe("2004700");
  return { asked, name: asked.partnerReferenceNo, referenceNo: String(at(body, "referenceNo")), body };
}

const pay = async (partnerReferenceNo: string, options: object = {}) =>
  (await stage.caller.control("POST", "pay", { partnerReferenceNo, ...options })).body;
const query = (originalPartnerReferenceNo: string) =>
  stage.caller.call(path("query"), { originalPartnerReferenceNo, serviceCode: "47" });
const shown = async (name: string) => (await stage.caller.control("GET", `charges/${name}`)).body;

describe("qr-mpm-generate (47)", () => {
  test("a code, generated, carries amount and reference under a right CRC", async () => {
    const { body, referenceNo, asked } = await generate();
    expect(body).toMatchObject({ partnerReferenceNo: asked.partnerReferenceNo, terminalId: "WEB" });
    const fields = readQr(String(at(body, "qrContent")));
    expect(fields.get("54")).toBe("149000.00");
    expect(fields.get("62")).toContain(referenceNo);
  });

  test("a code, generated again unchanged, is the first; changed, 4044718; paid, 4094701", async () => {
    const { asked, body, name } = await generate();
    expect((await stage.caller.call(path("generate"), asked)).body).toEqual(body);
    const changed = { ...asked, amount: { value: "1.00", currency: "IDR" } };
    expect((await stage.caller.call(path("generate"), changed)).code).toBe("4044718");
    await pay(name);
    expect((await stage.caller.call(path("generate"), asked)).code).toBe("4094701");
  });

  test.each([
    ["above the limit", { amount: { value: "10000000.01", currency: "IDR" } }, "4034702"],
    ["of another merchant", { merchantId: "1" }, "4044708"],
    ["that is over", { validityPeriod: jakartaNow(-1000) }, "4034700"],
    ["without an amount", { amount: undefined }, "4004702"],
    ["with a reference of 65 characters", { partnerReferenceNo: "x".repeat(65) }, "4004701"],
  ])("a code %s is refused", async (_case, changes, code) => {
    expect((await stage.caller.call(path("generate"), order(changes))).code).toBe(code);
  });
});

describe("paying a code", () => {
  test("a code, paid, is told by a signed notification and queried as success", async () => {
    const { name, referenceNo } = await generate();
    expect((await query(name)).body).toMatchObject({ responseCode: "2005100", latestTransactionStatus: "01" });
    expect(await pay(name)).toMatchObject({ outcome: "paid", answers: [{ responseCode: "2005200" }] });
    const [heard] = stage.merchant.heard;
    expect(heard).toMatchObject({ path: "/snap/provider/v1.0/qr/qr-mpm-notify", isSigned: true });
    expect(heard?.body).toMatchObject({
      originalReferenceNo: referenceNo,
      originalPartnerReferenceNo: name,
      latestTransactionStatus: "00",
      amount: { value: "149000.00", currency: "IDR" },
    });
    expect((await query(name)).body).toMatchObject({ latestTransactionStatus: "00", amount: { value: "149000.00" } });
  });

  test("a wrong amount is what the book, the notification and the query say", async () => {
    const { name } = await generate();
    await pay(name, { amount: "1.00" });
    expect(stage.merchant.heard[0]?.body.amount).toEqual({ value: "1.00", currency: "IDR" });
    expect((await query(name)).body).toMatchObject({ latestTransactionStatus: "00", amount: { value: "1.00" } });
    expect(await shown(name)).toMatchObject({ amount: "149000.00", amountPaid: "1.00" });
  });

  test("a lying notification leaves the truth in the book", async () => {
    const { name } = await generate();
    await pay(name, { amount: "1.00", notifiedAmount: "149000.00" });
    expect(stage.merchant.heard[0]?.body.amount).toMatchObject({ value: "149000.00" });
    expect(await shown(name)).toMatchObject({ amountPaid: "1.00" });
  });

  test("an expired code is refused, and paid late when forced", async () => {
    const { name } = await generate();
    clock.aheadMs = 16 * 60_000;
    stage.caller.aheadMs = clock.aheadMs;
    stage.caller.forgetToken();
    expect((await query(name)).body).toMatchObject({ latestTransactionStatus: "05" });
    expect(await pay(name)).toMatchObject({ outcome: "refused" });
    expect(await pay(name, { force: true })).toMatchObject({ outcome: "paid" });
    expect((await query(name)).body).toMatchObject({ latestTransactionStatus: "00" });
    stage.caller.aheadMs = 0;
    stage.caller.forgetToken();
  });

  test("a notification asked for three times at once is sent three times, the money taken once", async () => {
    const { name } = await generate();
    await pay(name, { times: 3, concurrent: true, externalId: "same" });
    expect(stage.merchant.heard).toHaveLength(3);
    expect(new Set(stage.merchant.heard.map(({ externalId }) => externalId)).size).toBe(1);
    expect(await shown(name)).toMatchObject({ amountPaid: "149000.00" });
  });

  test("a wrongly signed notification is noticed as such and never repeated", async () => {
    const { name } = await generate();
    stage.merchant.answering = () => ({ status: 401, body: { responseCode: "4015200" } });
    await pay(name, { signature: "wrong" });
    expect(stage.merchant.heard.map(({ isSigned }) => isSigned)).toEqual([false]);
    expect(at(await shown(name), "notifications.0.state")).toBe("gave-up");
  });

  test("a late notification comes by itself, after the control call has answered", async () => {
    const { name } = await generate();
    expect(await pay(name, { delayMs: 100 })).toMatchObject({ outcome: "paid", answers: [] });
    expect(stage.merchant.heard).toHaveLength(0);
    await until(() => stage.merchant.heard.length === 1);
  });
});

describe("cancelling and refunding a code", () => {
  test("an open code, cancelled (77), cannot be paid; a paid one cannot be cancelled (4047714)", async () => {
    const { name } = await generate();
    const cancel = () => stage.caller.call(path("cancel"), { originalPartnerReferenceNo: name });
    expect((await cancel()).code).toBe("2007700");
    expect((await cancel()).code).toBe("2007700");
    expect(await pay(name)).toMatchObject({ outcome: "refused" });
    await pay(name, { force: true });
    expect((await cancel()).code).toBe("4047714");
    expect((await stage.caller.call(path("cancel"), { originalPartnerReferenceNo: "?" })).code).toBe("4047701");
  });

  test("a refund (78), repeated, is 4097801 with the first result; changed, 4047818; too much, 4047813", async () => {
    const { name } = await generate();
    const refund = (partnerRefundNo: string, value: string) =>
      stage.caller.call(path("refund"), {
        originalPartnerReferenceNo: name,
        partnerRefundNo,
        refundAmount: { value, currency: "IDR" },
      });
    expect((await refund("r1", "49000.00")).code).toBe("4047800");
    await pay(name);
    const first = await refund("r1", "49000.00");
    expect(first.code).toBe("2007800");
    const again = await refund("r1", "49000.00");
    expect(again.body).toMatchObject({ responseCode: "4097801", refundNo: at(first.body, "refundNo") });
    expect((await refund("r1", "50000.00")).code).toBe("4047818");
    expect((await refund("r2", "100000.01")).code).toBe("4047813");
    expect((await query(name)).body).toMatchObject({ latestTransactionStatus: "00" });
    expect((await refund("r2", "100000.00")).code).toBe("2007800");
    expect((await query(name)).body).toMatchObject({ latestTransactionStatus: "04" });
    expect(await shown(name)).toMatchObject({ amountPaid: "149000.00", amountRefunded: "149000.00" });
  });
});
