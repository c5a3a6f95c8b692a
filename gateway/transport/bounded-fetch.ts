/** Bounds of one exchange with a service beside the subgraphs. */
export interface FetchBounds {
  /** From sending to the last byte of the answer. */
  readonly timeoutMs: number;
  /** Of the answer, uncompressed. */
  readonly responseBytes: number;
}

/** An answer that came whole and within its bounds. */
export interface BoundedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** No answer within the bounds. The message says why in a few words, without address, headers or body. */
export class FetchFailure extends Error {
  override readonly name = "FetchFailure";
}

function reasonOf(error: unknown, timeoutMs: number): string {
  if (error instanceof FetchFailure) return error.message;
  const { name, cause } = error as { name?: string; cause?: { code?: string; message?: string } };
  if (name === "TimeoutError" || name === "AbortError") return `no complete answer within ${timeoutMs} ms`;
  return cause?.code ?? cause?.message ?? "the connection failed";
}

async function readText({ body }: Response, responseBytes: number): Promise<string> {
  if (body === null) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > responseBytes) throw new FetchFailure(`the answer is larger than ${responseBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * One HTTP exchange that ends in time and does not grow. Redirects are followed, but never from https to http.
 * Rejects with FetchFailure.
 */
export async function fetchBounded(
  url: string,
  request: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string },
  { timeoutMs, responseBytes }: FetchBounds,
): Promise<BoundedAnswer> {
  try {
    const response = await fetch(url, { ...request, signal: AbortSignal.timeout(timeoutMs) });
    if (url.startsWith("https:") && !response.url.startsWith("https:")) {
      await response.body?.cancel();
      throw new FetchFailure("it redirects from https to http");
    }
    return { status: response.status, headers: response.headers, text: await readText(response, responseBytes) };
  } catch (cause) {
    throw new FetchFailure(reasonOf(cause, timeoutMs), { cause });
  }
}
