import { createPrivateKey, createPublicKey } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "../../../platform/runtime/logger.ts";
import { createBankCendana } from "../../../sandbox/bank-cendana/server.ts";
import { createBankMeranti } from "../../../sandbox/bank-meranti/server.ts";
import type { ProviderConfig } from "../../../sandbox/config.ts";
import { createKantong } from "../../../sandbox/kantong/server.ts";
import { createLumbung } from "../../../sandbox/lumbung/server.ts";
import {
  callbackCredentials,
  credentials,
  merchantKeys,
  providerKeys,
  SnapCaller,
  TestMerchant,
} from "./test-merchant.ts";

/** The merchant's company code at the bank. */
export const partnerServiceId = "   88123";

/** A provider in this process, a merchant that listens, and a caller for the merchant's own requests. */
export interface Stage {
  readonly merchant: TestMerchant;
  readonly caller: SnapCaller;
  readonly book: string;
  /** Where the merchant is called. */
  readonly merchantUrl: string;
  readonly close: () => Promise<void>;
}

/** A clock that tests can put forward. */
export interface TestClock {
  aheadMs: number;
}

function settings(merchantCallbackUrl: string, retryDelaysMs: number[]): ProviderConfig {
  return {
    port: 4999,
    ...credentials,
    merchantPublicKeyPem: createPublicKey(merchantKeys.publicPem),
    privateKeyPem: createPrivateKey(providerKeys.privatePem),
    merchantCallbackUrl,
    callback: callbackCredentials,
    virtualAccount: { partnerServiceId },
    qris: { merchantId: "00007100010926", storeId: "ETALASE-1" },
    wallet: { merchantId: "ETALASE" },
    transfer: { bankCode: "950", sourceAccountNo: "9500012345678", openingBalance: "1000000.00" },
    notification: { timeoutMs: 300, retryDelaysMs },
  };
}

const creators = {
  "bank-cendana": createBankCendana,
  "bank-meranti": createBankMeranti,
  kantong: createKantong,
  lumbung: createLumbung,
} as const;

/** Starts a provider with an empty book, and a merchant for it. */
export async function setUp(
  name: keyof typeof creators,
  clock: TestClock = { aheadMs: 0 },
  retryDelaysMs: number[] = [50, 50, 50],
): Promise<Stage> {
  const merchant = new TestMerchant();
  const folder = mkdtempSync(join(tmpdir(), "etalase-sandbox-"));
  const create = creators[name];
  const logger = createLogger("test");
  logger.level = "silent";
  const merchantUrl = await merchant.listen();
  const config = settings(merchantUrl, retryDelaysMs);
  const { app, provider } = await create(config, folder, logger, () => new Date(Date.now() + clock.aheadMs));
  await app.listen({ port: 0, host: "127.0.0.1" });
  provider.delivery.resume();
  return {
    merchant,
    caller: new SnapCaller(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`),
    book: join(folder, `${name}.jsonl`),
    merchantUrl,
    async close() {
      await app.close();
      await provider.close();
      await merchant.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until something is so; fails after twenty seconds. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error("it did not become so within twenty seconds");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
