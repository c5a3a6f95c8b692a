/**
 * A merchant for the sandbox's tests, written from the standard with node:crypto alone and sharing no code with the
 * sandbox: what one side signs wrongly the other must notice.
 */
import { createHash, createHmac, createVerify, randomInt, sign } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { rsaKeysOf } from "../../support/rsa-keys.ts";

/** The RSA key pair of somebody, in PEM. */
export const keysOf = (name: string) => {
  const { privateKey: privatePem, publicKey: publicPem } = rsaKeysOf(name);
  return { privatePem, publicPem };
};

/** The merchant's keys. */
export const merchantKeys = keysOf("merchant");
/** The provider's keys. */
export const providerKeys = keysOf("provider");
/** What the merchant presents to the provider. */
export const credentials = { partnerId: "ETALASE01", clientKey: "merchant-key", clientSecret: "merchant-secret-0123" };
/** What the provider presents to the merchant. */
export const callbackCredentials = { clientKey: "provider-key", clientSecret: "provider-secret-0123" };

/** SNAP's time stamp of now, shifted by so many ms. */
export function jakartaNow(shiftMs = 0): string {
  const shifted = new Date(Date.now() + shiftMs + 7 * 3_600_000);
  return `${shifted.toISOString().slice(0, 19)}+07:00`;
}

/** Only for bodies without white space in strings: good enough to check the sandbox's own minify against. */
function hashOf(body: string): string {
  const minified = body === "" ? "" : JSON.stringify(JSON.parse(body));
  return createHash("sha256").update(minified).digest("hex");
}

/** What a provider answered. */
export interface SnapReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
  /** The body's responseCode. */
  readonly code: unknown;
}

/** The value at a path such as `notifications.0.state`; undefined where it leads nowhere. */
export function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}

/** What a test makes different about a request that would be right. */
export interface CallChanges {
  readonly headers?: Record<string, string | undefined>;
  readonly timestamp?: string;
  readonly secret?: string;
  /** Sent instead of what was signed. */
  readonly sentBody?: string;
  readonly method?: string;
  readonly signal?: AbortSignal;
}

/** Calls a provider as the merchant. */
export class SnapCaller {
  readonly baseUrl: string;
  /** How far the caller's clock is ahead. */
  aheadMs = 0;
  #token: string | undefined;

  constructor(baseUrl: string) {
    this.baseUrl = baseUrl;
  }

  /** The next call fetches a new token. */
  forgetToken(): void {
    this.#token = undefined;
  }

  async requestToken(changes: { clientKey?: string; timestamp?: string; privatePem?: string; body?: string } = {}) {
    const timestamp = changes.timestamp ?? jakartaNow(this.aheadMs);
    const clientKey = changes.clientKey ?? credentials.clientKey;
    const text = Buffer.from(`${clientKey}|${timestamp}`);
    const signature = sign("RSA-SHA256", text, changes.privatePem ?? merchantKeys.privatePem).toString("base64");
    return this.#send("POST", "/v1.0/access-token/b2b", changes.body ?? '{"grantType":"client_credentials"}', {
      "x-timestamp": timestamp,
      "x-client-key": clientKey,
      "x-signature": signature,
    });
  }

  async call(path: string, body: unknown, changes: CallChanges = {}): Promise<SnapReply> {
    this.#token ??= String(at((await this.requestToken()).body, "accessToken"));
    const method = changes.method ?? "POST";
    const rawBody = typeof body === "string" ? body : JSON.stringify(body);
    const timestamp = changes.timestamp ?? jakartaNow(this.aheadMs);
    const text = `${method}:${path}:${this.#token}:${hashOf(rawBody)}:${timestamp}`;
    const headers: Record<string, string | undefined> = {
      authorization: `Bearer ${this.#token}`,
      "x-timestamp": timestamp,
      "x-partner-id": credentials.partnerId,
      "x-external-id": `${Date.now()}${randomInt(1e9)}`,
      "channel-id": "95221",
      "x-signature": createHmac("sha512", changes.secret ?? credentials.clientSecret)
        .update(text)
        .digest("base64"),
      ...changes.headers,
    };
    return this.#send(method, path, changes.sentBody ?? rawBody, headers, changes.signal);
  }

  async control(method: string, path: string, body?: unknown): Promise<SnapReply> {
    return this.#send(method, `/control/${path}`, body === undefined ? undefined : JSON.stringify(body), {});
  }

  async #send(
    method: string,
    path: string,
    body: string | undefined,
    headers: Record<string, string | undefined>,
    signal?: AbortSignal,
  ) {
    const given = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const response = await fetch(this.baseUrl + path, {
      method,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...Object.fromEntries(given) },
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
    const text = await response.text();
    const answer: unknown = /^[[{]/.test(text) ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body: answer, code: at(answer, "responseCode") };
  }
}

/** What the merchant heard, and whether the signature was the provider's. */
export interface Heard {
  readonly path: string;
  readonly body: Record<string, unknown>;
  readonly externalId: string;
  readonly isSigned: boolean;
}

type Answering = (heard: Heard) => { status: number; body: object } | "silence";

/** Listens to a provider's call-backs and answers as the test says. */
export class TestMerchant {
  readonly heard: Heard[] = [];
  tokensIssued = 0;
  answering: Answering = () => ({ status: 200, body: {} });
  readonly #server = createServer((request, response) => void this.#receive(request, response));

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/snap/provider`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const rawBody = Buffer.concat(chunks).toString();
    const reply = (status: number, body: object) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    const header = (name: string) => String(request.headers[name] ?? "");
    if (request.url?.endsWith("/access-token/b2b")) {
      const text = `${header("x-client-key")}|${header("x-timestamp")}`;
      const isRight = createVerify("RSA-SHA256")
        .update(text)
        .verify(providerKeys.publicPem, header("x-signature"), "base64");
      this.tokensIssued += 1;
      if (!isRight) return reply(401, { responseCode: "4017300" });
      return reply(200, {
        responseCode: "2007300",
        accessToken: `t${this.tokensIssued}`,
        tokenType: "Bearer",
        expiresIn: "900",
      });
    }
    const heard = {
      path: String(request.url),
      body: JSON.parse(rawBody) as Record<string, unknown>,
      externalId: header("x-external-id"),
      isSigned: this.#isSigned(request, rawBody),
    };
    this.heard.push(heard);
    const answer = this.answering(heard);
    if (answer !== "silence") reply(answer.status, answer.body);
  }

  #isSigned(request: IncomingMessage, rawBody: string): boolean {
    const header = (name: string) => String(request.headers[name] ?? "");
    const token = header("authorization").replace("Bearer ", "");
    const end = `${hashOf(rawBody)}:${header("x-timestamp")}`;
    if (token === "") {
      const text = `${request.method}:${request.url}:${end}`;
      return createVerify("RSA-SHA256").update(text).verify(providerKeys.publicPem, header("x-signature"), "base64");
    }
    const text = `${request.method}:${request.url}:${token}:${end}`;
    const expected = createHmac("sha512", callbackCredentials.clientSecret).update(text).digest("base64");
    return token === `t${this.tokensIssued}` && header("x-signature") === expected;
  }
}
