import type { ServerResponse } from "node:http";
import type { FormattedExecutionResult } from "graphql";
import type { Opened } from "./stream-room.ts";

/** How patient a connection is. */
export interface ConnectionPatience {
  /** How often a silent connection shows that it is alive. */
  readonly heartbeatMs: number;
  /** How long a consumer may take to receive what was sent; then it is cut. */
  readonly stuckMs: number;
}

/** Whether a request wants a stream: `Accept: text/event-stream`. */
export function wantsEventStream(accept: string | undefined): boolean {
  return accept?.toLowerCase().includes("text/event-stream") ?? false;
}

function eventText(name: "next" | "complete", result?: FormattedExecutionResult): string {
  return `event: ${name}\ndata: ${result === undefined ? "" : JSON.stringify(result)}\n\n`;
}

/** Writes and waits until it is out of this process; a connection that does not take it in time is cut. */
function write(response: ServerResponse, text: string, stuckMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => response.destroy(), stuckMs);
    // A connection that failed is closed as well, and its stream with it.
    response.write(text, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function* eventsOf(opened: Opened): AsyncGenerator<FormattedExecutionResult> {
  if (opened.kind === "refused") yield { errors: opened.errors };
  else yield* opened.stream;
}

/**
 * Answers with text/event-stream in the distinct connections mode: `next` for each event, then `complete`. A refusal is an
 * event too. What the consumer has not taken makes the source skip to its latest state; nothing is queued.
 * Source: GraphQL over Server-Sent Events protocol (graphql-sse).
 */
export async function writeEventStream(
  response: ServerResponse,
  opened: Opened,
  patience: ConnectionPatience,
): Promise<void> {
  if (response.destroyed) {
    // Gone while the stream was being opened.
    if (opened.kind === "open") await opened.stream.return();
    return;
  }
  let isWriting = false;
  async function send(text: string): Promise<void> {
    isWriting = true;
    await write(response, text, patience.stuckMs);
    isWriting = false;
  }
  const heartbeat = setInterval(() => {
    if (!isWriting && !response.destroyed) void send(":\n\n");
  }, patience.heartbeatMs);
  // Nothing above catches what a response says of itself.
  response.on("error", () => response.destroy());
  response.once("close", () => {
    clearInterval(heartbeat);
    if (opened.kind === "open") void opened.stream.return();
  });
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
  });
  // The head goes out with it, so that the caller knows that the stream is there.
  await send(":\n\n");
  for await (const result of eventsOf(opened)) {
    if (response.destroyed) break;
    await send(eventText("next", result));
  }
  // The end may wait for a consumer that does not read; nothing may be written after it.
  clearInterval(heartbeat);
  if (!response.destroyed) response.end(eventText("complete"));
}
