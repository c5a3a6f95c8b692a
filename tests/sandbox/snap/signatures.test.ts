import { createPublicKey } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import {
  asymmetricStringToSign,
  signSymmetric,
  symmetricStringToSign,
  tokenStringToSign,
  verifyAsymmetric,
  verifySymmetric,
} from "../../../sandbox/snap/signatures.ts";

// Every constant here was computed with the openssl command line (dgst -sha256, -sha512 -hmac, -sign), not with Node.
const publicKey = createPublicKey(`-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAskCW1ifeuQuup0P1u9u5
ynaUT2UfRQ3mLsfTPV9Nozqp20N0SlkWe2rStHS2KCbiVdC8XxQSp42xUUeKPr1N
KRFsZccgTAI34JoDgjKTs1lmZprM7ShPEK/m/CmFCLkmCxGY6/GOiL+nTpRhIKuV
eh+CLAph6KbeTS8++9aV5hA8ZAknVDHF8jvsCtIUqSXoTxztaxtv61ftEXoJnRxY
XFq3z+wvcYCbnI3YDgLYH1G1ypvLNrXwP4dYr8rxwy1pEODwq7vdUcG8qs+XgURM
HqUM/tvUlrqlz7fq+B9R2ZqslzopiDL6tnfib3JGZJw16fbzVetOggIetBOWC/tp
PwIDAQAB
-----END PUBLIC KEY-----`);
const timestamp = "2020-12-17T10:55:00+07:00";
const spaced = Buffer.from(`{ "partnerServiceId" : "   88123",
\t"note" : "a \\" b\\\\", "nested" : { "x" : [ 1, 2 ] } }\r\n`);
const minifiedHash = "892c541825a46dbb03f5f11c7cb8a4642de2f48c0d7608a487bc26a62ebbf199";
const secret = "merchant-secret-0123";
const created = { method: "POST", path: "/v1.0/transfer-va/create-va?lang=id", rawBody: spaced, timestamp };
const accessToken = "gp9HjjEj813Y9JGoqwOeOPWbnt4CUpvIJbU1mMU4a11MNDZ7Sg5u9a";
const symmetric = "n2oJLzCzes+7Vpp2hasrScysaI5dJS1DykrIrbSFeNu7UtQoBTI58zVMuwCWS8/D6SkcP3XTg7l4EvM4ZwCXuw==";
const empty = "d5MX9UBx8+EAp7I9OIzRj1CKkbxZ9GhLFPRuPLSkSr5rBZJ8OqJpEa5WahSgfSS+NrcD9Am8RbQfBTTvoXrxTA==";
const tokenSignature =
  "V+On3yIbzSotiogfYEKpSpupzoUBb/nQ2aiPFBSejt5Nus+nvxyBDdYPz/CjXs97R8YLKtdCZz7q2LhZzv+aLY+t7g15adszUSytITPIe5iFBBI4gqfgVxbUlHtbQb2q3jilaGoIDBULhunQAhu+44v1MgYYEk0kERjQXMojbG89Q3/EFDJQn14vlZbjZqMtNrGXqBD4tmgjyehZDWxRhlnqOc0/O4MOcZiWROH6J4LSgsggT3nWtdzMIoif1w87X1pWqM9d1x8/GXB/UFuV+dNIGdk9SyxWrhV/UzHMellJdhrRgMhjgL8UF/3hwze2v1UuAvZiTu7Kq0ZCOZ0hRA==";
const notifySignature =
  "gHrpcNfBocb9kuWQLBWi/mue7zXLCN5vpkxb1tZCZbHiQ60wrCvcEI8D4s64+AHVuKcK8Uq9WYxcJmt27/zI5kl+zekFwnnmoKysV4UwUtvESJgCsBANZPDuThPQZsIkfJ79tBbcLRhWBBx2qr2KfQIs1pVzK93MM0qoB4QojwVJBz178n4rDh/Rsmhy9GIiNObMhsRsq6Bvhlx+0tsXB+7pqnZM9cfS7wiMBvVbCxoJ7VLVyC4qZ98ER9WoDngU0kNIo1qcOTWFzi8YQ/Z/fyBx5OmUrmu1QsVGgUY8vN8VpuIuoDvtt1les7hGXnVbNnnjBtXdX6z7pqOO7qg/gg==";

describe("symmetric transaction signature", () => {
  test("a spaced body, signed, is what openssl computes over the minified one", () => {
    expect(symmetricStringToSign(created, accessToken)).toBe(
      `POST:/v1.0/transfer-va/create-va?lang=id:${accessToken}:${minifiedHash}:${timestamp}`,
    );
    expect(signSymmetric(symmetricStringToSign(created, accessToken), secret)).toBe(symmetric);
  });

  test("an empty body, signed, hashes the empty string", () => {
    const request = { method: "GET", path: "/v1.0/transfer-va/report", rawBody: Buffer.alloc(0), timestamp };
    expect(signSymmetric(symmetricStringToSign(request, "tok"), secret)).toBe(empty);
  });

  test("a signature, verified, is refused when anything it covers differs", () => {
    const accepts = (request: typeof created, token = accessToken, key = secret) =>
      verifySymmetric(symmetricStringToSign(request, token), key, symmetric);
    expect(accepts(created)).toBe(true);
    expect(accepts({ ...created, method: "PUT" })).toBe(false);
    expect(accepts({ ...created, path: "/v1.0/transfer-va/create-va" })).toBe(false);
    expect(accepts({ ...created, timestamp: "2020-12-17T10:55:01+07:00" })).toBe(false);
    expect(accepts({ ...created, rawBody: Buffer.from(String(spaced).replace("   88123", "  88123")) })).toBe(false);
    expect(accepts(created, "another")).toBe(false);
    expect(accepts(created, accessToken, "another")).toBe(false);
  });

  test.each(["", "=", "AAAA", "not base64 at all", symmetric.slice(4)])(
    "a malformed signature %p is false",
    (given) => {
      expect(verifySymmetric(symmetricStringToSign(created, accessToken), secret, given)).toBe(false);
    },
  );
});

describe("asymmetric signatures", () => {
  test("a token request signed by openssl is accepted, for that client and moment only", () => {
    const text = (clientKey: string, moment = timestamp) => tokenStringToSign(clientKey, moment);
    const clientKey = "962489e9-de5d-4eb7-92a4-b07d44d64bf4";
    expect(verifyAsymmetric(text(clientKey), publicKey, tokenSignature)).toBe(true);
    expect(verifyAsymmetric(text("another"), publicKey, tokenSignature)).toBe(false);
    expect(verifyAsymmetric(text(clientKey, "2020-12-17T10:55:01+07:00"), publicKey, tokenSignature)).toBe(false);
  });

  test("a notification signed by openssl is accepted, and no other signature", () => {
    const text = asymmetricStringToSign({ ...created, path: "/v1.0/debit/notify" });
    expect(verifyAsymmetric(text, publicKey, notifySignature)).toBe(true);
    expect(verifyAsymmetric(text, publicKey, tokenSignature)).toBe(false);
    expect(verifyAsymmetric(text, publicKey, "")).toBe(false);
  });
});
