import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { claimPorts } from "../../launcher/ports.ts";
import { until } from "./support/providers.ts";
import {
  ready,
  type SandboxPorts,
  type SandboxProcess,
  startProgram,
  writeSettings,
} from "./support/sandbox-process.ts";
import { at, jakartaNow, SnapCaller, TestMerchant } from "./support/test-merchant.ts";

let folder: string;
let merchant: TestMerchant;
let ports: SandboxPorts;
let running: SandboxProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "etalase-sandbox-"));
  merchant = new TestMerchant();
  const [identity = 0, bankCendana = 0, bankMeranti = 0, kantong = 0, lumbung = 0, gerbang = 0] = await claimPorts(6);
  ports = { identity, bankCendana, bankMeranti, kantong, lumbung, gerbang };
  writeSettings(folder, ports, await merchant.listen());
});
afterEach(async () => {
  await Promise.all(running.map((program) => program.end("SIGKILL")));
  running = [];
  await merchant.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(program = "host.js", port = ports.kantong): Promise<SandboxProcess> {
  const started = startProgram(program, folder);
  running.push(started);
  await ready(port);
  return started;
}

const caller = (port: number) => new SnapCaller(`http://localhost:${port}`);
const walletOrder = (partnerReferenceNo: string) => ({
  partnerReferenceNo,
  merchantId: "ETALASE",
  amount: { value: "1000.00", currency: "IDR" },
  urlParams: [{ url: "http://localhost/", type: "PAY_RETURN", isDeeplink: "N" }],
  validUpTo: jakartaNow(900_000),
});

describe("processes", () => {
  test("the host serves all providers, and ends on SIGTERM with code 0", async () => {
    const host = await start();
    for (const port of Object.values(ports)) {
      expect((await fetch(`http://localhost:${port}/health/live`)).status).toBe(200);
      expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
    }
    expect(await host.end("SIGTERM")).toBe(0);
  });

  test.each([
    ["identity/main.js", "identity"],
    ["bank-cendana/main.js", "bankCendana"],
    ["bank-meranti/main.js", "bankMeranti"],
    ["kantong/main.js", "kantong"],
    ["lumbung/main.js", "lumbung"],
    ["gerbang/main.js", "gerbang"],
  ] as const)("%s runs alone, and ends when its parent is gone", async (program, name) => {
    const { child } = await start(program, ports[name]);
    const ended = once(child, "exit");
    child.disconnect();
    expect((await ended)[0]).toBe(0);
  });

  test("a taken port is one clear sentence and exit code 1", async () => {
    const squatter = createServer().listen(ports.bankCendana, "127.0.0.1");
    await once(squatter, "listening");
    const host = startProgram("host.js", folder);
    running.push(host);
    const [code] = await once(host.child, "close");
    squatter.close();
    expect(code).toBe(1);
    expect(host.output()).toContain(
      `bank-cendana cannot listen on port ${ports.bankCendana} (EADDRINUSE); stop what uses it`,
    );
  });
});

describe("books", () => {
  test("what was answered before kill -9 is in the book after it, however often it is killed", async () => {
    const answered: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      const program = await start("kantong/main.js");
      const wallet = caller(ports.kantong);
      await wallet.call("/v1.0/debit/status", { originalPartnerReferenceNo: "warm", serviceCode: "54" });
      const orders = Array.from({ length: 60 }, (_, index) => `round-${round}-${index}`);
      const work = orders.map(async (name) => {
        const { code } = await wallet.call("/v1.0/debit/payment-host-to-host", walletOrder(name));
        if (code === "2005400") answered.push(name);
      });
      await until(() => answered.length > round * 20 + 10);
      await program.end("SIGKILL");
      await Promise.allSettled(work);
    }
    await start("kantong/main.js");
    const { body } = await caller(ports.kantong).control("GET", "book");
    const known = new Set(
      (at(body, "charges") as { partnerReferenceNo: string }[]).map((charge) => charge.partnerReferenceNo),
    );
    expect(answered.length).toBeGreaterThan(40);
    expect(answered.filter((name) => !known.has(name))).toEqual([]);
  });

  test("a notification owed before kill -9 is delivered after it, under the money taken once", async () => {
    const first = await start("kantong/main.js");
    merchant.answering = () => "silence";
    await caller(ports.kantong).call("/v1.0/debit/payment-host-to-host", walletOrder("owed"));
    const paying = caller(ports.kantong).control("POST", "pay", { partnerReferenceNo: "owed" });
    paying.catch(() => undefined);
    await until(() => merchant.heard.length > 0);
    await first.end("SIGKILL");
    merchant.heard.length = 0;
    merchant.answering = () => ({ status: 200, body: { responseCode: "2005600" } });
    await start("kantong/main.js");
    await until(() => merchant.heard.length > 0);
    const shown = async () => (await caller(ports.kantong).control("GET", "charges/owed")).body;
    await until(async () => at(await shown(), "notifications.0.state") === "delivered");
    expect(await shown()).toMatchObject({ amountPaid: "1000.00", payments: [{}], notifications: [{}] });
  });

  test("an X-EXTERNAL-ID used before a restart is still used after it", async () => {
    const question = { originalPartnerReferenceNo: "?", serviceCode: "54" };
    const headers = { "x-external-id": "4242" };
    const first = await start("kantong/main.js");
    expect((await caller(ports.kantong).call("/v1.0/debit/status", question, { headers })).code).toBe("4045501");
    await first.end("SIGTERM");
    await start("kantong/main.js");
    expect((await caller(ports.kantong).call("/v1.0/debit/status", question, { headers })).code).toBe("4095500");
  });

  test("a full disk: nothing is promised any more, the probe says why, and what was promised is kept", async () => {
    const program = startProgram("kantong/main.js", folder, 32);
    running.push(program);
    await ready(ports.kantong);
    const wallet = caller(ports.kantong);
    const answered: string[] = [];
    let code: unknown;
    for (let index = 0; index < 200 && code !== "5005401"; index += 1) {
      code = (await wallet.call("/v1.0/debit/payment-host-to-host", walletOrder(`full-${index}`))).code;
      if (code === "2005400") answered.push(`full-${index}`);
    }
    expect(code).toBe("5005401");
    const probe = await fetch(`http://localhost:${ports.kantong}/health/ready`);
    expect(probe.status).toBe(503);
    expect(await probe.text()).toContain("free the disk");
    await program.end("SIGKILL");
    await start("kantong/main.js");
    const written = readFileSync(join(folder, "books", "kantong.jsonl"), "utf8");
    expect(answered.length).toBeGreaterThan(5);
    expect(answered.filter((name) => !written.includes(`"${name}"`))).toEqual([]);
  });
});
