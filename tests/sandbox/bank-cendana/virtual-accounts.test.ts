import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { partnerServiceId, type Stage, setUp, type TestClock, until } from "../support/providers.ts";
import { at, type Heard, jakartaNow } from "../support/test-merchant.ts";

const clock: TestClock = { aheadMs: 0 };
let stage: Stage;
let number = 1000;

beforeAll(async () => {
  stage = await setUp("bank-cendana", clock);
});
afterAll(() => stage.close());
beforeEach(() => {
  clock.aheadMs = 0;
  stage.merchant.heard.length = 0;
  stage.merchant.answering = agreeable();
});

const path = (name: string) => `/v1.0/transfer-va/${name}`;

function bill(changes: Record<string, unknown> = {}) {
  number += 1;
  const customerNo = String(number);
  return {
    partnerServiceId,
    customerNo,
    virtualAccountNo: partnerServiceId + customerNo,
    virtualAccountName: "Sari Dewi",
    trxId: `trx-${number}`,
    totalAmount: { value: "149000.00", currency: "IDR" },
    virtualAccountTrxType: "C",
    expiredDate: jakartaNow(15 * 60_000),
    ...changes,
  };
}

type Bill = ReturnType<typeof bill>;

const accountOf = ({ partnerServiceId: id, customerNo, virtualAccountNo, trxId }: Bill) => ({
  partnerServiceId: id,
  customerNo,
  virtualAccountNo,
  trxId,
});

function agreeable(flag = "00", code = "2002500") {
  return ({ path: asked, body }: Heard) => {
    if (asked.endsWith("/transfer-va/inquiry")) {
      const totalAmount = { value: "149000.00", currency: "IDR" };
      return {
        status: 200,
        body: { responseCode: "2002400", virtualAccountData: { ...body, inquiryStatus: "00", totalAmount } },
      };
    }
    return {
      status: Number(code.slice(0, 3)),
      body: { responseCode: code, virtualAccountData: { paymentFlagStatus: flag } },
    };
  };
}

async function create(changes: Record<string, unknown> = {}): Promise<Bill> {
  const made = bill(changes);
  const { code } = await stage.caller.call(path("create-va"), made);
  expect(code).toBe("2002700");
  return made;
}

const pay = async (made: Bill, options: object = {}) =>
  (await stage.caller.control("POST", "pay", { virtualAccountNo: made.virtualAccountNo, ...options })).body;

const shown = async (made: Bill) => (await stage.caller.control("GET", `charges/${made.trxId}`)).body;

describe("create-va (27)", () => {
  test("a bill, created, is answered with the account and stands open in the bank's book", async () => {
    const made = bill();
    const { status, headers, body } = await stage.caller.call(path("create-va"), made);
    expect(status).toBe(200);
    expect(headers.get("x-timestamp")).toMatch(/\+07:00$/);
    expect(body).toMatchObject({ responseCode: "2002700", virtualAccountData: accountOf(made) });
    expect(await shown(made)).toMatchObject({ amount: "149000.00", amountPaid: "0.00", status: "open" });
  });

  test("a bill, created again unchanged, is the first one; changed, 4042718; paid, 4092701", async () => {
    const made = await create();
    expect((await stage.caller.call(path("create-va"), made)).code).toBe("2002700");
    const changed = { ...made, totalAmount: { value: "1.00", currency: "IDR" } };
    expect((await stage.caller.call(path("create-va"), changed)).code).toBe("4042718");
    await pay(made);
    expect((await stage.caller.call(path("create-va"), made)).code).toBe("4092701");
  });

  test.each([
    ["without trxId", { trxId: undefined }, "4002702", "trxId"],
    ["with an empty name", { virtualAccountName: "" }, "4002702", "virtualAccountName"],
    ["with a float amount", { totalAmount: { value: 149000, currency: "IDR" } }, "4002701", "totalAmount.value"],
    ["with one decimal", { totalAmount: { value: "1.0", currency: "IDR" } }, "4002701", "totalAmount.value"],
    ["with dollars", { totalAmount: { value: "1.00", currency: "USD" } }, "4002701", "totalAmount.currency"],
    ["with nothing owed", { totalAmount: { value: "0.00", currency: "IDR" } }, "4002701", "totalAmount"],
    ["with a time without zone", { expiredDate: "2030-01-01T00:00:00" }, "4002701", "expiredDate"],
    ["with a service id that is not padded", { partnerServiceId: "88123" }, "4002701", "partnerServiceId"],
    ["with a number that is not id and customer", { virtualAccountNo: "   881239" }, "4002701", "virtualAccountNo"],
    ["of another partner", { partnerServiceId: "   99999" }, "4042716", "Partner"],
    ["that has expired", { expiredDate: jakartaNow(-1000) }, "4032700", "Expired"],
  ])("a bill %s is refused", async (_case, changes, code, named) => {
    const { body } = await stage.caller.call(path("create-va"), bill(changes));
    expect(body).toMatchObject({ responseCode: code, responseMessage: expect.stringContaining(named) });
  });

  test("a number that an open bill holds is refused, and free again after deletion", async () => {
    const made = await create();
    const second = { ...made, trxId: `${made.trxId}-b` };
    expect((await stage.caller.call(path("create-va"), second)).code).toBe("4042712");
    await stage.caller.call(path("delete-va"), accountOf(made), { method: "DELETE" });
    expect((await stage.caller.call(path("create-va"), second)).code).toBe("2002700");
  });
});

