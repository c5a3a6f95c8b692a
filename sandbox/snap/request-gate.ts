import type { KeyObject } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Clock } from "../../platform/values/instants.ts";
import type { Book } from "../book/book.ts";
import type { AccessTokens } from "./access-tokens.ts";
import type { CaseName } from "./response-codes.ts";
import { symmetricStringToSign, tokenStringToSign, verifyAsymmetric, verifySymmetric } from "./signatures.ts";
import { fromSnapTimestamp, jakartaDay, timestampWindowMs } from "./timestamps.ts";

/** A request as it came from the network. `path` includes the query; `rawBody` is what the signature covers. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawBody: Buffer;
}

/** Why a request is not let in. */
export interface GateRefusal {
  readonly caseName: CaseName;
  readonly detail: string | undefined;
}

/** What the gate knows of the one merchant it lets in. */
export interface GateKeys {
  readonly partnerId: string;
  readonly clientKey: string;
  readonly clientSecret: string;
  readonly merchantPublicKeyPem: KeyObject;
  /** What was presented before a roll-over, while it is still accepted. */
  readonly former?: { readonly clientSecret: string; readonly merchantPublicKeyPem: KeyObject } | undefined;
}

/** Lets in requests that the merchant signed; undefined means let in. */
export interface RequestGate {
  readonly checkTokenRequest: (request: ReceivedRequest) => GateRefusal | undefined;
  /** Records the X-EXTERNAL-ID of a request that is let in; flush the book before answering. */
  readonly checkTransaction: (request: ReceivedRequest) => GateRefusal | undefined;
}

function refuse(caseName: CaseName, detail?: string): GateRefusal {
  return { caseName, detail };
}

function header(request: ReceivedRequest, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value : "";
}

function checkFormat(request: ReceivedRequest, name: string, pattern: RegExp): GateRefusal | undefined {
  const value = header(request, name);
  if (value === "") return refuse("invalidMandatoryField", name.toUpperCase());
  return pattern.test(value) ? undefined : refuse("invalidFieldFormat", name.toUpperCase());
}

function checkTimestamp(request: ReceivedRequest, now: Date): GateRefusal | undefined {
  const text = header(request, "x-timestamp");
  if (text === "") return refuse("invalidMandatoryField", "X-TIMESTAMP");
  const instant = fromSnapTimestamp(text);
  if (instant === undefined) return refuse("invalidFieldFormat", "X-TIMESTAMP");
  const distanceMs = Math.abs(instant.getTime() - now.getTime());
  return distanceMs > timestampWindowMs ? refuse("unauthorized", "X-TIMESTAMP is outside the window") : undefined;
}

/**
 * Makes the gate. Order: headers, partner, token, timestamp window, signature over the raw bytes, X-EXTERNAL-ID. The last
 * comes after the signature, so that a forged request cannot use up a merchant's ids.
 */
export function createRequestGate(keys: GateKeys, tokens: AccessTokens, book: Book, clock: Clock): RequestGate {
  function checkSignature(request: ReceivedRequest, accessToken: string): GateRefusal | undefined {
    const text = symmetricStringToSign(
      {
        method: request.method,
        path: request.path,
        rawBody: request.rawBody,
        timestamp: header(request, "x-timestamp"),
      },
      accessToken,
    );
    const accepted = keys.former === undefined ? [keys] : [keys, keys.former];
    const isRight = accepted.some(({ clientSecret }) =>
      verifySymmetric(text, clientSecret, header(request, "x-signature")),
    );
    return isRight ? undefined : refuse("unauthorized", "Signature");
  }

  function checkExternalId(request: ReceivedRequest): GateRefusal | undefined {
    const externalId = header(request, "x-external-id");
    const now = clock();
    const day = jakartaDay(now);
    if (book.hasSeen(day, externalId)) return refuse("conflict");
    book.record({ entry: "external-id-seen", at: now.toISOString(), day, externalId });
    return undefined;
  }

  return {
    checkTokenRequest(request) {
      const timestamp = checkTimestamp(request, clock());
      if (timestamp !== undefined) return timestamp;
      const clientKey = checkFormat(request, "x-client-key", /^.+$/);
      if (clientKey !== undefined) return clientKey;
      const signature = checkFormat(request, "x-signature", /^.+$/);
      if (signature !== undefined) return signature;
      if (header(request, "x-client-key") !== keys.clientKey) return refuse("unauthorized", "Unknown client");
      const text = tokenStringToSign(keys.clientKey, header(request, "x-timestamp"));
      const accepted = keys.former === undefined ? [keys] : [keys, keys.former];
      const isRight = accepted.some(({ merchantPublicKeyPem }) =>
        verifyAsymmetric(text, merchantPublicKeyPem, header(request, "x-signature")),
      );
      return isRight ? undefined : refuse("unauthorized", "Signature");
    },
    checkTransaction(request) {
      const formats =
        checkFormat(request, "x-partner-id", /^.{1,36}$/) ??
        checkFormat(request, "x-external-id", /^\d{1,36}$/) ??
        checkFormat(request, "channel-id", /^[A-Za-z0-9]{1,5}$/) ??
        checkFormat(request, "x-signature", /^.+$/);
      if (formats !== undefined) return formats;
      if (header(request, "x-partner-id") !== keys.partnerId) return refuse("unauthorized", "Unknown partner");
      const accessToken = /^Bearer (.+)$/.exec(header(request, "authorization"))?.[1];
      if (accessToken === undefined || !tokens.accepts(accessToken)) return refuse("invalidToken");
      return checkTimestamp(request, clock()) ?? checkSignature(request, accessToken) ?? checkExternalId(request);
    },
  };
}
