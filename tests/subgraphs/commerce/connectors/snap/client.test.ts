import { generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import { Agent } from "undici";
import { createSnapClient, type SnapClient } from "../../../../../subgraphs/commerce/connectors/snap/client.ts";
import { fixedKeys } from "../../../../../subgraphs/commerce/connectors/snap/party.ts";
import {
  isSymmetricallySigned,
  isTokenRequestSigned,
} from "../../../../../subgraphs/commerce/connectors/snap/signatures.ts";

const merchant = generateKeyPairSync("rsa", { modulusLength: 2048 });
const provider = generateKeyPairSync("rsa", { modulusLength: 2048 });
const createVa = { code: "27", method: "POST", path: "/v1.0/transfer-va/create-va" } as const;

interface Seen {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

describe("the SNAP client", () => {
  let server: Server;
  let agent: Agent;
  let seen: Seen[];
  let now: Date;
  let client: SnapClient;
  let answer: (request: Seen, response: ServerResponse) => void;
  let tokensIssued: number;
  let digitsAsked = 0;

  const send = (response: ServerResponse, status: number, body: unknown): void => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };

  function newClient(baseUrl: string): SnapClient {
    return createSnapClient({
      keys: fixedKeys({
        provider: "bank",
        baseUrl,
        partnerId: "ETALASE01",
        channelId: "95221",
        clientKey: "client-key",
        clientSecret: "client-secret",
        privateKey: merchant.privateKey,
        providerPublicKey: provider.publicKey,
        inbound: { clientKey: "their-key", clientSecret: "their-secret" },
      }),
      dispatcher: agent,
      clock: () => now,
      randomDigits: (count) => {
        digitsAsked += 1;
        return String(digitsAsked).padStart(count, "0");
      },
      deadlineMs: 400,
      logger: pino({ level: "silent" }),
    });
  }

  beforeEach(async () => {
    seen = [];
    tokensIssued = 0;
    now = new Date("2026-11-24T00:00:00Z");
    agent = new Agent();
    answer = (_request, response) => send(response, 200, { responseCode: "2002700" });
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const entry = { path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks) };
        seen.push(entry);
        if (!entry.path.endsWith("/access-token/b2b")) return answer(entry, response);
        tokensIssued += 1;
        send(response, 200, { responseCode: "2007300", accessToken: `token-${tokensIssued}`, expiresIn: "900" });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    client = newClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}/base`);
  });

  afterEach(async () => {
    await agent.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test("a call fetches a token with an RSA signature and signs the very bytes it sends", async () => {
    expect(await client.call(createVa, { trxId: "1", amount: { value: "10.00" } })).toEqual({
      kind: "answered",
      code: "20000",
      body: { responseCode: "2002700" },
    });
    const [token, call] = seen;
    const timestamp = String(token?.headers["x-timestamp"]);
    expect(timestamp).toBe("2026-11-24T07:00:00+07:00");
    expect(
      isTokenRequestSigned(merchant.publicKey, "client-key", timestamp, String(token?.headers["x-signature"])),
    ).toBe(true);
    expect(call?.path).toBe("/base/v1.0/transfer-va/create-va");
    expect(call?.headers).toMatchObject({
      authorization: "Bearer token-1",
      "x-partner-id": "ETALASE01",
      "channel-id": "95221",
      "x-external-id": expect.stringMatching(/^\d{36}$/),
    });
    const signed = { method: "POST", path: call?.path ?? "", body: call?.body ?? Buffer.alloc(0), timestamp };
    expect(isSymmetricallySigned("client-secret", signed, "token-1", String(call?.headers["x-signature"]))).toBe(true);
  });

  test("calls at once share one token, which is renewed shortly before it expires", async () => {
    await Promise.all([client.call(createVa, {}), client.call(createVa, {}), client.call(createVa, {})]);
    expect(tokensIssued).toBe(1);
    now = new Date(now.getTime() + 871_000);
    await client.call(createVa, {});
    expect(tokensIssued).toBe(2);
    const ids = seen.map((request) => request.headers["x-external-id"]).filter((id) => id !== undefined);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("a token the provider no longer accepts is replaced once", async () => {
    answer = (request, response) =>
      request.headers.authorization === "Bearer token-1"
        ? send(response, 401, { responseCode: "4012701" })
        : send(response, 200, { responseCode: "2002700" });
    expect(await client.call(createVa, {})).toMatchObject({ kind: "answered", code: "20000" });
    answer = (_request, response) => send(response, 401, { responseCode: "4012701" });
    expect(await client.call(createVa, {})).toMatchObject({ kind: "answered", code: "40101" });
    expect(tokensIssued).toBe(3);
  });

  test("a provider that does not answer in time is silent, one that drops the connection too", async () => {
    answer = () => undefined;
    expect(await client.call(createVa, {})).toMatchObject({
      kind: "silent",
      reason: expect.stringMatching(/^no answer within (3\d\d|400) ms$/),
    });
    answer = (_request, response) => response.destroy();
    expect(await client.call(createVa, {})).toMatchObject({ kind: "silent" });
  });

  test("a provider that cannot be connected to is unreached: it has seen nothing", async () => {
    const closed = newClient("http://127.0.0.1:1");
    expect(await closed.call(createVa, {})).toEqual({ kind: "unreached", reason: "access token: ECONNREFUSED" });
  });

  test.each([
    ["a page of a proxy", 502, "<html>Bad gateway</html>"],
    ["a code of another service", 200, { responseCode: "2002500" }],
    ["a code of another HTTP status", 200, { responseCode: "5002700" }],
    ["no code", 200, {}],
    ["a list", 200, []],
  ])("an answer with %s tells nothing about the call", async (_what, status, body) => {
    answer = (_request, response) => send(response, status, body);
    expect(await client.call(createVa, {})).toMatchObject({ kind: "silent" });
  });

  test("an answer without end is given up", async () => {
    answer = (_request, response) => {
      response.writeHead(200);
      response.write(Buffer.alloc(1_100_000, 0x20));
    };
    expect(await client.call(createVa, {})).toEqual({ kind: "silent", reason: "more than 1048576 bytes" });
  });
});
