import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ConfigurationError } from "../../../platform/runtime/config.ts";
import { readCommerceConfig } from "../../../subgraphs/commerce/config.ts";

let folder: string;
let environment: NodeJS.ProcessEnv;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "commerce-config-"));
  const keys = join(folder, "keys.json");
  writeFileSync(keys, JSON.stringify({ keys: [{ kty: "OKP", crv: "Ed25519", x: "x", kid: "1" }] }));
  writeFileSync(join(folder, "empty.json"), JSON.stringify({ keys: [] }));
  environment = {
    COMMERCE_DATABASE_URL: "postgresql://commerce@localhost/commerce",
    COMMERCE_GATEWAY_JWKS_FILE: keys,
    COMMERCE_ATTRIBUTION_JWKS_FILE: keys,
    COMMERCE_PROVIDERS_FILE: join(folder, "providers.json"),
  };
});

afterAll(() => rmSync(folder, { recursive: true }));

test("settings that are complete are read, with the agreed ports and fifteen minutes to pay unless told otherwise", () => {
  expect(readCommerceConfig(environment)).toMatchObject({ port: 4002, callbackPort: 4003, paymentTtlSeconds: 900 });
  expect(readCommerceConfig({ ...environment, COMMERCE_PAYMENT_TTL_SECONDS: "60" }).paymentTtlSeconds).toBe(60);
});

test.each([
  ["COMMERCE_DATABASE_URL", "mysql://localhost/x", "COMMERCE_DATABASE_URL: must be a postgresql:// URL"],
  ["COMMERCE_DATABASE_URL", undefined, "COMMERCE_DATABASE_URL"],
  ["COMMERCE_PORT", "99999", "COMMERCE_PORT"],
  ["COMMERCE_PAYMENT_TTL_SECONDS", "0", "COMMERCE_PAYMENT_TTL_SECONDS"],
  ["COMMERCE_GATEWAY_JWKS_FILE", undefined, "COMMERCE_GATEWAY_JWKS_FILE: must name the file"],
  ["COMMERCE_ATTRIBUTION_JWKS_FILE", "/nowhere/keys.json", "/nowhere/keys.json: cannot be read (ENOENT)"],
])("%s set to %p is refused with a sentence that names it", (name, value, sentence) => {
  const read = () => readCommerceConfig({ ...environment, [name]: value });
  expect(read).toThrow(ConfigurationError);
  expect(read).toThrow(sentence);
});

test("a key file without keys is refused with a sentence that names it", () => {
  const file = join(folder, "empty.json");
  expect(() => readCommerceConfig({ ...environment, COMMERCE_GATEWAY_JWKS_FILE: file })).toThrow(`${file}: keys`);
});
