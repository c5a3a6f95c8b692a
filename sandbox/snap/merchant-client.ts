import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { Clock } from "../../platform/values/instants.ts";
import type { MerchantAnswer } from "../book/entries.ts";
import type { ProviderConfig } from "../config.ts";
import type { NewReference } from "./references.ts";
import type { OperationName } from "./response-codes.ts";
import {
  asymmetricStringToSign,
  signAsymmetric,
  signSymmetric,
  symmetricStringToSign,
  tokenStringToSign,
} from "./signatures.ts";
import { toSnapTimestamp } from "./timestamps.ts";

/** How a call to the merchant is signed, and what a test wants wrong about it. */
export interface CallOptions {
  /** `symmetric`: B2B token first, then HMAC-SHA512. `asymmetric`: SHA256withRSA, no token. */
  readonly scheme: "symmetric" | "asymmetric";
  /** `valid`; `wrong`: by a key or secret of somebody else; `garbage`: not a signature; `missing`: no header. */
  readonly signature: "valid" | "wrong" | "garbage" | "missing";
  /** Null: a new one. */
  readonly externalId: string | null;
  /** The B2B token presented instead of a real one; null: a real one. */
  readonly accessToken?: string | null;
  /** X-TIMESTAMP; null: now. */
  readonly timestamp?: string | null;
}

/** A call to the merchant: to which full address, and the exact bytes. */
export interface MerchantCall {
  readonly operation: OperationName;
  readonly url: string;
  readonly rawBody: string;
}

/** Calls the merchant as a provider does. A merchant that does not answer is an answer too: `httpStatus` null. */
export interface MerchantClient {
  readonly call: (call: MerchantCall, options: CallOptions) => Promise<MerchantAnswer>;
}

interface RawAnswer {
  readonly httpStatus: number | null;
  readonly text: string;
}

function parse(text: string): { body: unknown; responseCode: string | null } {
  try {
    const body: unknown = JSON.parse(text);
    const code = (body as { responseCode?: unknown } | null)?.responseCode;
    return { body, responseCode: typeof code === "string" ? code : null };
  } catch {
    return { body: text.slice(0, 2_000), responseCode: null };
  }
}

async function post(
  url: string,
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal,
): Promise<RawAnswer> {
  try {
    const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "error" });
    return { httpStatus: response.status, text: await response.text() };
  } catch (error) {
    return { httpStatus: null, text: JSON.stringify({ noAnswer: error instanceof Error ? error.message : "unknown" }) };
  }
}

interface Token {
  readonly value: string;
  readonly validUntilMs: number;
}

function signatureOf(
  config: ProviderConfig,
  strangersKey: () => KeyObject,
  options: CallOptions,
  request: { method: string; path: string; rawBody: Buffer; timestamp: string },
  accessToken: string,
): string | undefined {
  if (options.signature === "missing") return undefined;
  if (options.signature === "garbage") return "bm90IGEgc2lnbmF0dXJl";
  const isWrong = options.signature === "wrong";
  if (options.scheme === "asymmetric")
    return signAsymmetric(asymmetricStringToSign(request), isWrong ? strangersKey() : config.privateKeyPem);
  const secret = isWrong ? `${config.callback.clientSecret}-of-somebody-else` : config.callback.clientSecret;
  return signSymmetric(symmetricStringToSign(request, accessToken), secret);
}

/**
 * Makes a client. The merchant's B2B token is kept until shortly before it expires and fetched anew once when the merchant
 * says 401xx01. `stop` ends calls under way.
 */
export function createMerchantClient(
  config: ProviderConfig,
  channelId: string,
  newReference: NewReference,
  clock: Clock,
  stop: AbortSignal,
): MerchantClient {
  let token: Token | undefined;
  let stranger: KeyObject | undefined;
  const strangersKey = (): KeyObject => {
    stranger ??= generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    return stranger;
  };
  const deadline = () => AbortSignal.any([stop, AbortSignal.timeout(config.notification.timeoutMs)]);

  async function fetchToken(): Promise<Token | RawAnswer> {
    const timestamp = toSnapTimestamp(clock());
    const { clientKey } = config.callback;
    const headers = {
      "content-type": "application/json",
      "x-timestamp": timestamp,
      "x-client-key": clientKey,
      "x-signature": signAsymmetric(tokenStringToSign(clientKey, timestamp), config.privateKeyPem),
    };
    const url = `${config.merchantCallbackUrl}/v1.0/access-token/b2b`;
    const raw = await post(url, headers, '{"grantType":"client_credentials"}', deadline());
    const body = parse(raw.text).body as { accessToken?: unknown; expiresIn?: unknown } | null;
    if (raw.httpStatus !== 200 || typeof body?.accessToken !== "string") return raw;
    const lifetimeMs = (Number(body.expiresIn) || 900) * 1000;
    return { value: body.accessToken, validUntilMs: clock().getTime() + lifetimeMs * 0.9 };
  }

  async function send(
    call: MerchantCall,
    options: CallOptions,
    externalId: string,
    accessToken: string,
  ): Promise<RawAnswer> {
    const timestamp = options.timestamp ?? toSnapTimestamp(clock());
    const { pathname, search } = new URL(call.url);
    const request = { method: "POST", path: pathname + search, rawBody: Buffer.from(call.rawBody), timestamp };
    const signature = signatureOf(config, strangersKey, options, request, accessToken);
    const headers: Record<string, string> = {
      "content-type": "application/json",
      "x-timestamp": timestamp,
      "x-partner-id": config.partnerId,
      "x-external-id": externalId,
      "channel-id": channelId,
      ...(signature === undefined ? {} : { "x-signature": signature }),
      ...(options.scheme === "symmetric" ? { authorization: `Bearer ${accessToken}` } : {}),
    };
    return post(call.url, headers, call.rawBody, deadline());
  }

  return {
    async call(call, options) {
      const externalId = options.externalId ?? newReference();
      const done = (operation: OperationName, { httpStatus, text }: RawAnswer): MerchantAnswer => ({
        operation,
        externalId,
        httpStatus,
        ...parse(text),
      });
      if (options.scheme === "asymmetric") return done(call.operation, await send(call, options, externalId, ""));
      if (typeof options.accessToken === "string")
        return done(call.operation, await send(call, options, externalId, options.accessToken));
      for (let attempt = 1; ; attempt += 1) {
        if (token === undefined || token.validUntilMs <= clock().getTime()) {
          const fetched = await fetchToken();
          if (!("value" in fetched)) return done("access-token", fetched);
          token = fetched;
        }
        const answered = done(call.operation, await send(call, options, externalId, token.value));
        const isTokenRefused = answered.responseCode !== null && /^401\d\d01$/.test(answered.responseCode);
        if (!isTokenRefused || attempt > 1) return answered;
        token = undefined;
      }
    },
  };
}
