import { GraphQLError } from "graphql";

/** A request that is no GraphQL request: BAD_REQUEST, status 400 unless said otherwise. */
export class BadRequest extends GraphQLError {
  override readonly name = "BadRequest";

  constructor(message: string, status = 400, headers: readonly (readonly [name: string, value: string])[] = []) {
    super(message, { extensions: { code: "BAD_REQUEST", http: { status, headers: new Map(headers) } } });
  }
}
