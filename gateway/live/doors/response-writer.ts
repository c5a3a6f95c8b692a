import type { ServerResponse } from "node:http";
import type { FastifyReply } from "fastify";

/**
 * Writes a response that goes on for long, no faster than its client reads. A client that does not read for too long, or
 * is gone without having said so, loses its connection.
 */
export class ResponseWriter {
  readonly #raw: ServerResponse;
  readonly #slowClientMs: number;
  readonly #closed: (() => void)[] = [];
  #heartbeat: NodeJS.Timeout | undefined;
  #drained: Promise<void> | undefined;

  /** Takes the reply out of fastify's hands and sends its head, with the headers that hooks have set. */
  constructor(reply: FastifyReply, headers: Readonly<Record<string, string>>, slowClientMs: number) {
    reply.hijack();
    this.#raw = reply.raw;
    this.#slowClientMs = slowClientMs;
    const set = Object.fromEntries(
      Object.entries(reply.getHeaders()).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
    // Proxies would hold small parts back, and browsers a stream without a first byte.
    const streaming = { "cache-control": "no-cache, no-transform", "x-accel-buffering": "no" };
    this.#raw.writeHead(reply.statusCode, { ...set, ...streaming, ...headers });
    this.#raw.flushHeaders();
    this.#raw.socket?.setNoDelay(true);
    this.#raw.once("close", () => {
      clearInterval(this.#heartbeat);
      for (const tell of this.#closed.splice(0)) tell();
    });
    this.#raw.on("error", () => undefined);
  }

  get isOpen(): boolean {
    return !this.#raw.destroyed && !this.#raw.writableEnded;
  }

  /** Calls back once when the connection is gone; at once when it is. */
  onClose(tell: () => void): void {
    if (this.isOpen) this.#closed.push(tell);
    else tell();
  }

  /** Writes the text now and then, so that nobody on the way takes the connection for dead. */
  beat(text: string, everyMs: number): void {
    this.#heartbeat = setInterval(() => {
      if (this.isOpen && this.#drained === undefined) void this.write(text);
    }, everyMs);
    this.#heartbeat.unref();
  }

  /**
   * Resolves when the client may be written to again, or is gone. While one text waits for its client, those of others wait
   * behind it: whatever runs on a connection, no more than one text at a time is ahead of what its client reads.
   */
  async write(text: string): Promise<void> {
    while (this.#drained !== undefined) await this.#drained;
    if (!this.isOpen || this.#raw.write(text)) return;
    this.#drained = this.#untilDrained();
    await this.#drained;
  }

  async #untilDrained(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.#raw.destroy(), this.#slowClientMs);
      const done = () => {
        clearTimeout(timer);
        this.#raw.off("drain", done);
        this.#raw.off("close", done);
        resolve();
      };
      this.#raw.on("drain", done);
      this.#raw.on("close", done);
    });
    this.#drained = undefined;
  }

  end(text = ""): void {
    clearInterval(this.#heartbeat);
    if (this.isOpen) this.#raw.end(text);
  }
}
