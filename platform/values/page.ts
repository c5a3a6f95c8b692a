/** A page asked for: at most `first` entries after the key `after`. */
export interface PageRequest {
  readonly first: number;
  readonly after: string | null;
}

/** A page answered: entries with the key each has in the order, and whether more follow. */
export interface Page<Entry> {
  readonly entries: readonly { readonly key: string; readonly value: Entry }[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** What a Relay connection of `Node` looks like. Source: Relay cursor connections specification. */
export interface Connection<Node> {
  readonly edges: { readonly cursor: string; readonly node: Node }[];
  readonly nodes: Node[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** `first` is outside its bounds, or `after` is not a cursor of this list. */
export class PageRequestError extends Error {
  override readonly name = "PageRequestError";
}

const mostEntries = 50;
const cursorPattern = /^[A-Za-z0-9_-]{1,128}$/;

function toCursor(key: string): string {
  return Buffer.from(key, "utf8").toString("base64url");
}

/**
 * Checks the arguments of a connection field. `isKey` says whether a decoded cursor can be a key of this list.
 * @throws PageRequestError, for the client to see: it asked outside what the schema says.
 */
export function readPageRequest(
  args: { readonly first: number; readonly after?: string | null },
  isKey: (key: string) => boolean,
): PageRequest {
  if (args.first < 1 || args.first > mostEntries) {
    throw new PageRequestError(`first must lie between 1 and ${mostEntries}`);
  }
  if (args.after === undefined || args.after === null) return { first: args.first, after: null };
  const key = cursorPattern.test(args.after) ? Buffer.from(args.after, "base64url").toString("utf8") : "";
  if (!isKey(key)) throw new PageRequestError("after is not a cursor of this list; take endCursor of the page before");
  return { first: args.first, after: key };
}

/** Makes a page of rows that were read with one row more than asked for, which tells whether more follow. */
export function toPage<Entry>(
  rows: readonly Entry[],
  request: PageRequest,
  keyOf: (row: Entry) => string,
): Page<Entry> {
  return {
    entries: rows.slice(0, request.first).map((value) => ({ key: keyOf(value), value })),
    hasNextPage: rows.length > request.first,
    hasPreviousPage: request.after !== null,
  };
}

/** Renders a page as a Relay connection. */
export function toConnection<Node>(page: Page<Node>): Connection<Node> {
  const edges = page.entries.map(({ key, value }) => ({ cursor: toCursor(key), node: value }));
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
