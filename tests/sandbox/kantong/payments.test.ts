import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type Stage, setUp, type TestClock } from "../support/providers.ts";
import { at, jakartaNow } from "../support/test-merchant.ts";

const clock: TestClock = { aheadMs: 0 };
let stage: Stage;
let number = 0;

beforeAll(async () => {
  stage = await setUp("kantong", clock);
});
afterAll(() => stage.close());
beforeEach(() => {
  clock.aheadMs = 0;
  stage.merchant.heard.length = 0;
  stage.merchant.answering = () => ({ status: 200, body: { responseCode: "2005600" } });
});

const path = (name: string) => `/v1.0/debit/${name}`;
const returnUrl = { url: "http://localhost:4000/?a=1&b=<2>", type: "PAY_RETURN", isDeeplink: "N" };

function order(changes: Record<string, unknown> = {}) {
  number += 1;
  return {
    partnerReferenceNo: `order-${number}`,
    merchantId: "ETALASE",
    amount: { value: "25000.00", currency: "IDR" },
    urlParams: [returnUrl],
    validUpTo: jakartaNow(15 * 60_000),
    ...changes,
  };
}

async function begin() {
  const asked = order();
  const { code, body } = await stage.caller.call(path("payment-host-to-host"), asked);
  expect(code).toBe("2005400");
  return { asked, name: asked.partnerReferenceNo, reference: String(at(body, "referenceNo")), body };
}

const pay = async (partnerReferenceNo: string, options: object = {}) =>
  (await stage.caller.control("POST", "pay", { partnerReferenceNo, ...options })).body;
const query = async (originalPartnerReferenceNo: string) =>
  (await stage.caller.call(path("status"), { originalPartnerReferenceNo, serviceCode: "54" })).body;

describe("payment-host-to-host (54)", () => {
  test("a payment, begun, answers where the payer approves; begun again unchanged, the same", async () => {
    const { asked, body, reference } = await begin();
    expect(at(body, "webRedirectUrl")).toBe(`http://localhost:4999/approve/${reference}`);
    expect(at(body, "appRedirectUrl")).toBe(`kantong://pay/${reference}`);
    expect((await stage.caller.call(path("payment-host-to-host"), asked)).body).toEqual(body);
  });

  test.each([
    ["above the limit", { amount: { value: "20000000.01", currency: "IDR" } }, "4035402"],
    ["of another merchant", { merchantId: "OTHER" }, "4045408"],
    ["that is over", { validUpTo: jakartaNow(-1000) }, "4035400"],
    ["without urlParams", { urlParams: undefined }, "4005402"],
    ["with a script as address", { urlParams: [{ ...returnUrl, url: "javascript:alert(1)" }] }, "4005401"],
    [
      "to be told to a stranger",
      { urlParams: [{ ...returnUrl, type: "PAY_NOTIFY", url: "http://evil.example/x" }] },
      "4005401",
    ],
  ])("a payment %s is refused", async (_case, changes, code) => {
    expect((await stage.caller.call(path("payment-host-to-host"), order(changes))).code).toBe(code);
  });

  test("a payment under a used reference with other content is 4045418, under a paid one 4095401", async () => {
    const { asked, name } = await begin();
    const changed = { ...asked, amount: { value: "1.00", currency: "IDR" } };
    expect((await stage.caller.call(path("payment-host-to-host"), changed)).code).toBe("4045418");
    await pay(name);
    expect((await stage.caller.call(path("payment-host-to-host"), asked)).code).toBe("4095401");
  });
});

