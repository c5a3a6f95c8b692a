import type { Dispatcher } from "undici";
import type { Logger } from "../../../../platform/runtime/logger.ts";
import { exchange, type HttpOutcome } from "../http-exchange.ts";
import type { CodeTable } from "../snap/meanings.ts";
import type { ProcessorKeys } from "./party.ts";

/** A question to the processor: `body` is sent as JSON; none for GET. */
export interface ProcessorQuestion {
  readonly method: "GET" | "POST";
  /** Below the base, query included. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Same key, same request: the processor answers the first result again. */
  readonly idempotencyKey?: string;
}

/** Calls the processor. Never throws for what the other side does. */
export interface ProcessorClient {
  readonly send: (question: ProcessorQuestion) => Promise<HttpOutcome>;
}

/** An answer put into the connector's words; everything that its table does not list is `unknown`. */
export type Understood<Meaning extends string> =
  | { readonly meaning: Meaning; readonly reason: string; readonly body: unknown }
  | { readonly meaning: "unknown"; readonly reason: string; readonly body: null };

/** Makes a client: basic authentication with the secret key that holds when the call begins. */
export function createProcessorClient(
  keys: ProcessorKeys,
  dispatcher: Dispatcher,
  deadlineMs: number,
  logger: Logger,
): ProcessorClient {
  return {
    send: async ({ method, path, body, idempotencyKey }) => {
      const { baseUrl, secretKey, provider } = keys.current();
      const headers = {
        authorization: `Basic ${Buffer.from(`${secretKey}:`).toString("base64")}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
      };
      const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
      const outcome = await exchange(
        { method, url: new URL(`${baseUrl}${path}`), headers, body: bytes },
        deadlineMs,
        dispatcher,
      );
      const said = outcome.kind === "answered" ? String(outcome.status) : `${outcome.kind}: ${outcome.reason}`;
      logger.debug({ provider, path, outcome: said }, "provider called");
      return outcome;
    },
  };
}

/** Looks an outcome up by HTTP status and `error_code`. */
export function understandProcessor<Meaning extends string>(
  table: CodeTable<Meaning>,
  outcome: HttpOutcome,
): Understood<Meaning> {
  if (outcome.kind !== "answered") return { meaning: "unknown", reason: outcome.reason, body: null };
  let body: unknown;
  try {
    body = JSON.parse(outcome.body.toString("utf8"));
  } catch {
    return { meaning: "unknown", reason: `HTTP ${outcome.status}, not JSON`, body: null };
  }
  const errorCode = (body as { error_code?: unknown } | null)?.error_code;
  const code = typeof errorCode === "string" ? `${outcome.status} ${errorCode.slice(0, 60)}` : String(outcome.status);
  const meaning = table[code];
  return meaning === undefined ? { meaning: "unknown", reason: code, body: null } : { meaning, reason: code, body };
}
