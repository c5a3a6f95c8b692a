import { mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { createLocalJWKSet, importJWK, jwtVerify, SignJWT } from "jose";
import { describeDeployment } from "../../launcher/deployment.ts";
import { type KeyMaterial, loadKeyMaterial, publicKeySet, publicPem } from "../../launcher/key-material.ts";
import { writePrivateFile } from "../../launcher/private-files.ts";
import { testRunFolder } from "../support/test-run.ts";

let folder = "";
let keys: KeyMaterial;

beforeAll(async () => {
  folder = mkdtempSync(join(testRunFolder(), "keys-"));
  keys = await loadKeyMaterial(join(folder, "secrets", "launcher", "keys.json"));
});

describe("the secrets of a deployment", () => {
  test("loaded again, are the same", async () => {
    expect(await loadKeyMaterial(join(folder, "secrets", "launcher", "keys.json"))).toEqual(keys);
  });

  test("with one missing, keep the others and get that one", async () => {
    const { pairwiseSecret: _, ...rest } = keys;
    writeFileSync(join(folder, "partial.json"), JSON.stringify(rest));
    const completed = await loadKeyMaterial(join(folder, "partial.json"));
    expect(completed).toMatchObject(rest);
    expect(completed.pairwiseSecret).toHaveLength(64);
    expect(JSON.parse(readFileSync(join(folder, "partial.json"), "utf8"))).toEqual(completed);
  });

  test("of before a provider was added, keep those of the others and get those of that one", async () => {
    const { lumbung: _, ...others } = keys.providers;
    writeFileSync(join(folder, "older.json"), JSON.stringify({ ...keys, providers: others }));
    const completed = await loadKeyMaterial(join(folder, "older.json"));
    expect(completed.providers).toMatchObject(others);
    expect(completed.providers.lumbung.outbound.clientSecret).toEqual(expect.any(String));
    expect(await loadKeyMaterial(join(folder, "older.json"))).toEqual(completed);
  });

  test("that are not JSON, are refused with what to do", async () => {
    writeFileSync(join(folder, "broken.json"), "{");
    await expect(loadKeyMaterial(join(folder, "broken.json"))).rejects.toThrow(/`npm run reset`/);
  });

  test("signing keys, verify by the key set that the verifying party is given", async () => {
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: "EdDSA", kid: keys.attributionKey.kid })
      .sign(await importJWK({ ...keys.attributionKey }, "EdDSA"));
    const keySet = publicKeySet(keys.attributionKey) as Parameters<typeof createLocalJWKSet>[0];
    await jwtVerify(token, createLocalJWKSet(keySet));
    expect(JSON.stringify(keySet)).not.toContain(keys.attributionKey.d);
  });
});