describe("paying from the wallet", () => {
  test("a payment, approved, is told with an asymmetric signature and no token", async () => {
    const { name } = await begin();
    expect(await pay(name)).toMatchObject({ outcome: "paid", answers: [{ responseCode: "2005600" }] });
    expect(stage.merchant.heard[0]).toMatchObject({ path: "/snap/provider/v1.0/debit/notify", isSigned: true });
    expect(stage.merchant.heard[0]?.body).toMatchObject({
      originalPartnerReferenceNo: name,
      latestTransactionStatus: "00",
    });
    expect(stage.merchant.tokensIssued).toBe(0);
    expect(await query(name)).toMatchObject({ responseCode: "2005500", latestTransactionStatus: "00" });
  });

  test("the status moves 01, 02, 03, and 06 when it fails, which the merchant is told", async () => {
    const { name } = await begin();
    const seen = [at(await query(name), "latestTransactionStatus")];
    for (const to of ["paying", "pending", "failed"]) {
      await stage.caller.control("POST", "move", { partnerReferenceNo: name, to, notify: to === "failed" });
      seen.push(at(await query(name), "latestTransactionStatus"));
    }
    expect(seen).toEqual(["01", "02", "03", "06"]);
    expect(stage.merchant.heard.map(({ body }) => body.latestTransactionStatus)).toEqual(["06"]);
    expect(await pay(name)).toMatchObject({ outcome: "refused" });
  });

  test("an unknown payment is 4045501, also when the two references disagree", async () => {
    const [one, two] = [await begin(), await begin()];
    expect(at(await query("?"), "responseCode")).toBe("4045501");
    const mixed = { originalPartnerReferenceNo: one.name, originalReferenceNo: two.reference, serviceCode: "54" };
    expect((await stage.caller.call(path("status"), mixed)).code).toBe("4045501");
    const wrongService = { originalPartnerReferenceNo: one.name, serviceCode: "47" };
    expect((await stage.caller.call(path("status"), wrongService)).code).toBe("4005501");
  });

  test("a refund (58), repeated, is 2005800 with the first result; changed, 4045818", async () => {
    const { name } = await begin();
    const refund = (value: string, reason = "late") =>
      stage.caller.call(path("refund"), {
        originalPartnerReferenceNo: name,
        partnerRefundNo: "r1",
        refundAmount: { value, currency: "IDR" },
        reason,
      });
    expect((await refund("25000.00")).code).toBe("4045800");
    await pay(name);
    const first = await refund("25000.00");
    expect(first.code).toBe("2005800");
    expect((await refund("25000.00")).body).toEqual(first.body);
    expect((await refund("25000.00", "another reason")).code).toBe("4045818");
    expect(await query(name)).toMatchObject({
      latestTransactionStatus: "04",
      refundHistory: [{ partnerRefundNo: "r1", refundStatus: "00", reason: "late" }],
    });
  });

  test("a cancelled payment (57) is 05; a paid one cannot be cancelled (4045714)", async () => {
    const { name } = await begin();
    const cancel = () => stage.caller.call(path("cancel"), { originalPartnerReferenceNo: name });
    expect((await cancel()).code).toBe("2005700");
    expect(await query(name)).toMatchObject({ latestTransactionStatus: "05" });
    await pay(name, { force: true });
    expect((await cancel()).code).toBe("4045714");
  });
});

describe("approval page", () => {
  const press = (reference: string, decision: string) =>
    fetch(`${stage.caller.baseUrl}/approve/${reference}`, {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams({ decision }),
    });
  const read = async (reference: string) => (await fetch(`${stage.caller.baseUrl}/approve/${reference}`)).text();

  test("the payer sees the amount, pays, and finds the way back, escaped", async () => {
    const { name, reference } = await begin();
    expect(await read(reference)).toContain("Rp 25.000,00");
    expect((await press(reference, "approve")).status).toBe(303);
    const after = await read(reference);
    expect(after).toContain("This payment is paid.");
    expect(after).toContain("http://localhost:4000/?a=1&#38;b=&#60;2&#62;");
    expect(await query(name)).toMatchObject({ latestTransactionStatus: "00" });
  });

  test("the payer declines, and the merchant is told 06", async () => {
    const { reference } = await begin();
    await press(reference, "decline");
    expect(stage.merchant.heard[0]?.body.latestTransactionStatus).toBe("06");
    expect((await press(reference, "decline")).status).toBe(409);
  });

  test("an unknown payment has no page", async () => {
    expect((await fetch(`${stage.caller.baseUrl}/approve/1`)).status).toBe(404);
  });
});
