import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { Clock } from "../../platform/values/instants.ts";
import type { MerchantAnswer } from "../book/entries.ts";
import type { ProviderConfig } from "../config.ts";
import type { OperationName } from "../operation-names.ts";
import { parse, post, type RawAnswer } from "./merchant-exchange.ts";
import { createMerchantToken } from "./merchant-token.ts";
import type { NewReference } from "./references.ts";
import { asymmetricStringToSign, signAsymmetric, signSymmetric, symmetricStringToSign } from "./signatures.ts";
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

/** Makes a key that is nobody's, once. */
function strangersKeys(): () => KeyObject {
  let stranger: KeyObject | undefined;
  return () => {
    stranger ??= generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    return stranger;
  };
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
  const strangersKey = strangersKeys();
  const deadline = () => AbortSignal.any([stop, AbortSignal.timeout(config.notification.timeoutMs)]);
  const token = createMerchantToken(config, clock, deadline);

  async function send(call: MerchantCall, options: CallOptions, externalId: string, accessToken: string) {
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
      const done = (operation: OperationName, { httpStatus, text }: RawAnswer): MerchantAnswer => {
        const { responseCode, body } = parse(text);
        return { operation, externalId, httpStatus, responseCode, body };
      };
      const given = options.scheme === "asymmetric" ? "" : options.accessToken;
      if (typeof given === "string") return done(call.operation, await send(call, options, externalId, given));
      for (let attempt = 1; ; attempt += 1) {
        const accessToken = await token.get();
        if (typeof accessToken !== "string") return done("access-token", accessToken);
        const answered = done(call.operation, await send(call, options, externalId, accessToken));
        const isTokenRefused = /^401\d\d01$/.test(answered.responseCode ?? "");
        if (!isTokenRefused || attempt > 1) return answered;
        token.discard(accessToken);
      }
    },
  };
}
