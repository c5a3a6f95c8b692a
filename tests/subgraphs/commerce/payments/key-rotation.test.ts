import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { useDatabase } from "../../../support/databases.ts";
import { newRsaKeys } from "../../../support/rsa-keys.ts";
import { eventually, openPaymentRig, type PaymentRig } from "./payment-rig.ts";

const patienceMs = 30_000;

describe("keys that are rolled over while commerce runs", () => {
  const commerce = useDatabase("commerce", { rows: "none" });
  let rig: PaymentRig;

  /** Replaces a provider's entry in COMMERCE_PROVIDERS_FILE as an operator does: a new file, renamed over the old one. */
  const edit = (provider: string, changes: object): void => {
    const { providersFile } = rig.providers;
    const file = JSON.parse(readFileSync(providersFile, "utf8"));
    file[provider] = { ...file[provider], ...changes };
    writeFileSync(`${providersFile}.new`, JSON.stringify(file));
    renameSync(`${providersFile}.new`, providersFile);
  };
  const statusOfNew = async (methodId: string) => (await rig.load(await rig.request({ methodId }))).status;
  /** What a validly signed message about a new, unpaid charge is answered. */
  const told = async (methodId: string, operation: string, fields: object) => {
    const { paymentId } = await rig.request({ methodId });
    const message = { partnerReferenceNo: paymentId, operation, signature: "valid", fields };
    return (await rig.providers.of(methodId).post("forge", message)).answers[0]?.responseCode;
  };
  const pending = { latestTransactionStatus: "03" };
  const until = (check: () => Promise<boolean>, what: string) =>
    eventually(async () => ((await check()) ? true : undefined), what, patienceMs);
  const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();

  beforeAll(async () => {
    rig = await openPaymentRig(commerce.urls.runtime, false);
  }, 180_000);
  afterAll(async () => {
    await rig?.stop();
  });

  test("what we present to a SNAP provider switches with the file, without a call that fails in between", async () => {
    const { privateKey, publicKey } = newRsaKeys();
    const clientSecret = "the-next-secret-of-the-merchant";
    await rig.providers.kantong.post("keys", { clientSecret, merchantPublicKeyPem: publicKey, overlap: true });
    const statuses = [await statusOfNew("kantong.wallet")];
    edit("kantong", { clientSecret, privateKeyPem: privateKey });
    for (let round = 0; round < 12; round += 1) statuses.push(await statusOfNew("kantong.wallet"));
    expect(new Set(statuses)).toEqual(new Set(["AWAITING_PAYMENT"]));
    // From here on only the new keys are good.
    await until(async () => {
      await rig.providers.kantong.post("keys", { overlap: false });
      return (await statusOfNew("kantong.wallet")) === "AWAITING_PAYMENT";
    }, "a call with the new keys alone");
  }, 90_000);

  test("call-backs signed by RSA are believed by the old and the new key during the overlap, then by the new one alone", async () => {
    const { privateKey, publicKey } = newRsaKeys();
    const current = JSON.parse(readFileSync(rig.providers.providersFile, "utf8")).kantong;
    const tell = () => told("kantong.wallet", "wallet-notify", pending);
    expect(await tell()).toBe("2005600");
    const previous = { until: inSeconds(6), providerPublicKeyPem: current.providerPublicKeyPem };
    edit("kantong", { providerPublicKeyPem: publicKey, previous });
    expect(await tell()).toBe("2005600");
    await until(async () => (await tell()) === "4015600", "the end of the overlap");
    await rig.providers.kantong.post("keys", { privateKeyPem: privateKey });
    expect(await tell()).toBe("2005600");
  }, 90_000);

  test("call-backs with an HMAC are believed by the old and the new secret during the overlap, then by the new one alone", async () => {
    const current = JSON.parse(readFileSync(rig.providers.providersFile, "utf8")).lumbung;
    const tell = () => told("lumbung.wallet", "wallet-notify", pending);
    expect(await tell()).toBe("2005600");
    const clientSecret = "the-next-secret-of-lumbung-at-us";
    edit("lumbung", {
      inbound: { ...current.inbound, clientSecret },
      previous: { until: inSeconds(8), inbound: current.inbound },
    });
    expect(await tell()).toBe("2005600");
    await rig.providers.of("lumbung").post("keys", { callbackSecret: clientSecret });
    await until(async () => (await tell()) === "2005600", "a call-back with the new secret");
    await rig.providers.of("lumbung").post("keys", { callbackSecret: current.inbound.clientSecret });
    await until(async () => /^401/.test((await tell()) ?? ""), "the end of the overlap");
  }, 90_000);

  test("the processor's key and token are rolled over in the same way", async () => {
    const current = JSON.parse(readFileSync(rig.providers.providersFile, "utf8")).gerbang;
    const gerbang = rig.providers.of("gerbang");
    const [secretKey, webhookToken] = ["the-next-key-of-the-merchant", "the-next-token-of-gerbang"];
    const tell = () => told("gerbang.card", "charge-webhook", {});
    await gerbang.post("keys", { secretKey, overlap: true });
    expect(await statusOfNew("gerbang.card")).toBe("AWAITING_PAYMENT");
    edit("gerbang", { secretKey, webhookToken, previous: { until: inSeconds(6), webhookToken: current.webhookToken } });
    expect(await tell()).toBe("200");
    await until(async () => {
      await gerbang.post("keys", { overlap: false });
      return (await statusOfNew("gerbang.card")) === "AWAITING_PAYMENT";
    }, "a call with the new key alone");
    await until(async () => (await tell()) === "401", "the end of the overlap");
    await gerbang.post("keys", { webhookToken });
    expect(await tell()).toBe("200");
  }, 90_000);

  test("a file that cannot be used changes nothing, and a good one afterwards does", async () => {
    edit("bank-cendana", { privateKeyPem: "no key" });
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(await statusOfNew("bank-cendana.qris")).toBe("AWAITING_PAYMENT");
  }, 60_000);
});
