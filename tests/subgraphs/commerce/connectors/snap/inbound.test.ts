import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import {
  type InboundCall,
  verifyAsymmetricCall,
  verifySymmetricCall,
  verifyTokenRequest,
} from "../../../../../subgraphs/commerce/connectors/snap/inbound.ts";
import { createInboundTokens } from "../../../../../subgraphs/commerce/connectors/snap/inbound-tokens.ts";
import {
  signAsymmetric,
  signSymmetric,
  signTokenRequest,
} from "../../../../../subgraphs/commerce/connectors/snap/signatures.ts";

const merchant = generateKeyPairSync("rsa", { modulusLength: 2048 });
const bank = generateKeyPairSync("rsa", { modulusLength: 2048 });
const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });
const now = new Date("2026-11-24T00:00:00Z");
const timestamp = "2026-11-24T07:00:00+07:00";
const party = {
  provider: "bank-cendana",
  baseUrl: "http://127.0.0.1:1",
  partnerId: "ETALASE01",
  channelId: "95221",
  clientKey: "our-key",
  clientSecret: "our-secret",
  privateKey: merchant.privateKey,
  providerPublicKey: bank.publicKey,
  inbound: { clientKey: "their-key", clientSecret: "their-secret" },
};
const tokens = createInboundTokens(party, () => now);
const path = "/snap/bank-cendana/v1.0/transfer-va/payment";
const body = Buffer.from('{ "paymentRequestId": "1" }');

async function symmetricCall(changes: Partial<InboundCall["headers"]> = {}, secret = "their-secret") {
  const token = await tokens.issue();
  const signed = { method: "POST", path, body, timestamp: String(changes["x-timestamp"] ?? timestamp) };
  const headers = {
    authorization: `Bearer ${token}`,
    "x-timestamp": timestamp,
    "x-signature": signSymmetric(secret, signed, token),
    "x-partner-id": "ETALASE01",
    "x-external-id": "123",
    "channel-id": "95221",
    ...changes,
  };
  return { method: "POST", path, headers, body };
}

describe("a bank's request for an access token", () => {
  const request = (key = bank.privateKey, clientKey = "their-key", at = timestamp): InboundCall => ({
    method: "POST",
    path: "/snap/bank-cendana/v1.0/access-token/b2b",
    headers: { "x-client-key": clientKey, "x-timestamp": at, "x-signature": signTokenRequest(key, clientKey, at) },
    body: Buffer.alloc(0),
  });

  test("the bank's signature is accepted; a stranger's, another client's and an old one are not", () => {
    expect(verifyTokenRequest(party, request(), now)).toEqual({ ok: true });
    for (const wrong of [
      request(stranger.privateKey),
      request(bank.privateKey, "other-key"),
      request(bank.privateKey, "their-key", "2026-11-24T06:54:00+07:00"),
    ]) {
      expect(verifyTokenRequest(party, wrong, now)).toMatchObject({ ok: false, refusal: { code: "40100" } });
    }
  });

  test("a request without signature names the missing header", () => {
    const { headers, ...rest } = request();
    const { "x-signature": _removed, ...others } = headers;
    expect(verifyTokenRequest(party, { ...rest, headers: others }, now)).toEqual({
      ok: false,
      refusal: { code: "40002", message: "Invalid Mandatory Field X-SIGNATURE" },
    });
  });
});

describe("the access tokens we issue", () => {
  test("a token is valid at every replica for 15 minutes", async () => {
    const token = await tokens.issue();
    const replicaAt = (seconds: number) => createInboundTokens(party, () => new Date(now.getTime() + seconds * 1_000));
    expect(await replicaAt(0).isValid(token)).toBe(true);
    expect(await replicaAt(899).isValid(token)).toBe(true);
    expect(await replicaAt(901).isValid(token)).toBe(false);
  });

  test("a token of another provider, of an older secret, and garbage are not valid", async () => {
    const token = await tokens.issue();
    expect(await createInboundTokens({ ...party, provider: "kantong" }, () => now).isValid(token)).toBe(false);
    const newer = { ...party, inbound: { clientKey: "their-key", clientSecret: "newer" } };
    expect(await createInboundTokens(newer, () => now).isValid(token)).toBe(false);
    expect(await tokens.isValid("garbage")).toBe(false);
  });
});

describe("a symmetric call-back", () => {
  test("the provider's is accepted with its external id", async () => {
    const verified = await verifySymmetricCall(party, tokens, await symmetricCall(), now);
    expect(verified).toEqual({ ok: true, value: { externalId: "123" } });
  });

  test("one over other bytes, though the same JSON, is refused only when a value differs", async () => {
    const call = await symmetricCall();
    const spaced = { ...call, body: Buffer.from('{"paymentRequestId":"1"}') };
    expect(await verifySymmetricCall(party, tokens, spaced, now)).toMatchObject({ ok: true });
    const forged = { ...call, body: Buffer.from('{"paymentRequestId":"2"}') };
    expect(await verifySymmetricCall(party, tokens, forged, now)).toMatchObject({ refusal: { code: "40100" } });
    const escaped = { ...call, body: Buffer.from('{"paymentRequestId":"\\u0031"}') };
    expect(await verifySymmetricCall(party, tokens, escaped, now)).toMatchObject({ refusal: { code: "40100" } });
  });

  test.each([
    ["no token", { authorization: undefined }, "40101"],
    ["a token that is not ours", { authorization: "Bearer x.y.z" }, "40101"],
    ["another partner", { "x-partner-id": "SOMEBODY" }, "40100"],
    ["an old timestamp, well signed", { "x-timestamp": "2026-11-24T06:54:59+07:00" }, "40100"],
    ["a malformed external id", { "x-external-id": "12-3" }, "40001"],
    ["no external id", { "x-external-id": undefined }, "40002"],
  ])("one with %s is refused", async (_what, changes, code) => {
    const call = await symmetricCall(changes);
    expect(await verifySymmetricCall(party, tokens, call, now)).toMatchObject({ ok: false, refusal: { code } });
  });

  test("one signed with another secret is refused", async () => {
    const call = await symmetricCall({}, "wrong-secret");
    expect(await verifySymmetricCall(party, tokens, call, now)).toMatchObject({ refusal: { code: "40100" } });
  });
});

describe("an asymmetric call-back", () => {
  const call = (key = bank.privateKey): InboundCall => ({
    method: "POST",
    path,
    body,
    headers: {
      "x-timestamp": timestamp,
      "x-partner-id": "ETALASE01",
      "x-external-id": "9",
      "x-signature": signAsymmetric(key, { method: "POST", path, body, timestamp }),
    },
  });

  test("the provider's is accepted; a stranger's and a changed one are refused", () => {
    expect(verifyAsymmetricCall(party, call(), now)).toEqual({ ok: true, value: { externalId: "9" } });
    expect(verifyAsymmetricCall(party, call(stranger.privateKey), now)).toMatchObject({ refusal: { code: "40100" } });
    const changed = { ...call(), body: Buffer.from('{"paymentRequestId":"2"}') };
    expect(verifyAsymmetricCall(party, changed, now)).toMatchObject({ refusal: { code: "40100" } });
  });
});
