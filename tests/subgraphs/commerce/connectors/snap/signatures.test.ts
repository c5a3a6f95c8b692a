import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import {
  bodyDigest,
  isAsymmetricallySigned,
  isSymmetricallySigned,
  isTokenRequestSigned,
  signAsymmetric,
  signSymmetric,
  signTokenRequest,
} from "../../../../../subgraphs/commerce/connectors/snap/signatures.ts";

// Every constant below was made with openssl 3 (dgst -sha256, -sha512 -hmac, -sha256 -sign), not with the code under test.
const publicKey = createPublicKey(`-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtIUWLT8ualPMrswi+mzc
/ifJ3wC6HOgBeFJtxfR66lPeu9dRCJyFF52rfvSTGzC9x4Bar/tK1NN89YYOizcE
x3T+y/c+f2DOUUS/kry+smjb1zLDmf6Kkx1Fvd98IakR2SOQtHhMBG9OkD+NeYud
S2HScVYUPGJaEThRkrnWyKGuWeT9SzgcuYX31s+9QZRO0ZENJEABUJHLCmcUg5bI
aDJ8LcD0b34rTHBj16+NpOT5OYFVVDbs2i9M7E4xNBtJixxZNvw42aRqo4HQ2c1e
lBfvxgq1DD3Q2GTyzfQNZRBSrnvkqUFB/9JRKTzoQnpTpLTQT0CSKI9NuyhU2EUm
aQIDAQAB
-----END PUBLIC KEY-----`);
const minified =
  '{"partnerReferenceNo":"0193","amount":{"value":"10000.00","currency":"IDR"},"note":"a  b \\" {x: 1}\\n"}';
const spaced = `{
  "partnerReferenceNo" : "0193",\t"amount" : { "value" : "10000.00" , "currency":"IDR" },\r
  "note": "a  b \\" {x: 1}\\n"
}
`;
const digest = "598f3296190a761b897a2afe7389743a82df296c4b79695e9d5e3c1aece3ce46";
const timestamp = "2020-12-17T10:55:00+07:00";
const hmac = "fkqYcLzkrkjzSfya2UnxtUuOYjciNXmDSSYzDm6JXbgxiN6Ar+rX8Qsslnkdjr/Sm2nXje3spz8F/t8xRh/uhw==";
const tokenSignature =
  "lRDDYm4OgoBda2o8DXA+N2RPd2YPZ7+twYriebD8pWVSNCtzDUdnZTs3eUmL6aD8L3i3YTWD7fqVkxed2tcVSo47KqL15LN7/RlVFkDYDe+JMQLJe3+oG3oC8prplMWDEN7jpTqTWofqQXAMTtOGKLseX517E+sXlFKd77op0x45R6nBLelVDaghJbpQ9JSFFuFVCrqknSkodsAjViaxQM0irPpyFgYvdbU3UunJsHdpXU/nIe/zK0mJEsiM3rmTgKOzO4SAysbPsvOx7yZV+h8viJ855ls1W0q1La7aM58628brp2iqRbYX+4Rzabu3583R1tMu1iPR4bPVCEHObA==";
const notifySignature =
  "F1UWqE8bKpP/GTPhpnzvKQGvsSEs0PJ30txmnIGwkvbQ+UjLVcDfJA56cCA4GObO84G3z45xJSYadBKrh/J2L9pY7jznhkJwF3M9qmvZyHqZqOAy8FvopFtvqh5JySxKZQgpKdzo2znZrTBzZ31ZqIQdFhL7algZJstB5CJC66ndLfhz5dLSSbkfTwdULoLSPPz8AuamI0IStnpDl1wKlKclKuwGttN03hBJiQlCPo7zcjx28GLtcmP0VIyd74q092j9XAJAQ73zlwwguZ/uDHsIBB3yaQ32nsTmjLW5ZeMd5ezKL143mnJftxACjzTx5TSDoClZaz1ounOi/y4wYQ==";

