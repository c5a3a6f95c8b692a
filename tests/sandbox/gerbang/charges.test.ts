import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createLogger } from "../../../platform/runtime/logger.ts";
import { createGerbang } from "../../../sandbox/gerbang/server.ts";
import { until } from "../support/providers.ts";
import { at } from "../support/test-merchant.ts";

interface Heard {
  readonly token: string | undefined;
  readonly body: unknown;
}

describe("Gerbang", () => {
  const secretKey = "secret-key-of-the-merchant";
  const webhookToken = "webhook-token-of-gerbang";
  const folder = mkdtempSync(join(tmpdir(), "etalase-sandbox-"));
  const heard: Heard[] = [];
  let answerStatus = 200;
  let merchant: Server;
  let url = "";
  let close: () => Promise<void>;

  const send = async (method: string, path: string, body?: object, key = secretKey) => {
    const headers = { authorization: `Basic ${Buffer.from(`${key}:`).toString("base64")}` };
    const response = await fetch(url + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text };
  };
  const charge = (reference: string, amount = 14_900_000) => ({
    reference_id: reference,
    amount_minor: amount,
    currency: "IDR",
    expires_at: new Date(Date.now() + 900_000).toISOString(),
  });
  const pay = (reference: string, options: object = {}) =>
    send("POST", "/control/pay", { partnerReferenceNo: reference, ...options });

  beforeAll(async () => {
    merchant = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        heard.push({
          token: request.headers["x-callback-token"]?.toString(),
          body: JSON.parse(Buffer.concat(chunks).toString()),
        });
        response.writeHead(answerStatus).end("{}");
      });
    }).listen(0, "127.0.0.1");
    await once(merchant, "listening");
    const logger = createLogger("test");
    logger.level = "silent";
    const webhookUrl = `http://127.0.0.1:${(merchant.address() as AddressInfo).port}/hook`;
    const notification = { timeoutMs: 500, retryDelaysMs: [50, 50, 50] };
    const config = { port: 4999, secretKey, webhookToken, webhookUrl, notification };
    const { app, provider } = await createGerbang(config, folder, logger, () => new Date());
    await app.listen({ port: 0, host: "127.0.0.1" });
    url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
    close = async () => {
      await app.close();
      await provider.close();
    };
  });
  afterAll(async () => {
    await close();
    merchant.closeAllConnections();
    merchant.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("without the merchant's key, answers 401 and does nothing", async () => {
    const { status, body } = await send("POST", "/v2/charges", charge("c-0"), "another-key-of-nobody");
    expect([status, body.error_code]).toEqual([401, "INVALID_API_KEY"]);
    expect((await send("GET", "/v2/charges?reference_id=c-0")).status).toBe(404);
  });

  test("a charge asked for again is the first one; with another amount it is a conflict", async () => {
    const wanted = charge("c-1");
    const first = await send("POST", "/v2/charges", wanted);
    expect([first.status, first.body.status]).toEqual([201, "PENDING"]);
    expect(await send("POST", "/v2/charges", wanted)).toEqual({ status: 200, body: first.body });
    const changed = await send("POST", "/v2/charges", { ...wanted, amount_minor: 1 });
    expect([changed.status, changed.body.error_code]).toEqual([409, "DUPLICATE_REFERENCE"]);
  });

  test("a request that is malformed is told by its field", async () => {
    const { status, body } = await send("POST", "/v2/charges", { ...charge("c-2"), amount_minor: 0.5 });
    expect([status, body]).toEqual([400, { error_code: "VALIDATION_ERROR", message: "amount_minor" }]);
  });

  test("a paid charge is told with the token until the merchant answers 200", async () => {
    await send("POST", "/v2/charges", charge("c-3"));
    answerStatus = 503;
    await pay("c-3");
    answerStatus = 200;
    await until(() => heard.length >= 2);
    expect(heard.every(({ token }) => token === webhookToken)).toBe(true);
    expect(at(heard[0]?.body, "data")).toMatchObject({ reference_id: "c-3", status: "PAID", amount_minor: 14_900_000 });
    const { body } = await send("GET", "/v2/charges?reference_id=c-3");
    expect(body).toMatchObject({ status: "PAID", paid_amount_minor: 14_900_000 });
    expect((await send("POST", "/v2/charge-cancellations", { reference_id: "c-3" })).body.error_code).toBe(
      "CHARGE_ALREADY_PAID",
    );
  });

  test("the daily file has a row for each payment, less fee and VAT, and a trailer; before the day is over there is none", async () => {
    const day = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10);
    expect((await send("GET", `/v2/settlements/${day}`)).status).toBe(404);
    await send("POST", "/control/settlement", {});
    const { body } = await send("GET", `/v2/settlements/${day}`);
    const [header, row, trailer] = String(body).split("\n");
    expect(header).toBe("provider_ref,our_ref,type,gross,fee,vat_on_fee,net,settlement_date");
    // 2.9% of 149,000.00 and 2,000.00; 11% of that as VAT.
    expect(row?.split(",").slice(1)).toEqual(["c-3", "PAYMENT", "149000.00", "6321.00", "695.31", "141983.69", day]);
    expect(trailer).toBe("TRAILER,1,141983.69");
  });
});
