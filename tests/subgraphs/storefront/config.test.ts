import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { readStorefrontConfig } from "../../../subgraphs/storefront/config.ts";

const folder = mkdtempSync(join(tmpdir(), "etalase-storefront-config-"));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

const key = { kty: "OKP", crv: "Ed25519", kid: "one", x: "x", d: "d" };
const complete = {
  STOREFRONT_DATABASE_URL: "postgresql://storefront_runtime:secret@127.0.0.1:5432/storefront",
  STOREFRONT_GATEWAY_JWKS_FILE: file("jwks.json", { keys: [{ kty: "OKP", kid: "one" }] }),
  STOREFRONT_ATTRIBUTION_KEY_FILE: file("key.json", key),
};

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the storefront's settings", () => {
  test("complete ones, with nothing optional, are read with their defaults", () => {
    expect(readStorefrontConfig(complete)).toEqual({
      port: 4001,
      databaseUrl: complete.STOREFRONT_DATABASE_URL,
      listenDatabaseUrl: complete.STOREFRONT_DATABASE_URL,
      databaseMaxConnections: 10,
      gatewayKeys: { keys: [{ kty: "OKP", kid: "one" }] },
      tokenIssuer: "etalase-gateway",
      attributionKey: key,
      events: null,
    });
  });

  test("with the keys of those who tell events, say where these are taken", () => {
    const keysFile = file("event-jwks.json", { keys: [] });
    const { events } = readStorefrontConfig({ ...complete, STOREFRONT_EVENTS_JWKS_FILE: keysFile });
    expect(events).toEqual({ port: 4005, keysFile });
  });

  test.each([
    ["STOREFRONT_DATABASE_URL", undefined],
    ["STOREFRONT_DATABASE_URL", "mysql://user:secret@host/db"],
    ["STOREFRONT_PORT", "many"],
    ["STOREFRONT_DATABASE_MAX_CONNECTIONS", "0"],
    ["STOREFRONT_GATEWAY_JWKS_FILE", undefined],
    ["STOREFRONT_GATEWAY_JWKS_FILE", join(folder, "absent.json")],
    ["STOREFRONT_ATTRIBUTION_KEY_FILE", file("public.json", { ...key, d: undefined })],
  ])("%s as %p is refused by name, without the value's secrets", (name, value) => {
    const read = () => readStorefrontConfig({ ...complete, [name]: value });
    const subject = value?.startsWith(folder) ? value : name;
    expect(read).toThrow(subject);
    expect(read).not.toThrow("secret");
  });
});
