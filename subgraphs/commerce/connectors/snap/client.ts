import type { Dispatcher } from "undici";
import type { Logger } from "../../../../platform/runtime/logger.ts";
import type { Clock } from "../../../../platform/values/instants.ts";
import { accessTokenPath, createAccessTokens } from "./access-token.ts";
import { newExternalId, type RandomDigits } from "./external-id.ts";
import { exchange, type HttpQuestion } from "./http-exchange.ts";
import type { SnapParty } from "./party.ts";
import { parseResponseCode } from "./response-code.ts";
import { signSymmetric } from "./signatures.ts";
import { toSnapTimestamp } from "./timestamps.ts";

/** A service of the standard: its code, and where it stands below a party's base. */
export interface SnapService {
  readonly code: string;
  readonly method: HttpQuestion["method"];
  readonly path: string;
}

/**
 * What became of a call. `answered`: `code` is HTTP status and case without the service (`20000`, `40419`), for the
 * connector's table. `unreached`: the provider has not seen it, calling again is safe. `silent`: unknown.
 */
export type SnapOutcome =
  | { readonly kind: "answered"; readonly code: string; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: "unreached"; readonly reason: string }
  | { readonly kind: "silent"; readonly reason: string };

/** Calls one provider's SNAP services. */
export interface SnapClient {
  /** Signs and sends `body`; a refused access token is replaced once. Never throws for what the other side does. */
  readonly call: (service: SnapService, body: Readonly<Record<string, unknown>>) => Promise<SnapOutcome>;
}

/** What a client is made of. */
export interface SnapClientSettings {
  readonly party: SnapParty;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly randomDigits: RandomDigits;
  /** Longest a call may take: access token, connection and answer together. */
  readonly deadlineMs: number;
  readonly logger: Logger;
}

function readAnswer(service: SnapService, status: number, raw: Buffer): SnapOutcome {
  let body: unknown;
  try {
    body = JSON.parse(raw.toString("utf8"));
  } catch {
    return { kind: "silent", reason: `HTTP ${status}, not JSON` };
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return { kind: "silent", reason: `HTTP ${status}, not a JSON object` };
  }
  const record = body as Record<string, unknown>;
  const code = parseResponseCode(record.responseCode);
  // An answer that contradicts itself (a proxy's page, another service's code) tells nothing about this call.
  if (code === null || code.httpStatus !== status || code.serviceCode !== service.code) {
    return { kind: "silent", reason: `HTTP ${status}, responseCode ${String(record.responseCode).slice(0, 20)}` };
  }
  return { kind: "answered", code: `${code.httpStatus}${code.caseCode}`, body: record };
}

/** Makes a client for one provider; its access token is shared by all calls and fetched when first needed. */
export function createSnapClient(settings: SnapClientSettings): SnapClient {
  const { party, dispatcher, clock, deadlineMs, logger } = settings;
  const urlOf = (path: string): URL => new URL(`${party.baseUrl}${path}`);
  const tokens = createAccessTokens(party, clock, (headers, body) =>
    exchange({ method: "POST", url: urlOf(accessTokenPath), headers, body }, deadlineMs, dispatcher),
  );

  async function send(service: SnapService, body: Buffer, token: string, leftMs: number): Promise<SnapOutcome> {
    const now = clock();
    const timestamp = toSnapTimestamp(now);
    const url = urlOf(service.path);
    const signed = { method: service.method, path: `${url.pathname}${url.search}`, body, timestamp };
    const headers = {
      "content-type": "application/json",
      authorization: `Bearer ${token}`,
      "x-timestamp": timestamp,
      "x-signature": signSymmetric(party.clientSecret, signed, token),
      "x-partner-id": party.partnerId,
      "x-external-id": newExternalId(now, settings.randomDigits),
      "channel-id": party.channelId,
    };
    const outcome = await exchange({ method: service.method, url, headers, body }, leftMs, dispatcher);
    return outcome.kind === "answered" ? readAnswer(service, outcome.status, outcome.body) : outcome;
  }

  async function call(service: SnapService, body: Readonly<Record<string, unknown>>): Promise<SnapOutcome> {
    const bytes = Buffer.from(JSON.stringify(body));
    const endsAt = performance.now() + deadlineMs;
    for (let attempt = 1; ; attempt += 1) {
      const token = await tokens.get();
      if (token.kind === "none") return { kind: "unreached", reason: token.reason };
      const startedAt = performance.now();
      const leftMs = Math.floor(endsAt - startedAt);
      if (leftMs <= 0) return { kind: "unreached", reason: `no time left of ${deadlineMs} ms` };
      const outcome = await send(service, bytes, token.token, leftMs);
      logger.debug(
        {
          provider: party.provider,
          service: service.code,
          outcome: outcome.kind === "answered" ? outcome.code : `${outcome.kind}: ${outcome.reason}`,
          durationMs: Math.round(performance.now() - startedAt),
        },
        "provider called",
      );
      const isTokenRefused = outcome.kind === "answered" && outcome.code === "40101";
      if (!isTokenRefused || attempt === 2) return outcome;
      tokens.discard(token.token);
    }
  }
  return { call };
}
