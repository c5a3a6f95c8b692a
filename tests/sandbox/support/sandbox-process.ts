import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { childEnvironment } from "../../../launcher/child-environment.ts";
import { projectRoot } from "../../../platform/runtime/project-root.ts";
import { until } from "./providers.ts";
import { callbackCredentials, credentials, keysOf, merchantKeys, providerKeys } from "./test-merchant.ts";

/** Ports of a sandbox that a test starts. */
export interface SandboxPorts {
  readonly identity: number;
  readonly bankCendana: number;
  readonly kantong: number;
  readonly bankMeranti: number;
  readonly lumbung: number;
  readonly gerbang: number;
}

/** Writes the settings of a sandbox into a folder; the books go there too. */
export function writeSettings(folder: string, ports: SandboxPorts, merchantCallbackUrl: string): void {
  const provider = (port: number) => ({
    port,
    ...credentials,
    merchantPublicKeyPem: merchantKeys.publicPem,
    privateKeyPem: providerKeys.privatePem,
    merchantCallbackUrl,
    callback: callbackCredentials,
    notification: { timeoutMs: 500, retryDelaysMs: Array(40).fill(100) },
  });
  const keyFile = join(folder, "identity.pem");
  writeFileSync(keyFile, keysOf("identity").privatePem);
  const settings = {
    identity: { port: ports.identity, issuer: `http://localhost:${ports.identity}`, keyFile },
    providers: {
      "bank-cendana": {
        ...provider(ports.bankCendana),
        virtualAccount: { partnerServiceId: "   88123" },
        qris: { merchantId: "00007100010926", storeId: "ETALASE-1" },
      },
      "bank-meranti": { ...provider(ports.bankMeranti), virtualAccount: { partnerServiceId: "   70014" } },
      kantong: { ...provider(ports.kantong), wallet: { merchantId: "ETALASE" } },
      lumbung: { ...provider(ports.lumbung), wallet: { merchantId: "ETALASE" } },
      gerbang: {
        port: ports.gerbang,
        secretKey: "secret-key-of-the-merchant",
        webhookToken: "webhook-token-of-gerbang",
        webhookUrl: merchantCallbackUrl,
        notification: { timeoutMs: 500, retryDelaysMs: Array(40).fill(100) },
      },
    },
  };
  writeFileSync(join(folder, "sandbox.json"), JSON.stringify(settings));
}

/** A program of the sandbox, running from dist/. */
export interface SandboxProcess {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Sends the signal and waits for the end; answers the exit code. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | null>;
}

/** Starts dist/sandbox/<program>. `fileLimitBlocks`: the largest file it may write, in the shell's units. */
export function startProgram(program: string, folder: string, fileLimitBlocks?: number): SandboxProcess {
  const file = join(projectRoot, "dist", "sandbox", program);
  if (!existsSync(file)) throw new Error(`${file} does not exist: run \`npm run build\` first`);
  const env = childEnvironment({
    SANDBOX_CONFIG_FILE: join(folder, "sandbox.json"),
    SANDBOX_DATA_DIR: join(folder, "books"),
    LOG_LEVEL: "warn",
  });
  const stdio: ["ignore", "pipe", "pipe", "ipc"] = ["ignore", "pipe", "pipe", "ipc"];
  const child =
    fileLimitBlocks === undefined
      ? spawn(process.execPath, [file], { env, stdio })
      : spawn("sh", ["-c", `ulimit -f ${fileLimitBlocks}; exec "$0" "$1"`, process.execPath, file], { env, stdio });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  return {
    child,
    output: () => output,
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const ended = once(child, "close");
      child.kill(signal);
      await ended;
      return child.exitCode;
    },
  };
}

/** Waits until a port says it is ready. */
export async function ready(port: number): Promise<void> {
  await until(async () => {
    const response = await fetch(`http://localhost:${port}/health/ready`).catch(() => undefined);
    return response?.status === 200;
  });
}
