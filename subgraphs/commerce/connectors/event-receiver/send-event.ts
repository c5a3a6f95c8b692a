import { Agent, request } from "undici";
import type { Letter } from "../../../../platform/runtime/outbox.ts";
import type { Delivery } from "../../../../platform/runtime/outbox-relay.ts";
import { signWebhook, type WebhookKey } from "../../../../platform/runtime/webhook-signature.ts";
import type { Clock } from "../../../../platform/values/instants.ts";

/** Sends events to the organisation that wants them. */
export interface EventSender {
  /** Sends one; whatever happens is an answer. Never follows a redirection. */
  readonly send: (letter: Letter) => Promise<Delivery>;
  readonly close: () => Promise<void>;
}

/** What a sender needs. */
export interface EventSenderSettings {
  /** Where the receiver takes events. */
  readonly url: string;
  /** The keys that sign, as they are now. */
  readonly keys: () => readonly WebhookKey[];
  readonly clock: Clock;
  /** Longest that a delivery may take. */
  readonly deadlineMs: number;
}

// The same event would be refused again. 401 and 404 are mistakes of settings, which somebody may mend meanwhile.
const refusals = new Set([400, 409, 413, 415, 422]);
const receiverDown = new Set([429, 502, 503, 504]);
const mostAnswerBytes = 4_096;

function codeOf(body: string): string {
  const code = /"code"\s*:\s*"(\w{1,64})"/.exec(body)?.[1];
  return code === undefined ? "" : ` ${code}`;
}

function judge(status: number, body: string): Delivery {
  if (status >= 200 && status < 300) return { kind: "delivered" };
  const fault = `HTTP ${status}${codeOf(body)}`;
  if (refusals.has(status)) return { kind: "refused", fault };
  return { kind: receiverDown.has(status) ? "down" : "failed", fault };
}

async function readSome(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > mostAnswerBytes) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Makes a sender with connections of its own. */
export function createEventSender(settings: EventSenderSettings): EventSender {
  const { url, keys, clock, deadlineMs } = settings;
  const dispatcher = new Agent({ connect: { timeout: 2_000 }, keepAliveTimeout: 30_000, connections: 16 });
  return {
    send: async ({ id, body }) => {
      const bytes = Buffer.from(body);
      try {
        const answer = await request(url, {
          dispatcher,
          method: "POST",
          headers: { "content-type": "application/json", ...signWebhook(keys(), id, clock(), bytes) },
          body: bytes,
          signal: AbortSignal.timeout(deadlineMs),
        });
        return judge(answer.statusCode, await readSome(answer.body));
      } catch (error) {
        const { code, name, message } = error as NodeJS.ErrnoException;
        const fault = name === "TimeoutError" ? `no answer within ${deadlineMs} ms` : (code ?? message);
        return { kind: "down", fault };
      }
    },
    close: () => dispatcher.destroy(),
  };
}
