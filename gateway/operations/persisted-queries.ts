import { createHash } from "node:crypto";
import { GraphQLError } from "graphql";
import { ByteCache } from "../plans/byte-cache.ts";
import { errorCatalogue } from "../policy/error-catalogue.ts";
import { BadRequest } from "./bad-request.ts";
import type { OperationRequest } from "./operation-request.ts";

/** A document that is to be run, and whether it is to be kept under its hash once it proves valid. */
export interface FoundDocument {
  readonly text: string;
  readonly registersAs: string | undefined;
}

/** Hash of a document as automatic persisted queries name it: SHA-256, hexadecimal. */
export function documentHash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function notFound(): GraphQLError {
  const code = "PERSISTED_QUERY_NOT_FOUND";
  const headers = new Map([["cache-control", "private, no-cache, must-revalidate"]]);
  // The client has made no mistake: it asks whether the hash is known, and sends the document next.
  return new GraphQLError(errorCatalogue.get(code)?.message ?? code, {
    extensions: { code, http: { status: 200, headers } },
  });
}

function persistedHash({ extensions }: OperationRequest): string | undefined {
  const persisted = extensions?.persistedQuery;
  if (persisted === undefined || persisted === null || typeof persisted !== "object") return undefined;
  const { version, sha256Hash } = persisted as Record<string, unknown>;
  if (version !== 1) throw new BadRequest("Unsupported persisted query version");
  if (typeof sha256Hash !== "string") throw new BadRequest("`sha256Hash` of a persisted query must be a string");
  return sha256Hash;
}

/** Automatic persisted queries: documents by their hash, as clients registered them, the ones used last. */
export class PersistedQueries {
  readonly #texts: ByteCache<string>;

  constructor(maximumBytes: number) {
    this.#texts = new ByteCache(maximumBytes, (hash, text) => 2 * (hash.length + text.length) + 100);
  }

  /** @throws GraphQLError BAD_REQUEST (no document, wrong hash or version) or PERSISTED_QUERY_NOT_FOUND */
  find(request: OperationRequest): FoundDocument {
    const hash = persistedHash(request);
    const { query } = request;
    if (hash === undefined) {
      if (query !== undefined && query !== "") return { text: query, registersAs: undefined };
      throw new BadRequest("GraphQL operations must contain a non-empty `query` or a `persistedQuery` extension.");
    }
    if (query === undefined) {
      const text = this.#texts.get(hash);
      if (text === undefined) throw notFound();
      return { text, registersAs: undefined };
    }
    if (documentHash(query) !== hash) throw new BadRequest("provided sha does not match query");
    return { text: query, registersAs: hash };
  }

  register(hash: string, text: string): void {
    this.#texts.set(hash, text);
  }
}
