import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import { Registry } from "prom-client";
import { projectRoot } from "../../../platform/runtime/project-root.ts";
import { createReloadedFile } from "../../../platform/runtime/reloaded-file.ts";
import { type WebhookCode, webhookCodes } from "../../../platform/runtime/webhook-codes.ts";
import {
  createWebhookListener,
  type Webhook,
  type WebhookListener,
} from "../../../platform/runtime/webhook-listener.ts";
import {
  readSigningKeys,
  readVerifyingKeys,
  signWebhook,
  verifyWebhook,
} from "../../../platform/runtime/webhook-signature.ts";
import { testRunFolder } from "../../support/test-run.ts";
import { makeKey, type SendOptions, sendWebhook, type TestKey, writeKeys } from "./webhook-sender.ts";

const logger = pino({ level: "silent" });
const metrics = new Registry();
let listener: WebhookListener;
let [old, current, stranger]: TestKey[] = [];
let keysFile: string;
let address: string;
let seen: Webhook[] = [];
let answer: () => Promise<WebhookCode>;

function key(of: TestKey | undefined) {
  if (of === undefined) throw new Error("keys are made before the tests");
  return of;
}

function send(body = "{}", options: SendOptions = {}, path = "/events") {
  return sendWebhook(`${address}${path}`, body, { keys: [key(current).signing], ...options });
}

beforeAll(async () => {
  const folder = mkdtempSync(join(testRunFolder(), "webhooks-"));
  [old, current, stranger] = await Promise.all(["old", "current", "stranger"].map(makeKey));
  keysFile = writeKeys(join(folder, "jwks.json"), [key(current).publicJwk]);
  listener = createWebhookListener({
    path: "/events",
    keys: createReloadedFile(keysFile, readVerifyingKeys, logger),
    handle: (webhook) => {
      seen.push(webhook);
      return answer();
    },
    clock: () => new Date(),
    logger,
    metrics,
  });
  address = `http://127.0.0.1:${await listener.listen(0)}`;
});
afterAll(() => listener.close());
beforeEach(() => {
  seen = [];
  answer = async () => "APPLIED";
});

describe("a webhook", () => {
  test("that is signed, is handled as the bytes that were signed", async () => {
    const body = '{ "a" :1.0,  "b":"é" }';
    expect(await send(body, { id: "event-1" })).toEqual({ status: 200, code: "APPLIED" });
    expect(seen.map(({ id, body: bytes }) => [id, bytes.toString()])).toEqual([["event-1", body]]);
  });

  test.each<[string, SendOptions, string]>([
    ["without an id", { headers: { "webhook-id": undefined } }, "SIGNATURE_MISSING"],
    ["without a timestamp", { headers: { "webhook-timestamp": undefined } }, "SIGNATURE_MISSING"],
    ["without a signature", { headers: { "webhook-signature": undefined } }, "SIGNATURE_MISSING"],
    ["with an id that is too long", { headers: { "webhook-id": "x".repeat(65) } }, "SIGNATURE_MISSING"],
    ["with a timestamp that is no number", { headers: { "webhook-timestamp": "1e9" } }, "SIGNATURE_MISSING"],
    ["with another id than was signed", { headers: { "webhook-id": "another" } }, "SIGNATURE_INVALID"],
    ["with a signature of the symmetric scheme", { headers: { "webhook-signature": "v1,AAAA" } }, "SIGNATURE_INVALID"],
    ["signed six minutes ago", { at: new Date(Date.now() - 360_000) }, "TIMESTAMP_OUT_OF_WINDOW"],
    ["signed six minutes ahead", { at: new Date(Date.now() + 360_000) }, "TIMESTAMP_OUT_OF_WINDOW"],
  ])("%s, is refused and not handled", async (_, options, code) => {
    expect(await send("{}", options)).toEqual({ status: 401, code });
    expect(seen).toEqual([]);
  });

  test("signed by a stranger, or whose body was changed by one character, is refused and not handled", async () => {
    expect((await send("{}", { keys: [key(stranger).signing] })).code).toBe("SIGNATURE_INVALID");
    const signed = signWebhook([key(current).signing], "event-2", new Date(), Buffer.from('{"quantity":1}'));
    expect((await send('{"quantity":9}', { id: "event-2", headers: signed })).code).toBe("SIGNATURE_INVALID");
    expect(seen).toEqual([]);
  });

  test("of an old timestamp under a new header, does not verify: the timestamp is signed", async () => {
    const now = String(Math.floor(Date.now() / 1000));
    const at = new Date(Date.now() - 3_600_000);
    expect((await send("{}", { at, headers: { "webhook-timestamp": now } })).code).toBe("SIGNATURE_INVALID");
  });

  test("that is too long, or no plain JSON, is refused before it is read", async () => {
    expect(await send(JSON.stringify("x".repeat(70_000)))).toEqual({ status: 413, code: "BODY_TOO_LARGE" });
    for (const headers of [{ "content-type": "text/plain" }, { "content-encoding": "gzip" }]) {
      expect(await send("{}", { headers })).toEqual({ status: 415, code: "UNSUPPORTED_MEDIA_TYPE" });
    }
    expect(seen).toEqual([]);
  });

  test("at another path, finds nothing; by GET neither", async () => {
    expect(await send("{}", {}, "/graphql")).toEqual({ status: 404, code: "NOT_FOUND" });
    expect((await fetch(`${address}/events`)).status).toBe(404);
  });

  test("whose handling fails, is answered so that the sender comes again", async () => {
    answer = async () => Promise.reject(new Error("a bug"));
    expect(await send()).toEqual({ status: 500, code: "INTERNAL_ERROR" });
    answer = async () => Promise.reject(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }));
    expect(await send()).toEqual({ status: 503, code: "DATABASE_UNAVAILABLE" });
  });
});

