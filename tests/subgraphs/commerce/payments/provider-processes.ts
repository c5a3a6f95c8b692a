import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { childEnvironment } from "../../../../launcher/child-environment.ts";
import { claimPorts } from "../../../../launcher/ports.ts";
import { projectRoot } from "../../../../platform/runtime/project-root.ts";
import { rsaKeysOf } from "../../../support/rsa-keys.ts";

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

/** The sandbox's providers, in the order of commerce's connectors. */
export const providerNames = ["bank-cendana", "bank-meranti", "kantong", "lumbung", "gerbang"] as const;

/** One of them. */
export type ProviderName = (typeof providerNames)[number];

/** The sandbox's providers, each on its own port with its own book. */
export interface ProviderProcesses {
  readonly bank: ProviderControl;
  readonly kantong: ProviderControl;
  /** The provider of that name, or of that way to pay. @throws when it was not started. */
  readonly of: (methodId: string) => ProviderControl;
  /** Forgets what tests asked of all of them. */
  readonly resetAll: () => Promise<void>;
  /** For COMMERCE_PROVIDERS_FILE. */
  readonly providersFile: string;
  /** The port that call-backs go to. */
  readonly callbackPort: number;
  readonly callbackUrl: string;
  readonly stop: () => Promise<void>;
}

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
  for (let round = 0; round < 1_000; round += 1) {
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

const notification = { timeoutMs: 4_000, retryDelaysMs: [300, 300, 300] };
const partnerId = "ETALASE01";

function snapFiles(provider: ProviderName, port: number, callbackUrl: string, products: object) {
  const merchant = rsaKeysOf(`merchant-at-${provider}`);
  const theirs = rsaKeysOf(provider);
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
      notification,
    },
  };
}

function processorFiles(port: number, callbackUrl: string) {
  const secrets = { secretKey: "secret-key-of-the-merchant", webhookToken: "webhook-token-of-gerbang" };
  return {
    commerce: { baseUrl: `http://127.0.0.1:${port}`, ...secrets },
    sandbox: { port, ...secrets, webhookUrl: `${callbackUrl}/gerbang/webhook`, notification },
  };
}

const products = {
  "bank-cendana": {
    virtualAccount: { partnerServiceId: "   88123" },
    qris: { merchantId: "ID1020304050607", storeId: "ETALASE" },
    transfer: { bankCode: "950", sourceAccountNo: "9500012345678" },
  },
  "bank-meranti": { virtualAccount: { partnerServiceId: "   70014" } },
  kantong: { wallet: { merchantId: "ETALASE" } },
  lumbung: { wallet: { merchantId: "ETALASE" } },
} as const;

/**
 * Starts providers of dist/sandbox on free ports: those named, each as its own process, or all of them in the
 * one that `npm start` runs.
 */
export async function startProviders(wanted?: readonly ProviderName[]): Promise<ProviderProcesses> {
  const folder = mkdtempSync(join(tmpdir(), "etalase-payments-"));
  const [callbackPort = 0, identityPort = 0, ...ports] = await claimPorts(2 + providerNames.length);
  const callbackUrl = `http://127.0.0.1:${callbackPort}`;
  const files = providerNames.map((name, index) => {
    const port = ports[index] ?? 0;
    const pair =
      name === "gerbang" ? processorFiles(port, callbackUrl) : snapFiles(name, port, callbackUrl, products[name]);
    return { name, url: `http://127.0.0.1:${port}`, ...pair };
  });
  const byName = (side: "commerce" | "sandbox") => Object.fromEntries(files.map((file) => [file.name, file[side]]));
  const providersFile = join(folder, "providers.json");
  const sandboxFile = join(folder, "sandbox.json");
  writeFileSync(providersFile, JSON.stringify(byName("commerce")));
  const keyFile = join(folder, "identity.pem");
  writeFileSync(keyFile, rsaKeysOf("identity").privateKey);
  const identity = { port: identityPort, issuer: `http://localhost:${identityPort}`, keyFile };
  writeFileSync(sandboxFile, JSON.stringify({ identity, providers: byName("sandbox") }));
  const environment = { SANDBOX_CONFIG_FILE: sandboxFile, SANDBOX_DATA_DIR: folder, LOG_LEVEL: "warn" };
  const shown = files.filter(({ name }) => wanted === undefined || wanted.includes(name));
  const host = wanted === undefined ? startProgram("sandbox/host.js", environment) : undefined;
  const running = shown.map(({ name, url }) => ({
    name,
    url,
    ...(host ?? startProgram(`sandbox/${name}/main.js`, environment)),
  }));
  await Promise.all(running.map(({ url, child, output }) => untilReady(url, child, output)));
  const controls = new Map<string, ProviderControl>(files.map(({ name, url }) => [name, controlOf(url)]));
  const of = (methodId: string): ProviderControl => {
    const control = controls.get(methodId.split(".")[0] ?? "");
    if (control === undefined) throw new Error(`no provider serves ${methodId}`);
    return control;
  };
  return {
    bank: of("bank-cendana"),
    kantong: of("kantong"),
    of,
    resetAll: async () => {
      await Promise.all(running.map(({ name }) => of(name).reset()));
    },
    providersFile,
    callbackPort,
    callbackUrl,
    stop: async () => {
      await Promise.all(running.map(({ child }) => end(child)));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
