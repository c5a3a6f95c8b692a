import type { Dispatcher } from "undici";
import type { Cancellation } from "../cancellation.ts";

/** One request over HTTP. */
export interface ExchangeRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** From sending to the last byte of the answer. */
  readonly timeoutMs: number;
  readonly maximumBytes: number;
  readonly cancellation: Cancellation | undefined;
}

/** An answer, read whole. */
export interface ExchangeAnswer {
  readonly status: number;
  readonly text: string;
}

/** Why an exchange was ended from this side. */
export class ExchangeEnded extends Error {
  override readonly name = "ExchangeEnded";
  readonly why: "expired" | "cancelled" | "too-large";

  constructor(why: ExchangeEnded["why"]) {
    super(`the exchange was ended: ${why}`);
    this.why = why;
  }
}

const byteOrderMark = 0xfeff;

function textOf(chunks: readonly Buffer[], bytes: number): string {
  const [only] = chunks;
  const whole = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, bytes);
  const text = whole.toString("utf8");
  return text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text;
}

/** Reads an answer without streams: most come in one piece. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: ExchangeRequest;
  readonly #resolve: (answer: ExchangeAnswer) => void;
  readonly #reject: (error: unknown) => void;
  readonly #chunks: Buffer[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #forget: (() => void) | undefined;
  #bytes = 0;
  #status = 0;
  #controller: Dispatcher.DispatchController | undefined;
  #ended: ExchangeEnded | undefined;

  constructor(request: ExchangeRequest, resolve: (answer: ExchangeAnswer) => void, reject: (error: unknown) => void) {
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(() => this.#end("expired"), request.timeoutMs);
    this.#forget = request.cancellation?.onCancel(() => this.#end("cancelled"));
  }

  #end(why: ExchangeEnded["why"]): void {
    if (this.#ended !== undefined) return;
    this.#ended = new ExchangeEnded(why);
    this.#release();
    this.#controller?.abort(this.#ended);
    this.#reject(this.#ended);
  }

  #release(): void {
    clearTimeout(this.#timer);
    this.#forget?.();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // It may have waited for a free connection until its time was up.
    if (this.#ended === undefined) this.#controller = controller;
    else controller.abort(this.#ended);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#request.maximumBytes) this.#end("too-large");
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#ended !== undefined) return;
    this.#release();
    this.#resolve({ status: this.#status, text: textOf(this.#chunks, this.#bytes) });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (this.#ended !== undefined) return;
    this.#release();
    this.#reject(error);
  }
}

/** Posts and reads the answer. Rejects with ExchangeEnded, or with what went wrong on the way. */
export function exchange(dispatcher: Dispatcher, request: ExchangeRequest): Promise<ExchangeAnswer> {
  return new Promise((resolve, reject) => {
    const { path, headers, body } = request;
    dispatcher.dispatch({ path, method: "POST", headers, body }, new Exchange(request, resolve, reject));
  });
}
