import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type Stage, setUp, until } from "../support/providers.ts";
import { at, jakartaNow } from "../support/test-merchant.ts";

let stage: Stage;
let number = 0;
beforeAll(async () => {
  stage = await setUp("bank-cendana", { aheadMs: 0 }, [20, 20, 20]);
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.merchant.heard.length = 0;
});

async function charge(): Promise<string> {
  number += 1;
  const asked = {
    partnerReferenceNo: `delivery-${number}`,
    amount: { value: "5000.00", currency: "IDR" },
    merchantId: "00007100010926",
    validityPeriod: jakartaNow(15 * 60_000),
  };
  expect((await stage.caller.call("/v1.0/qr/qr-mpm-generate", asked)).code).toBe("2004700");
  return asked.partnerReferenceNo;
}

const pay = (partnerReferenceNo: string) => stage.caller.control("POST", "pay", { partnerReferenceNo });
const notification = async (name: string) =>
  at((await stage.caller.control("GET", `charges/${name}`)).body, "notifications.0");

describe("delivery", () => {
  test("a notification the merchant does not take is sent again until it does, each time under a new X-EXTERNAL-ID", async () => {
    const answers = [{ status: 500, code: "5005200" }, "silence", { status: 200, code: "2005200" }] as const;
    stage.merchant.answering = () => {
      const next = answers[stage.merchant.heard.length - 1] ?? answers[2];
      return next === "silence" ? next : { status: next.status, body: { responseCode: next.code } };
    };
    const name = await charge();
    expect(at((await pay(name)).body, "answers.0.responseCode")).toBe("5005200");
    await until(async () => at(await notification(name), "state") === "delivered");
    expect(stage.merchant.heard).toHaveLength(3);
    expect(new Set(stage.merchant.heard.map(({ externalId }) => externalId)).size).toBe(3);
    expect(await notification(name)).toMatchObject({
      attempts: 3,
      answers: [{ httpStatus: 500 }, { httpStatus: null, responseCode: null }, { responseCode: "2005200" }],
    });
  });

  test("a notification nobody ever takes is given up after the schedule, and the money stays in the book", async () => {
    stage.merchant.answering = () => ({ status: 404, body: {} });
    const name = await charge();
    await pay(name);
    await until(async () => at(await notification(name), "state") === "gave-up");
    expect(stage.merchant.heard).toHaveLength(4);
    expect((await stage.caller.control("GET", `charges/${name}`)).body).toMatchObject({ amountPaid: "5000.00" });
  });

  test("a token the merchant no longer accepts is fetched anew within the attempt", async () => {
    stage.merchant.answering = () =>
      stage.merchant.heard.length === 1
        ? { status: 401, body: { responseCode: "4015201" } }
        : { status: 200, body: { responseCode: "2005200" } };
    const issuedBefore = stage.merchant.tokensIssued;
    const name = await charge();
    expect(at((await pay(name)).body, "answers.0.responseCode")).toBe("2005200");
    expect(stage.merchant.tokensIssued).toBe(issuedBefore + 1);
    expect(await notification(name)).toMatchObject({ state: "delivered", attempts: 1 });
  });
});
