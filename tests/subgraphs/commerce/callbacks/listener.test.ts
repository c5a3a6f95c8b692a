import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import { Registry } from "prom-client";
import { type CallbackListener, createCallbackListener } from "../../../../subgraphs/commerce/callbacks/listener.ts";
import type { CallbackRequest, CallbackRoute } from "../../../../subgraphs/commerce/callbacks/route.ts";

describe("the listener for call-backs", () => {
  let seen: CallbackRequest[];
  let metrics: Registry;
  let listener: CallbackListener;
  let url: string;
  let isFaulty: boolean;

  const route: CallbackRoute = {
    name: "bank.payment",
    path: "/snap/bank/v1.0/payment",
    handle: async (request) => {
      seen.push(request);
      if (isFaulty) throw new Error("the database is gone, and its password is hunter2");
      return { status: 404, body: { responseCode: "4042512" } };
    },
    fault: { status: 500, body: { responseCode: "5002500" } },
    tooLong: { status: 400, body: { responseCode: "4002500" } },
  };

  beforeEach(async () => {
    seen = [];
    isFaulty = false;
    metrics = new Registry();
    listener = createCallbackListener([route], pino({ level: "silent" }), metrics);
    url = `http://127.0.0.1:${await listener.listen(0)}`;
  });
  afterEach(() => listener.close());

  const post = (path: string, body: string | Uint8Array, type = "application/json") =>
    fetch(`${url}${path}`, { method: "POST", body, headers: { "content-type": type } });

  test("a call reaches its route byte by byte, with the path as it was called", async () => {
    const bytes = Buffer.from([0x7b, 0x20, 0xff, 0x0a, 0x7d]);
    const response = await post("/snap/bank/v1.0/payment?a=%20b", bytes, "text/anything");
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ responseCode: "4042512" });
    expect(seen[0]?.path).toBe("/snap/bank/v1.0/payment?a=%20b");
    expect(seen[0]?.body.equals(bytes)).toBe(true);
  });

  test("a fault of ours is told as the route says it, without the reason", async () => {
    isFaulty = true;
    const response = await post(route.path, "{}");
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('{"responseCode":"5002500"}');
  });

  test("a body beyond 64 KiB is refused before the route sees it", async () => {
    const response = await post(route.path, "x".repeat(65_537));
    expect(await response.json()).toEqual({ responseCode: "4002500" });
    expect(seen).toEqual([]);
  });

  test("answers are counted by route and code", async () => {
    await post(route.path, "{}");
    expect(await metrics.metrics()).toContain('callbacks_total{route="bank.payment",code="4042512"} 1');
  });

  test("the page that a wallet sends the buyer back to changes nothing, and nothing else is served", async () => {
    const page = await fetch(`${url}/payment/return`);
    expect(page.headers.get("content-type")).toContain("text/html");
    expect((await fetch(`${url}/graphql`, { method: "POST" })).status).toBe(404);
    expect(seen).toEqual([]);
  });
});
