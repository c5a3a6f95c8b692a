import type { Dispatcher } from "undici";
import type { Logger } from "../../../../platform/runtime/logger.ts";
import type { Clock } from "../../../../platform/values/instants.ts";
import { exchange, type HttpOutcome, type HttpQuestion } from "../http-exchange.ts";
import { type AccessTokens, accessTokenPath, createAccessTokens } from "./access-token.ts";
import { newExternalId, type RandomDigits } from "./external-id.ts";
import type { SnapKeys, SnapParty } from "./party.ts";
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
  /** Signs a request without body and answers the bytes that came, whatever they are; else as `call`. */
  readonly download: (service: SnapService) => Promise<HttpOutcome>;
}

type Unreached = { readonly kind: "unreached"; readonly reason: string };

/** What a client is made of. */
export interface SnapClientSettings {
  readonly keys: SnapKeys;
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

interface Session {
  readonly party: SnapParty;
  readonly tokens: AccessTokens;
}

const urlOf = (party: SnapParty, path: string): URL => new URL(`${party.baseUrl}${path}`);

/**
 * Makes a client for one provider; its access token is shared by all calls and fetched when first needed. A call uses the
 * keys of its beginning to the end; with new keys comes a new token.
 */
export function createSnapClient(settings: SnapClientSettings): SnapClient {
  const { keys, dispatcher, clock, deadlineMs, logger } = settings;
  let present: Session | undefined;

  function sessionOf(party: SnapParty): Session {
    if (present?.party !== party) {
      const tokens = createAccessTokens(party, clock, (headers, body) =>
        exchange({ method: "POST", url: urlOf(party, accessTokenPath), headers, body }, deadlineMs, dispatcher),
      );
      present = { party, tokens };
    }
    return present;
  }

  async function send(
    party: SnapParty,
    service: SnapService,
    body: Buffer,
    token: string,
    leftMs: number,
  ): Promise<HttpOutcome> {
    const now = clock();
    const timestamp = toSnapTimestamp(now);
    const url = urlOf(party, service.path);
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
    return exchange({ method: service.method, url, headers, body }, leftMs, dispatcher);
  }

  async function ask<Outcome>(
    service: SnapService,
    body: Buffer,
    read: (outcome: HttpOutcome) => { readonly outcome: Outcome; readonly code: string },
  ): Promise<Outcome | Unreached> {
    const { party, tokens } = sessionOf(keys.current());
    const endsAt = performance.now() + deadlineMs;
    for (let attempt = 1; ; attempt += 1) {
      const token = await tokens.get();
      if (token.kind === "none") return { kind: "unreached", reason: token.reason };
      const startedAt = performance.now();
      const leftMs = Math.floor(endsAt - startedAt);
      if (leftMs <= 0) return { kind: "unreached", reason: `no time left of ${deadlineMs} ms` };
      const { outcome, code } = read(await send(party, service, body, token.token, leftMs));
      const durationMs = Math.round(performance.now() - startedAt);
      logger.debug({ provider: party.provider, service: service.code, outcome: code, durationMs }, "provider called");
      if (code !== "40101" || attempt === 2) return outcome;
      tokens.discard(token.token);
    }
  }

  return {
    call: (service, body) =>
      ask<SnapOutcome>(service, Buffer.from(JSON.stringify(body)), (answer) => {
        const outcome = answer.kind === "answered" ? readAnswer(service, answer.status, answer.body) : answer;
        const code = outcome.kind === "answered" ? outcome.code : `${outcome.kind}: ${outcome.reason}`;
        return { outcome, code };
      }),
    download: (service) =>
      ask<HttpOutcome>(service, Buffer.alloc(0), (answer) => {
        if (answer.kind !== "answered") return { outcome: answer, code: `${answer.kind}: ${answer.reason}` };
        const refusal = answer.status === 200 ? undefined : readAnswer(service, answer.status, answer.body);
        return { outcome: answer, code: refusal?.kind === "answered" ? refusal.code : String(answer.status) };
      }),
  };
}
