import { type Dispatcher, request } from "undici";

/** An HTTP request whose bytes are fixed, because they are signed. */
export interface HttpQuestion {
  readonly method: "POST" | "PUT" | "GET" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * What came back. `unreached`: no connection was made, so the other side has seen nothing. `silent`: the question may have
 * arrived and may have been acted upon, but no whole answer came.
 */
export type HttpOutcome =
  | { readonly kind: "answered"; readonly status: number; readonly body: Buffer }
  | { readonly kind: "unreached"; readonly reason: string }
  | { readonly kind: "silent"; readonly reason: string };

const mostBytes = 1_048_576;
const notConnected = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

class AnswerTooLongError extends Error {
  override readonly name = "AnswerTooLongError";
}

async function readBody(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > mostBytes) throw new AnswerTooLongError(`more than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Puts one question, once: nothing is repeated here, because only the caller knows whether that is safe. */
export async function exchange(
  question: HttpQuestion,
  deadlineMs: number,
  dispatcher: Dispatcher,
): Promise<HttpOutcome> {
  try {
    const answer = await request(question.url, {
      dispatcher,
      method: question.method,
      headers: question.headers,
      body: question.body,
      signal: AbortSignal.timeout(deadlineMs),
    });
    return { kind: "answered", status: answer.statusCode, body: await readBody(answer.body) };
  } catch (error) {
    const { code, name, message } = error as NodeJS.ErrnoException;
    if (code !== undefined && notConnected.has(code)) return { kind: "unreached", reason: code };
    if (name === "TimeoutError") return { kind: "silent", reason: `no answer within ${deadlineMs} ms` };
    return { kind: "silent", reason: code ?? message };
  }
}
