import { GraphQLError } from "graphql";

/** What a client is told that asks for a subscription where a single answer goes out. */
export const subscriptionAdvice =
  "this address answers once and cannot carry a subscription: send it over WebSocket (graphql-transport-ws) here, to /graphql/stream with accept: text/event-stream, or here with accept: multipart/mixed;subscriptionSpec=1.0";

/** A request that is no GraphQL request: BAD_REQUEST, status 400 unless said otherwise. */
export class BadRequest extends GraphQLError {
  override readonly name = "BadRequest";

  constructor(message: string, status = 400, headers: readonly (readonly [name: string, value: string])[] = []) {
    super(message, { extensions: { code: "BAD_REQUEST", http: { status, headers: new Map(headers) } } });
  }
}
