import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Stage, setUp, type TestClock } from "../support/providers.ts";
import { at, type CallChanges, jakartaNow, keysOf } from "../support/test-merchant.ts";

const clock: TestClock = { aheadMs: 0 };
let stage: Stage;
beforeAll(async () => {
  stage = await setUp("kantong", clock);
});
afterAll(() => stage.close());

const status = "/v1.0/debit/status";
const question = { originalPartnerReferenceNo: "unknown", serviceCode: "54" };
const ask = (changes: CallChanges = {}, body: unknown = question) => stage.caller.call(status, body, changes);

/** Puts both clocks so far ahead; yesterday's token is none today. */
function moveTo(aheadMs: number): void {
  clock.aheadMs = aheadMs;
  stage.caller.aheadMs = aheadMs;
  stage.caller.forgetToken();
}

describe("access token (73)", () => {
  test("a signed request is answered with a bearer token of 900 seconds", async () => {
    const { status: http, body } = await stage.caller.requestToken();
    expect(http).toBe(200);
    expect(body).toMatchObject({ responseCode: "2007300", tokenType: "Bearer", expiresIn: "900" });
    expect(String(at(body, "accessToken")).length).toBeGreaterThan(30);
  });

  test.each([
    ["of an unknown client", { clientKey: "nobody" }, "4017300"],
    ["signed by another key", { privatePem: keysOf("stranger").privatePem }, "4017300"],
    ["of six minutes ago", { timestamp: jakartaNow(-6 * 60_000) }, "4017300"],
    ["of six minutes ahead", { timestamp: jakartaNow(6 * 60_000) }, "4017300"],
    ["with a time without zone", { timestamp: "2026-01-01T00:00:00" }, "4007301"],
    ["without a client", { clientKey: "" }, "4007302"],
    ["without a grant type", { body: "{}" }, "4007302"],
    ["with another grant type", { body: '{"grantType":"password"}' }, "4007301"],
    ["whose body is no JSON", { body: "{" }, "4007300"],
  ])("a request %s is refused", async (_case, changes, code) => {
    const answer = await stage.caller.requestToken(changes);
    expect(answer.code).toBe(code);
    expect(answer.status).toBe(Number(code.slice(0, 3)));
  });
});

describe("transaction", () => {
  test("a signed request passes the gate, whatever the spacing of its body", async () => {
    expect((await ask()).code).toBe("4045501");
    expect((await ask({}, JSON.stringify(question, null, 4))).code).toBe("4045501");
  });

  test.each<[string, CallChanges, string]>([
    ["signed with another secret", { secret: "another" }, "4015500"],
    ["without a signature", { headers: { "x-signature": undefined } }, "4005502"],
    ["whose body was changed", { sentBody: '{"originalPartnerReferenceNo":"other","serviceCode":"54"}' }, "4015500"],
    ["of another partner", { headers: { "x-partner-id": "OTHER" } }, "4015500"],
    ["without a partner", { headers: { "x-partner-id": undefined } }, "4005502"],
    ["without a token", { headers: { authorization: undefined } }, "4015501"],
    ["with a made-up token", { headers: { authorization: "Bearer 1.2.3.4" } }, "4015501"],
    ["of six minutes ago", { timestamp: jakartaNow(-6 * 60_000) }, "4015500"],
    ["with a malformed time", { timestamp: "yesterday" }, "4005501"],
    ["without X-EXTERNAL-ID", { headers: { "x-external-id": undefined } }, "4005502"],
    ["with letters in X-EXTERNAL-ID", { headers: { "x-external-id": "abc" } }, "4005501"],
    ["with 37 digits of X-EXTERNAL-ID", { headers: { "x-external-id": "1".repeat(37) } }, "4005501"],
    ["without CHANNEL-ID", { headers: { "channel-id": undefined } }, "4005502"],
    ["with 6 characters of CHANNEL-ID", { headers: { "channel-id": "952211" } }, "4005501"],
  ])("a request %s is refused", async (_case, changes, code) => {
    expect((await ask(changes)).code).toBe(code);
  });

  test("a body that is no JSON is 400xx00 although it is signed", async () => {
    expect((await ask({ sentBody: "" }, "")).code).toBe("4005500");
  });

  test("an X-EXTERNAL-ID, used again the same day, is 409xx00; the next day it is free", async () => {
    const headers = { "x-external-id": "777000777" };
    expect((await ask({ headers })).code).toBe("4045501");
    expect((await ask({ headers })).code).toBe("4095500");
    moveTo(24 * 3_600_000);
    expect((await ask({ headers })).code).toBe("4045501");
    expect((await ask({ headers })).code).toBe("4095500");
    moveTo(0);
  });

  test("a forged request does not use up an X-EXTERNAL-ID", async () => {
    const headers = { "x-external-id": "888000888" };
    expect((await ask({ headers, secret: "another" })).code).toBe("4015500");
    expect((await ask({ headers })).code).toBe("4045501");
  });

  test("a token, older than 15 minutes or revoked, is 401xx01", async () => {
    const token = await stage.caller.requestToken();
    const headers = { authorization: `Bearer ${at(token.body, "accessToken")}` };
    clock.aheadMs = 901_000;
    expect((await ask({ headers, timestamp: jakartaNow(clock.aheadMs) })).code).toBe("4015501");
    clock.aheadMs = 0;
    await stage.caller.control("POST", "revoke-tokens");
    expect((await ask({ headers })).code).toBe("4015501");
  });
});

test("a caller that names another host, or a page of another origin, is served nothing", async () => {
  const foreign = await fetch(`${stage.caller.baseUrl}/control/book`, { headers: { origin: "http://evil.example" } });
  expect(foreign.status).toBe(403);
  const own = await fetch(`${stage.caller.baseUrl}/control/book`, { headers: { origin: stage.caller.baseUrl } });
  expect(own.status).toBe(200);
});
