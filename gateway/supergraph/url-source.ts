import { ConfigurationError } from "../../platform/runtime/config.ts";
import { type FetchBounds, FetchFailure, fetchBounded } from "../transport/bounded-fetch.ts";
import type { SupergraphSource } from "./source.ts";

/** Where a supergraph is fetched from. */
export interface UrlSettings extends FetchBounds {
  readonly url: string;
  readonly intervalMs: number;
  /** Of each request, as `authorization`. */
  readonly headers: Readonly<Record<string, string>>;
}

const longestIntervalMs = 300_000;

/** The address without what may be secret in it. */
function publicName(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/**
 * An address that is asked again and again, with the entity tag of the last answer: 304 costs neither side anything.
 * A 200 that turns out to be no supergraph keeps its tag, so that it is not sent again either.
 */
export function createUrlSource({ url, intervalMs, headers, ...bounds }: UrlSettings): SupergraphSource {
  const name = publicName(url);
  let tag: string | undefined;
  let last: string | undefined;

  async function read(): Promise<string | undefined> {
    const asked: Record<string, string> = { accept: "application/graphql, text/plain, */*;q=0.1", ...headers };
    if (tag !== undefined) asked["if-none-match"] = tag;
    const answer = await fetchBounded(url, { headers: asked }, bounds);
    if (answer.status === 304 && last !== undefined) return undefined;
    if (answer.status !== 200) throw new FetchFailure(`it answered with status ${answer.status}`);
    if (answer.text.trim() === "") throw new FetchFailure("it answered nothing");
    tag = answer.headers.get("etag") ?? undefined;
    if (answer.text === last) return undefined;
    last = answer.text;
    return last;
  }

  return {
    name,
    intervalMs,
    longestIntervalMs: Math.max(intervalMs, longestIntervalMs),
    read: () =>
      read().catch((cause: unknown) => {
        if (!(cause instanceof FetchFailure)) throw cause;
        throw new ConfigurationError(`${name}: the supergraph cannot be fetched: ${cause.message}`, { cause });
      }),
    close: async () => undefined,
  };
}
