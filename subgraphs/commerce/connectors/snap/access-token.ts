import { z } from "zod";
import type { Clock } from "../../../../platform/values/instants.ts";
import type { HttpOutcome } from "../http-exchange.ts";
import type { SnapParty } from "./party.ts";
import { signTokenRequest } from "./signatures.ts";
import { toSnapTimestamp } from "./timestamps.ts";

/** A token, or why there is none; without a token the provider was asked for nothing else. */
export type TokenOutcome =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "none"; readonly reason: string };

/** Our access token at one provider. */
export interface AccessTokens {
  /** The present token; fetched when there is none or it is about to expire. Callers at once share one request. */
  readonly get: () => Promise<TokenOutcome>;
  /** Forgets a token that the provider refused, unless it was replaced meanwhile. */
  readonly discard: (token: string) => void;
}

/** Path of the access-token service (73), after a party's base. */
export const accessTokenPath = "/v1.0/access-token/b2b";

const answerShape = z.object({
  accessToken: z.string().min(1),
  // A string in the standard, a number at some providers.
  expiresIn: z.coerce.number().int().positive(),
});
// A token is renewed this long before it expires, so that none expires on its way.
const marginMs = 30_000;

/** Caches the access token of a party (SNAP service 73). `post` sends a body with headers to the token path. */
export function createAccessTokens(
  party: SnapParty,
  clock: Clock,
  post: (headers: Record<string, string>, body: Buffer) => Promise<HttpOutcome>,
): AccessTokens {
  let present: { readonly token: string; readonly renewAtMs: number } | undefined;
  let pending: Promise<TokenOutcome> | undefined;

  async function fetchToken(): Promise<TokenOutcome> {
    const askedAt = clock();
    const timestamp = toSnapTimestamp(askedAt);
    const outcome = await post(
      {
        "content-type": "application/json",
        "x-timestamp": timestamp,
        "x-client-key": party.clientKey,
        "x-signature": signTokenRequest(party.privateKey, party.clientKey, timestamp),
      },
      Buffer.from('{"grantType":"client_credentials"}'),
    );
    if (outcome.kind !== "answered") return { kind: "none", reason: `access token: ${outcome.reason}` };
    let json: unknown;
    try {
      json = JSON.parse(outcome.body.toString("utf8"));
    } catch {
      return { kind: "none", reason: `access token: HTTP ${outcome.status}, not JSON` };
    }
    const answer = answerShape.safeParse(json);
    if (outcome.status !== 200 || !answer.success) {
      const code = (json as { responseCode?: unknown } | null)?.responseCode;
      return { kind: "none", reason: `access token: HTTP ${outcome.status}, responseCode ${String(code)}` };
    }
    const renewAtMs = askedAt.getTime() + answer.data.expiresIn * 1_000 - marginMs;
    present = { token: answer.data.accessToken, renewAtMs };
    return { kind: "token", token: answer.data.accessToken };
  }

  return {
    get: () => {
      if (present !== undefined && clock().getTime() < present.renewAtMs) {
        return Promise.resolve({ kind: "token", token: present.token });
      }
      pending ??= fetchToken().finally(() => {
        pending = undefined;
      });
      return pending;
    },
    discard: (token) => {
      if (present?.token === token) present = undefined;
    },
  };
}
