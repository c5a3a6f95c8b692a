import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import { deploymentFiles } from "../../../../launcher/deployment-files.ts";
import { loadKeyMaterial } from "../../../../launcher/key-material.ts";
import { composeConnectors } from "../../../../subgraphs/commerce/composition/connectors.ts";
import type { PaymentMethod } from "../../../../subgraphs/commerce/domain/payment.ts";
import { testRunFolder } from "../../../support/test-run.ts";
import { methodsUnderTest } from "./methods-under-test.ts";

// Inspector's requirement R10, shown on the files that `npm start` writes.
describe("the ways to pay that are offered", () => {
  const folder = mkdtempSync(join(testRunFolder(), "offered-"));
  let methods: readonly PaymentMethod[];

  beforeAll(async () => {
    const keys = await loadKeyMaterial(join(folder, "keys.json"));
    const ports = {
      gateway: 1,
      storefront: 2,
      commerce: 3,
      commerceCallback: 4,
      commerceWorker: 5,
      identity: 6,
      bankCendana: 7,
      kantong: 8,
      bankMeranti: 9,
      lumbung: 10,
      gerbang: 11,
      storefrontEvents: 12,
      lintasKurir: 13,
      rantauEkspres: 14,
    };
    const urls = { migrator: "postgresql://h/m", runtime: "postgresql://h/r" };
    const databases = { storefront: urls, commerce: urls };
    const settings = { root: "/r", folder, ports, databases, keys, logLevel: "info" };
    const written = deploymentFiles(settings, "preset.json").find(({ path }) =>
      path.endsWith("commerce/providers.json"),
    );
    const providersFile = join(folder, "providers.json");
    writeFileSync(providersFile, written?.content ?? "");
    const connectors = composeConnectors({
      providersFile,
      callbackPublicUrl: "http://127.0.0.1:4",
      clock: () => new Date(),
      logger: pino({ level: "silent" }),
    });
    methods = connectors.providers.flatMap((provider) => provider.methods);
    await connectors.close();
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const providersOf = (kind: PaymentMethod["kind"]) =>
    new Set(methods.filter((method) => method.kind === kind).map(({ provider }) => provider));

  test("are of at least two banks and two e-wallets, beside QRIS and a card", () => {
    expect(providersOf("VIRTUAL_ACCOUNT").size).toBeGreaterThanOrEqual(2);
    expect(providersOf("E_WALLET").size).toBeGreaterThanOrEqual(2);
    expect(providersOf("QRIS").size).toBeGreaterThanOrEqual(1);
    expect(providersOf("CARD").size).toBeGreaterThanOrEqual(1);
  });

  test("are each tested against the sandbox's process of their provider", () => {
    expect(methodsUnderTest.map(({ methodId }) => methodId).sort()).toEqual(methods.map(({ id }) => id).sort());
  });
});