describe("the files of a deployment", () => {
  const databases = {
    storefront: { migrator: "postgresql://sm:pw-sm@h/s", runtime: "postgresql://sr:pw-sr@h/s" },
    commerce: { migrator: "postgresql://cm:pw-cm@h/c", runtime: "postgresql://cr:pw-cr@h/c" },
  };
  const ports = {
    gateway: 1,
    storefront: 2,
    storefrontEvents: 9,
    commerce: 3,
    commerceCallback: 4,
    commerceWorker: 5,
    identity: 6,
    bankCendana: 7,
    kantong: 8,
    bankMeranti: 9,
    lumbung: 10,
    gerbang: 11,
    lintasKurir: 12,
    rantauEkspres: 13,
  };
  const deployment = () => describeDeployment({ root: "/r", folder, ports, databases, keys, logLevel: "info" });

  test("written, can be read by their user alone, in folders nobody else enters", () => {
    for (const file of deployment().files) {
      writePrivateFile(file.path, file.content);
      expect(statSync(file.path).mode & 0o777).toBe(0o600);
      expect(statSync(join(file.path, "..")).mode & 0o777).toBe(0o700);
    }
    expect(statSync(join(folder, "secrets", "launcher", "keys.json")).mode & 0o777).toBe(0o600);
  });

  // What a process must not learn: the secrets of the others.
  const foreign: Record<string, (material: KeyMaterial) => string[]> = {
    gateway: (m) => [m.attributionKey.d, m.identityKey.d, m.providers.kantong.merchantPrivateKeyPem, "pw-"],
    storefront: (m) => [
      m.organisationTokenKey.d,
      m.identityKey.d,
      m.eventKey.d,
      m.pairwiseSecret,
      // Nothing with which a provider could be asked for money.
      ...Object.values(m.providers).flatMap(({ merchantPrivateKeyPem, outbound, inbound }) => [
        merchantPrivateKeyPem,
        outbound.clientSecret,
        inbound.clientSecret,
      ]),
      m.gerbang.secretKey,
      m.gerbang.webhookToken,
      m.lintasKurir.apiKey,
      m.lintasKurir.callbackSecret,
      m.rantauEkspres.password,
      "pw-c",
      "pw-sm",
    ],
    commerce: (m) => [
      m.organisationTokenKey.d,
      m.attributionKey.d,
      m.identityKey.d,
      m.pairwiseSecret,
      m.providers.kantong.providerPrivateKeyPem,
      m.rantauEkspres.privateKeyPem,
      "pw-s",
      "pw-cm",
    ],
    sandbox: (m) => [
      m.organisationTokenKey.d,
      m.attributionKey.d,
      m.pairwiseSecret,
      m.providers.kantong.merchantPrivateKeyPem,
      "pw-",
    ],
  };

  test.each(Object.keys(foreign))("of %s, name no file and no secret of another owner", (owner) => {
    const { files, processes } = deployment();
    const own = files.filter(({ path }) => path.startsWith(join(folder, "secrets", owner)));
    expect(own.length).toBeGreaterThan(0);
    const mine = processes.filter(({ name }) => name.startsWith(owner));
    const told = JSON.stringify([own.map(({ content }) => JSON.stringify(content)), mine]);
    for (const secret of [...(foreign[owner]?.(keys) ?? []), keys.superuserPassword]) {
      expect(told.includes(JSON.stringify(JSON.stringify(secret)).slice(3, -3))).toBe(false);
    }
    for (const other of Object.keys(foreign).filter((name) => name !== owner)) {
      expect(JSON.stringify(mine)).not.toContain(join("secrets", other));
    }
  });

  test("of merchant and provider, agree about each other", () => {
    const { files } = deployment();
    const content = (name: string) => JSON.parse(files.find(({ path }) => path.endsWith(name))?.content ?? "{}");
    const merchant = content("commerce/providers.json");
    const sandbox = content("sandbox/config.json").providers;
    for (const name of ["bank-cendana", "bank-meranti", "kantong", "lumbung"]) {
      expect(sandbox[name].clientSecret).toBe(merchant[name].clientSecret);
      expect(sandbox[name].callback).toEqual(merchant[name].inbound);
      expect(sandbox[name].merchantPublicKeyPem).toBe(publicPem(merchant[name].privateKeyPem));
      expect(merchant[name].providerPublicKeyPem).toBe(publicPem(sandbox[name].privateKeyPem));
      expect(merchant[name].baseUrl).toBe(`http://127.0.0.1:${sandbox[name].port}`);
    }
    const { secretKey, webhookToken } = sandbox.gerbang;
    expect(merchant.gerbang).toEqual({ baseUrl: `http://127.0.0.1:${sandbox.gerbang.port}`, secretKey, webhookToken });
  });

  test("of merchant and courier, agree about each other", () => {
    const { files } = deployment();
    const content = (name: string) => JSON.parse(files.find(({ path }) => path.endsWith(name))?.content ?? "{}");
    const merchant = content("commerce/couriers.json");
    const { "lintas-kurir": lintas, "rantau-ekspres": rantau } = content("sandbox/config.json").couriers;
    const { apiKey, callbackSecret } = lintas;
    expect(merchant["lintas-kurir"]).toEqual({ baseUrl: "http://127.0.0.1:12", apiKey, callbackSecret });
    const { username, password, privateKeyPem } = rantau;
    expect(merchant["rantau-ekspres"]).toEqual({
      baseUrl: "http://127.0.0.1:13",
      username,
      password,
      publicKeyPem: publicPem(privateKeyPem),
    });
  });
});
