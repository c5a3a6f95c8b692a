import type { IncomingHttpHeaders } from "node:http";
import type { CallbackAnswer } from "../domain/notification.ts";

/** A provider's call as it was on the wire: what it signed must not be parsed and written anew. */
export interface CallbackRequest {
  readonly method: string;
  /** After the host, as called, query included. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A call that a provider makes. */
export interface CallbackRoute {
  /** For logs and metrics: `bank-cendana.va-payment`. */
  readonly name: string;
  /** Path of the POST, without host and query. */
  readonly path: string;
  /** Verifies, decides, answers. Rejects only for faults of ours, of which the provider is told by `fault`. */
  readonly handle: (request: CallbackRequest) => Promise<CallbackAnswer>;
  /** What a provider is told of a fault of ours: nothing was done, it may call again. */
  readonly fault: CallbackAnswer;
  /** What a provider is told of a body that is too long to be read. */
  readonly tooLong: CallbackAnswer;
}

/** What a browser is answered. */
export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A page that a browser reads here. */
export interface Page {
  /** Path of the GET; `:id` stands for a part of it. */
  readonly path: string;
  readonly handle: (
    parameters: Readonly<Record<string, string>>,
    query: Readonly<Record<string, unknown>>,
  ) => Promise<PageAnswer>;
}
