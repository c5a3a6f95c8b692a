import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { childEnvironment } from "../../../../launcher/child-environment.ts";
import { claimPorts } from "../../../../launcher/ports.ts";
import { projectRoot } from "../../../../platform/runtime/project-root.ts";

/** A provider's control API. */
export interface ProviderControl {
  readonly url: string;
  /** POSTs to /control/<path>. @throws when the answer is no success. */
  readonly post: (path: string, body: object) => Promise<ControlAnswer>;
  readonly charge: (reference: string) => Promise<ChargeView>;
  readonly behave: (behaviour: object) => Promise<void>;
  readonly reset: () => Promise<void>;
}

/** What the control API answers, as far as these tests read it. */
export interface ControlAnswer {
  readonly outcome?: string;
  readonly answers: readonly {
    readonly httpStatus: number | null;
    readonly responseCode: string | null;
    readonly body: unknown;
  }[];
}

/** A charge in a provider's own book. */
export interface ChargeView {
  readonly reference: string;
  readonly status: string;
  readonly amountPaid: string;
  readonly amountRefunded: string;
  readonly payments: readonly unknown[];
  readonly refunds: readonly unknown[];
}

/** The sandbox's bank and wallet, each its own process. */
export interface ProviderProcesses {
  readonly bank: ProviderControl;
  readonly kantong: ProviderControl;
  /** For COMMERCE_PROVIDERS_FILE. */
  readonly providersFile: string;
  /** The port that call-backs go to. */
  readonly callbackPort: number;
  readonly callbackUrl: string;
  readonly stop: () => Promise<void>;
}

const rsa = () =>
  generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });

function controlOf(url: string): ProviderControl {
  const send = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${url}/control/${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  };
  return {
    url,
    post: async (path, body) => (await send("POST", path, body)) as ControlAnswer,
    charge: async (reference) => (await send("GET", `charges/${encodeURIComponent(reference)}`)) as ChargeView,
    behave: async (behaviour) => void (await send("POST", "behaviours", behaviour)),
    reset: async () => void (await send("DELETE", "behaviours")),
  };
}

/** Waits until a process answers its readiness probe. */
export async function untilReady(url: string, child: ChildProcess, output: () => string): Promise<void> {
  // Generous: a busy machine takes many seconds to start a process.
  for (const until = Date.now() + 60_000; Date.now() < until; ) {
    if (child.exitCode !== null) break;
    const response = await fetch(`${url}/health/ready`).catch(() => undefined);
    if (response?.ok) return;
    await sleep(50);
  }
  throw new Error(`${url} did not become ready:\n${output()}`);
}

/** Starts a program of dist/ with an environment of its own. */
export function startProgram(
  file: string,
  environment: Record<string, string>,
): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, [join(projectRoot, "dist", file)], {
    env: childEnvironment(environment),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output = `${output}${chunk.toString()}`.slice(-20_000);
    });
  }
  return { child, output: () => output };
}

/** Ends a process and waits until it is gone. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await gone;
}

interface PartySettings {
  readonly provider: string;
  readonly port: number;
  readonly callbackUrl: string;
  readonly products: object;
}

function partyFiles({ provider, port, callbackUrl, products }: PartySettings) {
  const merchant = rsa();
  const theirs = rsa();
  const partnerId = "ETALASE01";
  const ours = { clientKey: `${provider}-client`, clientSecret: `secret-of-the-merchant-at-${provider}` };
  const inbound = { clientKey: `${provider}-inbound`, clientSecret: `secret-of-${provider}-at-the-merchant` };
  return {
    commerce: {
      baseUrl: `http://127.0.0.1:${port}`,
      partnerId,
      channelId: "95221",
      ...ours,
      privateKeyPem: merchant.privateKey,
      providerPublicKeyPem: theirs.publicKey,
      inbound,
      ...products,
    },
    sandbox: {
      port,
      partnerId,
      ...ours,
      merchantPublicKeyPem: merchant.publicKey,
      privateKeyPem: theirs.privateKey,
      merchantCallbackUrl: `${callbackUrl}/snap/${provider}`,
      callback: inbound,
      ...products,
      notification: { timeoutMs: 4_000, retryDelaysMs: [300, 300, 300] },
    },
  };
}

/** Starts the bank and the wallet of dist/sandbox with fresh keys on free ports. */
export async function startProviders(): Promise<ProviderProcesses> {
  const folder = mkdtempSync(join(tmpdir(), "etalase-payments-"));
  const [callbackPort = 0, bankPort = 0, walletPort = 0] = await claimPorts(3);
  const callbackUrl = `http://127.0.0.1:${callbackPort}`;
  const bank = partyFiles({
    provider: "bank-cendana",
    port: bankPort,
    callbackUrl,
    products: {
      virtualAccount: { partnerServiceId: "   88123" },
      qris: { merchantId: "ID1020304050607", storeId: "ETALASE" },
      transfer: { bankCode: "950", sourceAccountNo: "9500012345678" },
    },
  });
  const wallet = partyFiles({
    provider: "kantong",
    port: walletPort,
    callbackUrl,
    products: { wallet: { merchantId: "ETALASE" } },
  });
  const providersFile = join(folder, "providers.json");
  const sandboxFile = join(folder, "sandbox.json");
  writeFileSync(providersFile, JSON.stringify({ "bank-cendana": bank.commerce, kantong: wallet.commerce }));
  const identity = { port: 1, issuer: "http://127.0.0.1:1", keyFile: join(folder, "unused") };
  const providers = { "bank-cendana": bank.sandbox, kantong: wallet.sandbox };
  writeFileSync(sandboxFile, JSON.stringify({ identity, providers }));
  const environment = { SANDBOX_CONFIG_FILE: sandboxFile, SANDBOX_DATA_DIR: folder, LOG_LEVEL: "warn" };
  const programs = ["bank-cendana", "kantong"].map((name) => startProgram(`sandbox/${name}/main.js`, environment));
  const urls = [bankPort, walletPort].map((port) => `http://127.0.0.1:${port}`);
  await Promise.all(programs.map(({ child, output }, index) => untilReady(urls[index] ?? "", child, output)));
  return {
    bank: controlOf(urls[0] ?? ""),
    kantong: controlOf(urls[1] ?? ""),
    providersFile,
    callbackPort,
    callbackUrl,
    stop: async () => {
      await Promise.all(programs.map(({ child }) => end(child)));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
