import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { partnerServiceId, type Stage, setUp } from "../support/providers.ts";
import { at, jakartaNow } from "../support/test-merchant.ts";

let stage: Stage;
let number = 0;
beforeAll(async () => {
  stage = await setUp("bank-cendana");
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.merchant.heard.length = 0;
  stage.merchant.answering = () => ({ status: 200, body: { responseCode: "2005200" } });
});

const generatePath = "/v1.0/qr/qr-mpm-generate";
function order() {
  number += 1;
  return {
    partnerReferenceNo: `control-${number}`,
    amount: { value: "5000.00", currency: "IDR" },
    merchantId: "00007100010926",
    validityPeriod: jakartaNow(15 * 60_000),
  };
}

const behave = (behaviour: object) =>
  stage.caller.control("POST", "behaviours", { operation: "qr-generate", ...behaviour });
const exists = async (name: string) => (await stage.caller.control("GET", `charges/${name}`)).status === 200;

async function hangsUp(asked: object): Promise<boolean> {
  const signal = AbortSignal.timeout(200);
  return stage.caller.call(generatePath, asked, { signal }).then(
    () => false,
    () => true,
  );
}

describe("behaviours", () => {
  test("silent: the work is done and no answer comes; the next call is answered", async () => {
    await behave({ behaviour: "silent" });
    const asked = order();
    expect(await hangsUp(asked)).toBe(true);
    expect(await exists(asked.partnerReferenceNo)).toBe(true);
    expect((await stage.caller.call(generatePath, asked)).code).toBe("2004700");
  });

  test("drop: the connection is closed; without work nothing exists", async () => {
    await behave({ behaviour: "drop", work: false });
    const asked = order();
    expect(await hangsUp(asked)).toBe(true);
    expect(await exists(asked.partnerReferenceNo)).toBe(false);
  });

  test("fail and in-progress: the work is done, the answer says 500xx00, the asked code, or 202xx00", async () => {
    await behave({ behaviour: "fail" });
    await behave({ behaviour: "fail", responseCode: "5044700" });
    await behave({ behaviour: "in-progress" });
    const asked = order();
    const codes: unknown[] = [];
    for (let call = 0; call < 4; call += 1) codes.push((await stage.caller.call(generatePath, asked)).code);
    expect(codes).toEqual(["5004700", "5044700", "2024700", "2004700"]);
  });

  test("late: the true answer comes after the delay", async () => {
    await behave({ behaviour: "late", delayMs: 150 });
    const startedAt = performance.now();
    expect((await stage.caller.call(generatePath, order())).code).toBe("2004700");
    expect(performance.now() - startedAt).toBeGreaterThan(140);
  });

  test("refuse: the asked code for so many calls, and nothing done", async () => {
    await behave({ behaviour: "refuse", responseCode: "4294700", times: 2 });
    const asked = order();
    expect((await stage.caller.call(generatePath, asked)).body).toMatchObject({
      responseCode: "4294700",
      responseMessage: "Too Many Requests",
    });
    expect((await stage.caller.control("GET", "behaviours")).body).toMatchObject([{ times: 1 }]);
    expect((await stage.caller.call(generatePath, asked)).code).toBe("4294700");
    expect(await exists(asked.partnerReferenceNo)).toBe(false);
    expect((await stage.caller.call(generatePath, asked)).code).toBe("2004700");
  });

  test("a request the gate refuses uses up no behaviour", async () => {
    await behave({ behaviour: "refuse", responseCode: "4294700" });
    expect((await stage.caller.call(generatePath, order(), { secret: "another" })).code).toBe("4014700");
    expect((await stage.caller.control("GET", "behaviours")).body).toHaveLength(1);
    await stage.caller.control("DELETE", "behaviours");
    expect((await stage.caller.control("GET", "behaviours")).body).toEqual([]);
  });

  test.each([
    [{ behaviour: "refuse" }, "responseCode: is needed"],
    [{ behaviour: "refuse", responseCode: "4045401" }, "service code 47"],
    [{ behaviour: "explode" }, "behaviour"],
    [{ behaviour: "late", operation: "nothing" }, "operation"],
  ])("a behaviour %p is refused with the field's name", async (asked, sentence) => {
    const { status, body } = await behave(asked);
    expect(status).toBe(400);
    expect(at(body, "error")).toContain(sentence);
  });
});

describe("forge", () => {
  async function charge(): Promise<string> {
    const asked = order();
    await stage.caller.call(generatePath, asked);
    return asked.partnerReferenceNo;
  }
  const forge = (options: object) => stage.caller.control("POST", "forge", { operation: "qr-notify", ...options });

  test.each([
    ["wrong", false],
    ["garbage", false],
    ["missing", false],
    ["valid", true],
  ])(
    "a notification forged with signature %p arrives, is signed: %p, and moves no money",
    async (signature, isSigned) => {
      const partnerReferenceNo = await charge();
      const { body } = await forge({ partnerReferenceNo, signature, fields: { latestTransactionStatus: "00" } });
      expect(stage.merchant.heard).toMatchObject([
        { isSigned, body: { originalPartnerReferenceNo: partnerReferenceNo } },
      ]);
      expect(at(body, "answers.0.responseCode")).toBe("2005200");
      const shown = (await stage.caller.control("GET", `charges/${partnerReferenceNo}`)).body;
      expect(shown).toMatchObject({ amountPaid: "0.00", notifications: [] });
    },
  );

  test("the exact bytes, an old time, a made-up token and a chosen X-EXTERNAL-ID are sent as told", async () => {
    const told = { rawBody: '{ "a" : 1 }', signature: "valid", accessToken: "made-up", externalId: "42", times: 2 };
    await forge({ ...told, timestamp: "2020-12-17T10:55:00+07:00" });
    expect(stage.merchant.heard).toMatchObject([
      { externalId: "42", isSigned: false, body: { a: 1 } },
      { externalId: "42", isSigned: false, body: { a: 1 } },
    ]);
  });

  test("the bank cannot forge what only a wallet sends", async () => {
    expect((await forge({ operation: "wallet-notify" })).status).toBe(400);
  });

  test("an unknown charge is 404, an unnamed one 400", async () => {
    expect((await stage.caller.control("POST", "pay", { reference: "?" })).status).toBe(404);
    expect((await stage.caller.control("POST", "pay", {})).status).toBe(400);
  });
});

test("the page lists open charges with a button that pays, and escapes what the merchant wrote", async () => {
  const asked = {
    partnerServiceId,
    customerNo: "999",
    virtualAccountNo: `${partnerServiceId}999`,
    virtualAccountName: "x",
    trxId: '"><script>alert(1)</script>',
    totalAmount: { value: "1234567.00", currency: "IDR" },
    expiredDate: jakartaNow(60_000),
  };
  await stage.caller.call("/v1.0/transfer-va/create-va", asked);
  const html = await (await fetch(stage.caller.baseUrl)).text();
  expect(html).toContain("Rp 1.234.567,00");
  expect(html).not.toContain("<script>");
  expect(html).toContain("&#60;script&#62;");
  const reference = /name="reference" value="(\d+)"/.exec(html)?.[1] ?? "";
  const response = await fetch(`${stage.caller.baseUrl}/control/pay`, {
    method: "POST",
    headers: { accept: "text/html" },
    body: new URLSearchParams({ reference, skipInquiry: "true" }),
  });
  expect(await response.text()).toContain(`${reference}: paid. The merchant answered: 2005200.`);
});