describe("rolling the key", () => {
  test("old and new overlap, the old one then counts no more, without a restart; metrics tell which signs", async () => {
    const both = [key(old).signing, key(current).signing];
    expect((await send("{}", { keys: [key(old).signing] })).code).toBe("SIGNATURE_INVALID");
    writeKeys(keysFile, [key(old).publicJwk, key(current).publicJwk]);
    expect((await send("{}", { keys: [key(old).signing] })).code).toBe("APPLIED");
    writeKeys(keysFile, [key(current).publicJwk]);
    expect((await send("{}", { keys: [key(old).signing] })).code).toBe("SIGNATURE_INVALID");
    expect((await send("{}", { keys: both })).code).toBe("APPLIED");
    const text = await metrics.metrics();
    expect(text).toMatch(/webhooks_total\{code="APPLIED",kid="old"\} 1\n/);
  });

  test("a version of the file that cannot be read, leaves the keys as they were", async () => {
    writeFileSync(keysFile, "{ half");
    expect((await send()).code).toBe("APPLIED");
    writeKeys(keysFile, [key(current).publicJwk]);
    expect((await send()).code).toBe("APPLIED");
  });

  test("a private key is refused where a public one belongs, and the other way round", () => {
    const path = join(testRunFolder(), "mixed-up.json");
    expect(() => readVerifyingKeys(writeKeys(path, [key(current).privateJwk]))).toThrow(
      "give the receiver the public half",
    );
    expect(() => readSigningKeys(writeKeys(path, [key(current).publicJwk]))).toThrow(path);
    expect(readSigningKeys(writeKeys(path, [key(current).privateJwk]))).toHaveLength(1);
  });
});

test("the scheme is that of Standard Webhooks: its own words verify a signature made as it says", async () => {
  const at = new Date("2026-11-25T00:00:00Z");
  const body = Buffer.from('{"test":2432232314}');
  const headers = signWebhook([key(old).signing, key(current).signing], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body);
  expect(headers["webhook-timestamp"]).toBe("1795564800");
  const entries = headers["webhook-signature"]?.split(" ") ?? [];
  expect(entries.map((entry) => entry.split(",")[0])).toEqual(["v1a", "v1a"]);
  const verifying = await crypto.subtle.importKey("jwk", { ...key(current).publicJwk }, { name: "Ed25519" }, false, [
    "verify",
  ]);
  const signed = Buffer.concat([Buffer.from("msg_p5jXN8AQM9LWM0D4loKWxJek.1795564800."), body]);
  const signature = Buffer.from(entries[1]?.split(",")[1] ?? "", "base64");
  expect(await crypto.subtle.verify("Ed25519", verifying, signature, signed)).toBe(true);
  expect(verifyWebhook([], headers, body, at).ok).toBe(false);
});

describe("the page of errors", () => {
  test("has each code that a receiver of events answers, both ways, with its status and whether the sender comes again", () => {
    const page = readFileSync(join(projectRoot, "docs/errors.md"), "utf8");
    const section = page.split(/^## /m).find((part) => part.startsWith("Events between organisations")) ?? "";
    const rows = [...section.matchAll(/^\| `(\w+)`\s*\| (\d+)\s*\| (yes|no)\s*\|/gm)].map((match) => match.slice(1));
    const expected = Object.entries(webhookCodes).map(([code, { status, isRetryable }]) => [
      code,
      String(status),
      isRetryable ? "yes" : "no",
    ]);
    expect(rows.sort()).toEqual(expected.sort());
  });
});
