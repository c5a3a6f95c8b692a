import type { RawData, WebSocket } from "ws";

/** Messages that may come: so many at once, and so many more with each second. Each 4 kB of one count as one more. */
export interface MessageAllowance {
  readonly atOnce: number;
  readonly perSecond: number;
}

/** How a socket is paced. */
export interface Pace {
  /** How long the other side may take to receive what was sent; then it is cut. */
  readonly stuckMs: number;
  /** Without one, only what waits to be sent holds messages back. */
  readonly messages?: MessageAllowance;
  /** Told once, when the socket begins to close, whoever closes it. Nothing is handled after that. */
  readonly closing: (code: number, reason: string) => void;
}

/** Handles a message; never rejects. The next one is handled when it resolves, or when it has called `begun`. */
export type HandleMessage = (text: string, begun: () => void) => Promise<void>;

const bytesOfMessage = 4_096;
const mostBufferedBytes = 262_144;
const mostUnsent = 1_000;
const closingMs = 2_000;
const longestReasonBytes = 123;
const policyViolation = 1008;
const abnormal = 1006;

/** How many messages one of so many bytes counts as. */
export function weightOf(bytes: number): number {
  return 1 + Math.floor(bytes / bytesOfMessage);
}

/** A close frame carries 123 bytes of reason at most; a longer one is an exception. Source: RFC 6455, 5.5. */
function fittingReason(reason: string): string {
  const bytes = Buffer.from(reason);
  // A character that is cut in two becomes U+FFFD, of three bytes: it goes.
  return bytes.length <= longestReasonBytes
    ? reason
    : bytes.toString("utf8", 0, longestReasonBytes - 3).replace(/\uFFFD$/, "");
}

/**
 * A WebSocket that is read no faster than its messages are handled and its answers are received. What is handled comes one
 * after another; who sends more than the allowance is closed with 1008. Pings are answered here: open it with `autoPong: false`.
 */
export class PacedSocket {
  readonly #socket: WebSocket;
  readonly #pace: Pace;
  readonly #waiting: string[] = [];
  /** When each text was given to the socket that the network has not taken yet, the oldest first. */
  readonly #unsentSince: number[] = [];
  #handle: HandleMessage | undefined;
  #isWorking = false;
  #isClosing = false;
  #left: number;
  #leftAt = performance.now();
  #received: (() => void) | undefined;
  #stuckTimer: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket, pace: Pace) {
    this.#socket = socket;
    this.#pace = pace;
    this.#left = pace.messages?.atOnce ?? 0;
    socket.on("message", (data: RawData) => this.#take(data));
    socket.on("ping", (data: Buffer) => this.#takePing(data));
    socket.on("pong", () => this.#isAllowed(0));
    // A frame that is none, or too large: the library below has chosen the code and closes by itself.
    socket.on("error", () => {
      this.#beginClosing(abnormal, "");
      this.#terminateSoon();
    });
    socket.once("close", (code: number, reason: Buffer) => {
      this.#beginClosing(code, String(reason));
      clearTimeout(this.#stuckTimer);
    });
  }

  /** Whether what comes is dropped, because the socket is closing or closed. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Handles what comes from now on. */
  listen(handle: HandleMessage): void {
    this.#handle = handle;
  }

  /** Resolves when the network has taken the text: so the other side is not written ahead of. */
  send(text: string): Promise<void> {
    return this.#write((done) => this.#socket.send(text, done));
  }

  /** Begins to close. What was received and not handled is dropped, as is all that still comes. */
  close(code: number, reason: string): void {
    const fitting = fittingReason(reason);
    this.#beginClosing(code, fitting);
    this.#socket.close(code, fitting);
    this.#terminateSoon();
  }

  #terminateSoon(): void {
    // The other side may never answer the closing frame.
    setTimeout(() => this.#socket.terminate(), closingMs).unref();
  }

  #beginClosing(code: number, reason: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#waiting.length = 0;
    this.#received?.();
    // The closing frame of the other side must be read.
    this.#socket.resume();
    this.#pace.closing(code, reason);
  }

  #isAllowed(bytes: number): boolean {
    if (this.#isClosing) return false;
    const { messages } = this.#pace;
    if (messages === undefined) return true;
    const now = performance.now();
    this.#left = Math.min(messages.atOnce, this.#left + ((now - this.#leftAt) / 1_000) * messages.perSecond);
    this.#leftAt = now;
    this.#left -= weightOf(bytes);
    if (this.#left >= 0) return true;
    this.close(policyViolation, "TOO_MANY_MESSAGES");
    return false;
  }

  #take(data: RawData): void {
    const bytes = data as Buffer;
    if (!this.#isAllowed(bytes.length)) return;
    this.#waiting.push(bytes.toString("utf8"));
    void this.#work();
  }

  #takePing(data: Buffer): void {
    if (!this.#isAllowed(data.length)) return;
    void this.#write((done) => this.#socket.pong(data, false, done));
    void this.#work();
  }

  /** One at a time; meanwhile the network holds what comes, beyond the frames that were read with this one. */
  async #work(): Promise<void> {
    if (this.#isWorking) return;
    this.#isWorking = true;
    this.#socket.pause();
    for (;;) {
      while (this.#isFull() && !this.#isClosing) {
        await new Promise<void>((resolve) => {
          this.#received = resolve;
        });
      }
      const text = this.#waiting.shift();
      const handle = this.#handle;
      if (text === undefined || handle === undefined) break;
      await new Promise<void>((next) => void handle(text, next).then(next));
      // What one socket has sent at once is not handled at one go.
      if (this.#waiting.length > 0) await new Promise((next) => setImmediate(next));
    }
    this.#isWorking = false;
    this.#socket.resume();
  }

  #isFull(): boolean {
    return this.#unsentSince.length > mostUnsent || this.#socket.bufferedAmount > mostBufferedBytes;
  }

  #write(write: (done: () => void) => void): Promise<void> {
    if (this.#isClosing || this.#socket.readyState !== this.#socket.OPEN) return Promise.resolve();
    return new Promise((resolve) => {
      this.#unsentSince.push(performance.now());
      this.#stuckTimer ??= this.#lookIn(this.#pace.stuckMs);
      write(() => {
        this.#unsentSince.shift();
        this.#received?.();
        resolve();
      });
    });
  }

  #lookIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#lookWhetherStuck(), ms).unref();
  }

  #lookWhetherStuck(): void {
    this.#stuckTimer = undefined;
    const [oldest] = this.#unsentSince;
    if (oldest === undefined) return;
    const leftMs = oldest + this.#pace.stuckMs - performance.now();
    if (leftMs <= 0) this.#socket.terminate();
    else this.#stuckTimer = this.#lookIn(leftMs);
  }
}