describe("paying a virtual account", () => {
  test("a bill, paid, is inquired, taken, told under the inquiry's id, and settled", async () => {
    const made = await create();
    expect(await pay(made)).toMatchObject({ outcome: "paid", charge: { amountPaid: "149000.00", status: "paid" } });
    const [inquiry, payment] = stage.merchant.heard;
    expect(stage.merchant.heard.every(({ isSigned }) => isSigned)).toBe(true);
    expect(inquiry?.path).toBe("/snap/provider/v1.0/transfer-va/inquiry");
    expect(payment?.body).toMatchObject({
      ...accountOf(made),
      paymentRequestId: inquiry?.body.inquiryRequestId,
      paidAmount: { value: "149000.00", currency: "IDR" },
      flagAdvise: "N",
    });
  });

  test("a status query (26) tells paid from unpaid by paymentRequestId", async () => {
    const made = await create();
    const { trxId, ...account } = accountOf(made);
    const before = (await stage.caller.call(path("status"), account)).body;
    expect(before).toMatchObject({ responseCode: "2002600", virtualAccountData: { paidAmount: { value: "0.00" } } });
    expect(at(before, "virtualAccountData.paymentRequestId")).toBeUndefined();
    await pay(made);
    const after = (await stage.caller.call(path("status"), account)).body;
    expect(at(after, "virtualAccountData")).toMatchObject({
      trxId,
      paymentFlagStatus: "00",
      paidAmount: { value: "149000.00" },
    });
    expect(at(after, "virtualAccountData.paymentRequestId")).toMatch(/^\d+$/);
  });

  test("a bill the merchant refuses at inquiry moves no money", async () => {
    const made = await create();
    stage.merchant.answering = () => ({ status: 404, body: { responseCode: "4042419" } });
    expect(await pay(made)).toMatchObject({ outcome: "refused", charge: { amountPaid: "0.00" } });
    expect(stage.merchant.heard).toHaveLength(1);
  });

  test("a payment the merchant rejects goes back to the payer", async () => {
    const made = await create();
    stage.merchant.answering = agreeable("01", "4042513");
    expect(await pay(made, { amount: "1000.00" })).toMatchObject({
      outcome: "returned",
      charge: { amountPaid: "0.00" },
    });
    expect(await shown(made)).toMatchObject({ status: "open", payments: [{ amount: "1000.00", returned: true }] });
  });

  test("a payment answered time-out (02) is repeated with flagAdvise Y under the same ids until accepted", async () => {
    const made = await create();
    stage.merchant.answering = agreeable("02");
    await pay(made, { skipInquiry: true });
    stage.merchant.answering = agreeable();
    await until(async () => at(await shown(made), "notifications.0.state") === "delivered");
    const { heard } = stage.merchant;
    expect(heard.map(({ body }) => body.flagAdvise)).toEqual(["N", "Y"]);
    expect(new Set(heard.map(({ externalId }) => externalId)).size).toBe(1);
    expect(new Set(heard.map(({ body }) => body.paymentRequestId)).size).toBe(1);
    expect(at(await shown(made), "amountPaid")).toBe("149000.00");
  });

  test("an inconsistent-request answer (4042518) to a payment counts as accepted", async () => {
    const made = await create();
    stage.merchant.answering = agreeable("00", "4042518");
    expect(await pay(made, { skipInquiry: true })).toMatchObject({ outcome: "paid" });
    expect(at(await shown(made), "notifications.0.state")).toBe("delivered");
  });

  test("a payment asked to be told twice is told under the same X-EXTERNAL-ID and takes the money once", async () => {
    const made = await create();
    expect(at(await pay(made, { times: 2 }), "answers")).toHaveLength(3);
    const payments = stage.merchant.heard.filter(({ path: asked }) => asked.endsWith("/payment"));
    expect(payments.map(({ body }) => body.flagAdvise)).toEqual(["N", "Y"]);
    expect(payments[0]?.externalId).toBe(payments[1]?.externalId);
    expect(at(await shown(made), "payments")).toHaveLength(1);
  });

  test("an expired bill is refused by the bank, and attempted when forced", async () => {
    const made = await create();
    clock.aheadMs = 16 * 60_000;
    expect(await pay(made)).toMatchObject({ outcome: "refused", reason: "the provider's own book says expired" });
    stage.merchant.answering = agreeable("01", "4042519");
    expect(await pay(made, { force: true, skipInquiry: true })).toMatchObject({ outcome: "returned" });
  });

  test("money taken in silence is in the book and the status, and the merchant hears nothing", async () => {
    const made = await create();
    expect(await pay(made, { silent: true })).toMatchObject({ outcome: "paid", charge: { amountPaid: "149000.00" } });
    expect(stage.merchant.heard.map(({ path: asked }) => asked)).toEqual(["/snap/provider/v1.0/transfer-va/inquiry"]);
  });

  test("a deleted bill cannot be paid; a paid one cannot be deleted (4043114)", async () => {
    const made = await create();
    const removal = await stage.caller.call(path("delete-va"), accountOf(made), { method: "DELETE" });
    expect(removal.body).toMatchObject({ responseCode: "2003100" });
    expect(await pay(made)).toMatchObject({ outcome: "refused" });
    const paid = await create();
    await pay(paid);
    const refusal = await stage.caller.call(path("delete-va"), accountOf(paid), { method: "DELETE" });
    expect(refusal.code).toBe("4043114");
  });

  test("an unknown account is 404xx01 in each service", async () => {
    const stranger = accountOf(bill());
    expect((await stage.caller.call(path("inquiry-va"), stranger)).code).toBe("4043001");
    expect((await stage.caller.call(path("status"), stranger)).code).toBe("4042601");
    const removal = await stage.caller.call(path("delete-va"), stranger, { method: "DELETE" });
    expect(removal.code).toBe("4043101");
  });
});