const createVa = { method: "POST", path: "/snap/v1.0/transfer-va/create-va?x=1", body: Buffer.from(spaced), timestamp };
const notify = { method: "POST", path: "/v1.0/debit/notify", body: Buffer.from(spaced), timestamp };

describe("the digest of a body", () => {
  test("a body with white space between its tokens has the digest of the minified one", () => {
    expect(bodyDigest(Buffer.from(spaced))).toBe(digest);
    expect(bodyDigest(Buffer.from(minified))).toBe(digest);
  });

  test("an empty body has the digest of nothing", () => {
    expect(bodyDigest(Buffer.alloc(0))).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  });

  test("white space inside a string counts, after an escaped quote too", () => {
    expect(bodyDigest(Buffer.from(minified.replace("a  b", "a b")))).not.toBe(digest);
    expect(bodyDigest(Buffer.from(minified.replace("{x: 1}", "{x:1}")))).not.toBe(digest);
  });
});

describe("a symmetric signature", () => {
  test("a transaction has the signature that openssl computes", () => {
    expect(signSymmetric("client-secret", createVa, "token-1")).toBe(hmac);
    expect(isSymmetricallySigned("client-secret", createVa, "token-1", hmac)).toBe(true);
  });

  test.each([
    ["method", { ...createVa, method: "PUT" }],
    ["path", { ...createVa, path: "/snap/v1.0/transfer-va/create-va" }],
    ["body", { ...createVa, body: Buffer.from(spaced.replace("10000.00", "10000.01")) }],
    ["timestamp", { ...createVa, timestamp: "2020-12-17T10:55:01+07:00" }],
  ])("a transaction whose %s was changed is refused", (_part, changed) => {
    expect(isSymmetricallySigned("client-secret", changed, "token-1", hmac)).toBe(false);
  });

  test("a signature under another token, another secret or of another length is refused", () => {
    expect(isSymmetricallySigned("client-secret", createVa, "token-2", hmac)).toBe(false);
    expect(isSymmetricallySigned("other-secret", createVa, "token-1", hmac)).toBe(false);
    expect(isSymmetricallySigned("client-secret", createVa, "token-1", hmac.slice(0, 20))).toBe(false);
    expect(isSymmetricallySigned("client-secret", createVa, "token-1", "")).toBe(false);
  });
});

describe("an asymmetric signature", () => {
  test("a token request signed with openssl is verified; one for another key or time is not", () => {
    expect(isTokenRequestSigned(publicKey, "client-key", timestamp, tokenSignature)).toBe(true);
    expect(isTokenRequestSigned(publicKey, "client-keY", timestamp, tokenSignature)).toBe(false);
    expect(isTokenRequestSigned(publicKey, "client-key", "2020-12-17T10:55:01+07:00", tokenSignature)).toBe(false);
  });

  test("a call-back signed with openssl is verified; a changed one and garbage are not", () => {
    expect(isAsymmetricallySigned(publicKey, notify, notifySignature)).toBe(true);
    expect(isAsymmetricallySigned(publicKey, { ...notify, path: "/v1.0/debit/notify?a" }, notifySignature)).toBe(false);
    expect(isAsymmetricallySigned(publicKey, { ...notify, body: Buffer.from("{}") }, notifySignature)).toBe(false);
    expect(isAsymmetricallySigned(publicKey, notify, "not base64 at all")).toBe(false);
  });

  test("what one key signs, its public key verifies and no other", () => {
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
    expect(isAsymmetricallySigned(pair.publicKey, notify, signAsymmetric(pair.privateKey, notify))).toBe(true);
    expect(isAsymmetricallySigned(publicKey, notify, signAsymmetric(pair.privateKey, notify))).toBe(false);
    const signature = signTokenRequest(pair.privateKey, "k", timestamp);
    expect(isTokenRequestSigned(pair.publicKey, "k", timestamp, signature)).toBe(true);
  });
});
