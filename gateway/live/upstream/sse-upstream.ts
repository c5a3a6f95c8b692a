import { type Dispatcher, Pool } from "undici";
import { readAnswer } from "../../transport/subgraph-answer.ts";
import { SubgraphFault } from "../../transport/subgraph-fault.ts";
import { EventStreamParser, EventTooLargeError } from "./event-stream-parser.ts";
import type {
  OpenUpstream,
  UpstreamEndpoint,
  UpstreamHandle,
  UpstreamLimits,
  UpstreamListener,
  UpstreamRequest,
} from "./upstream.ts";

const refusalBytes = 64 * 1024;
const connectTimeoutMs = 2_000;

/** Streams of one subgraph over graphql-sse, in distinct connections mode. */
export interface SseUpstream {
  readonly open: OpenUpstream;
  readonly close: () => Promise<void>;
}

async function readSome(body: Dispatcher.ResponseData["body"]): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > refusalBytes) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

class SseStream implements UpstreamHandle {
  readonly #endpoint: UpstreamEndpoint;
  readonly #limits: UpstreamLimits;
  readonly #listener: UpstreamListener;
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout;
  #isOver = false;

  constructor(endpoint: UpstreamEndpoint, limits: UpstreamLimits, listener: UpstreamListener) {
    this.#endpoint = endpoint;
    this.#limits = limits;
    this.#listener = listener;
    this.#timer = setTimeout(
      () => this.#lose("timeout", `did not take the subscription within ${endpoint.timeoutMs} ms`),
      endpoint.timeoutMs,
    );
  }

  readonly close = (): void => {
    this.#finish();
  };

  async run(pool: Pool, path: string, { body, headers }: UpstreamRequest): Promise<void> {
    try {
      const response = await pool.request({
        path,
        method: "POST",
        headers: { ...headers, accept: "text/event-stream" },
        body,
        signal: this.#abort.signal,
      });
      const type = String(response.headers["content-type"] ?? "");
      if (response.statusCode !== 200 || !type.startsWith("text/event-stream")) return await this.#refused(response);
      await this.#read(response.body);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** A subgraph that has not taken the subscription answers like to a query: with errors, or with something else. */
  async #refused({ statusCode, body }: Dispatcher.ResponseData): Promise<void> {
    const answer = readAnswer(this.#endpoint.service, statusCode, await readSome(body));
    const { errors } = answer;
    if (errors == null || errors.length === 0)
      this.#lose("bad-response", "answered a subscription with a single answer");
    else this.#end(() => this.#listener.ended({ kind: "errors", errors }));
  }

  async #read(body: AsyncIterable<Buffer>): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => this.#lose("timeout", `said nothing for ${this.#limits.silenceMs} ms`),
      this.#limits.silenceMs,
    );
    if (!this.#isOver) this.#listener.opened();
    const parser = new EventStreamParser(this.#limits.eventBytes, ({ event, data }) => this.#take(event, data));
    for await (const chunk of body) {
      if (this.#isOver) return;
      this.#timer.refresh();
      parser.write(chunk);
    }
    this.#lose("unavailable", "ended the stream without completing it");
  }

  #take(event: string, data: string): void {
    if (this.#isOver) return;
    // Other events are none of the protocol's; they are passed over as the standard has it.
    if (event === "complete") this.#end(() => this.#listener.ended({ kind: "complete" }));
    else if (event === "next") this.#listener.next(readAnswer(this.#endpoint.service, 200, data));
  }

  #failed(error: unknown): void {
    if (error instanceof SubgraphFault) this.#end(() => this.#listener.ended({ kind: "fault", fault: error }));
    else if (error instanceof EventTooLargeError) this.#lose("bad-response", "sent an event larger than allowed");
    else this.#lose("unavailable", "the stream's connection failed", error);
  }

  #lose(kind: SubgraphFault["kind"], message: string, cause?: unknown): void {
    const fault = new SubgraphFault(message, { service: this.#endpoint.service, kind, mayHaveActed: false, cause });
    this.#end(() => this.#listener.ended({ kind: "fault", fault }));
  }

  #end(tell: () => void): void {
    if (this.#isOver) return;
    this.#finish();
    tell();
  }

  #finish(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#abort.abort();
  }
}

/** Opens streams of one subgraph over kept-alive connections; one connection carries one stream at a time. */
export function createSseUpstream(endpoint: UpstreamEndpoint, limits: UpstreamLimits): SseUpstream {
  const url = new URL(endpoint.url);
  const pool = new Pool(url.origin, {
    connections: null,
    connect: { timeout: connectTimeoutMs },
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    open: (request, listener) => {
      const stream = new SseStream(endpoint, limits, listener);
      void stream.run(pool, `${url.pathname}${url.search}`, request);
      return stream;
    },
    close: () => pool.destroy(),
  };
}
