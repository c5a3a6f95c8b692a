import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { projectRoot } from "../../../platform/runtime/project-root.ts";

const folder = mkdtempSync(join(tmpdir(), "etalase-storefront-process-"));
let token = "";
let child: ChildProcess | undefined;

const environment = {
  PATH: process.env.PATH,
  STOREFRONT_PORT: "0",
  // Port 1 belongs to no database.
  STOREFRONT_DATABASE_URL: "postgresql://storefront_runtime:secret@127.0.0.1:1/nothing",
  STOREFRONT_GATEWAY_JWKS_FILE: join(folder, "jwks.json"),
  STOREFRONT_ATTRIBUTION_KEY_FILE: join(folder, "key.json"),
};

function start(env: NodeJS.ProcessEnv): ChildProcess {
  child = spawn(process.execPath, [join(projectRoot, "dist", "subgraphs", "storefront", "server.js")], {
    env,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  return child;
}

async function portOf(started: ChildProcess): Promise<number> {
  if (started.stdout === null) throw new Error("the process has no output");
  for await (const line of createInterface(started.stdout)) {
    const entry = JSON.parse(line);
    if (entry.msg === "listening") return entry.port;
  }
  throw new Error("the process ended before it listened");
}

beforeAll(async () => {
  const gateway = await generateKeyPair("EdDSA", { extractable: true });
  const attribution = await generateKeyPair("EdDSA", { extractable: true });
  const keys = { keys: [{ ...(await exportJWK(gateway.publicKey)), kid: "gateway-1" }] };
  writeFileSync(environment.STOREFRONT_GATEWAY_JWKS_FILE, JSON.stringify(keys));
  const key = { ...(await exportJWK(attribution.privateKey)), kid: "attribution-1" };
  writeFileSync(environment.STOREFRONT_ATTRIBUTION_KEY_FILE, JSON.stringify(key));
  token = await new SignJWT({ scope: "storefront:browse" })
    .setProtectedHeader({ alg: "EdDSA", kid: "gateway-1" })
    .setIssuer("etalase-gateway")
    .setAudience("storefront")
    .setIssuedAt()
    .setExpirationTime("5m")
    .sign(gateway.privateKey);
});

afterEach(() => void child?.kill("SIGKILL"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the storefront's process", () => {
  test("without its database it listens, says so of a page, and ends with 0 on SIGTERM", async () => {
    const started = start(environment);
    const response = await fetch(`http://127.0.0.1:${await portOf(started)}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: "{ feed { nodes { id } } }" }),
    });
    const { data, errors } = (await response.json()) as { data: unknown; errors: { extensions: unknown }[] };
    expect(data).toEqual({ feed: null });
    expect(errors.map((error) => error.extensions)).toEqual([{ code: "DATABASE_UNAVAILABLE", retryable: true }]);
    started.kill("SIGTERM");
    expect(await once(started, "exit")).toEqual([0, null]);
  });

  test("when the parent's channel closes, it ends", async () => {
    const started = start(environment);
    await portOf(started);
    started.disconnect();
    expect(await once(started, "exit")).toEqual([0, null]);
  });

  test("with a setting missing, it ends with 1 and names the setting, not the secrets beside it", async () => {
    const started = start({ ...environment, STOREFRONT_GATEWAY_JWKS_FILE: undefined });
    let said = "";
    started.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    started.stdout?.resume();
    expect(await once(started, "close")).toEqual([1, null]);
    expect(said).toContain("STOREFRONT_GATEWAY_JWKS_FILE");
    expect(said).not.toContain("secret");
  });
});
