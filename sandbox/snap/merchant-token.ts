import type { Clock } from "../../platform/values/instants.ts";
import type { ProviderConfig } from "../config.ts";
import { parse, post, type RawAnswer } from "./merchant-exchange.ts";
import { signAsymmetric, tokenStringToSign } from "./signatures.ts";
import { toSnapTimestamp } from "./timestamps.ts";

/** The provider's B2B token at the merchant. */
export interface MerchantToken {
  /** A token, or the merchant's answer that was none. */
  readonly get: () => Promise<string | RawAnswer>;
  /** Forgets a token that the merchant refused, unless it was replaced meanwhile. */
  readonly discard: (token: string) => void;
}

/** Fetches a token (73) when there is none or it is about to expire. */
export function createMerchantToken(config: ProviderConfig, clock: Clock, deadline: () => AbortSignal): MerchantToken {
  const { clientKey } = config.callback;
  const url = `${config.merchantCallbackUrl}/v1.0/access-token/b2b`;
  let present: { readonly value: string; readonly renewAtMs: number } | undefined;

  async function fetchToken(): Promise<string | RawAnswer> {
    const timestamp = toSnapTimestamp(clock());
    const headers = {
      "content-type": "application/json",
      "x-timestamp": timestamp,
      "x-client-key": clientKey,
      "x-signature": signAsymmetric(tokenStringToSign(clientKey, timestamp), config.privateKeyPem),
    };
    const raw = await post(url, headers, '{"grantType":"client_credentials"}', deadline());
    const body = parse(raw.text).body as { accessToken?: unknown; expiresIn?: unknown } | null;
    if (raw.httpStatus !== 200 || typeof body?.accessToken !== "string") return raw;
    const lifetimeMs = (Number(body.expiresIn) || 900) * 1000;
    present = { value: body.accessToken, renewAtMs: clock().getTime() + lifetimeMs * 0.9 };
    return body.accessToken;
  }

  return {
    async get() {
      return present !== undefined && present.renewAtMs > clock().getTime() ? present.value : fetchToken();
    },
    discard(token) {
      if (present?.value === token) present = undefined;
    },
  };
}
