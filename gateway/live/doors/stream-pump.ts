import type { FormattedExecutionResult, GraphQLFormattedError } from "graphql";
import type { RequestContext } from "../../request-context.ts";
import type { ClientStream } from "../subscriptions.ts";
import { type LiveDoorParts, maskErrors, maskResult } from "./door-parts.ts";

/** How a door writes a stream's items. Each resolves when the next may be written. */
export interface StreamWriter {
  readonly next: (result: FormattedExecutionResult) => Promise<void>;
  /** Errors are why the stream ended before its time; none when it is simply over. */
  readonly end: (errors: readonly GraphQLFormattedError[]) => Promise<void> | void;
}

/** Takes a stream's items as fast as its client reads, until its end. */
export async function pumpStream(
  stream: ClientStream,
  writer: StreamWriter,
  parts: LiveDoorParts,
  context: RequestContext,
): Promise<void> {
  for (;;) {
    const item = await stream.take();
    if (item.kind === "end") {
      await writer.end(maskErrors(item.errors, parts, context));
      return;
    }
    await writer.next(maskResult(item.result, "subscription", parts, context));
  }
}
