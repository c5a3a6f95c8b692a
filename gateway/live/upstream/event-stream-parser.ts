import { StringDecoder } from "node:string_decoder";

/** One event of an event stream. */
export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

/** An event is larger than allowed. */
export class EventTooLargeError extends Error {
  override readonly name = "EventTooLargeError";
}

/**
 * Reads text/event-stream chunk by chunk and holds no more than one event. Source: HTML standard, server-sent events;
 * `id` and `retry` are not used between organisations.
 */
export class EventStreamParser {
  readonly #decoder = new StringDecoder("utf8");
  readonly #maximumBytes: number;
  readonly #emit: (event: ServerSentEvent) => void;
  #rest = "";
  #event = "";
  #data: string[] = [];
  #size = 0;
  #endsWithReturn = false;

  constructor(maximumBytes: number, emit: (event: ServerSentEvent) => void) {
    this.#maximumBytes = maximumBytes;
    this.#emit = emit;
  }

  /** @throws EventTooLargeError when the event that is being read grows beyond the bound */
  write(chunk: Buffer): void {
    let text = this.#decoder.write(chunk);
    // A line may end with CR LF, split between two chunks.
    if (this.#endsWithReturn && text.startsWith("\n")) text = text.slice(1);
    this.#endsWithReturn = text.endsWith("\r");
    const lines = text.split(/\r\n|\n|\r/);
    const last = lines.pop() ?? "";
    for (const line of lines) {
      const whole = this.#rest + line;
      this.#rest = "";
      this.#line(whole);
    }
    this.#rest += last;
    this.#bound(this.#rest.length);
  }

  #bound(more: number): void {
    if (this.#size + more > this.#maximumBytes) throw new EventTooLargeError("an event is larger than allowed");
  }

  #line(line: string): void {
    if (line === "") {
      if (this.#data.length > 0) this.#emit({ event: this.#event || "message", data: this.#data.join("\n") });
      else if (this.#event !== "") this.#emit({ event: this.#event, data: "" });
      this.#event = "";
      this.#data = [];
      this.#size = 0;
      return;
    }
    if (line.startsWith(":")) return;
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    this.#bound(line.length);
    this.#size += line.length;
    if (name === "event") this.#event = value;
    else if (name === "data") this.#data.push(value);
  }
}
