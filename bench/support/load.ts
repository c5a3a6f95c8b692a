import { Pool } from "undici";

/** What is sent, and for how long. */
export interface LoadPlan {
  readonly url: string;
  readonly connections: number;
  /** Ends the load, whichever comes first. */
  readonly milliseconds: number;
  readonly requests?: number;
  readonly bodyOf: (index: number) => string;
  readonly headersOf: (index: number) => Record<string, string>;
  /** When set, no more than this many requests a second are sent. */
  readonly perSecond?: number;
}

/** What came back. */
export interface LoadResult {
  readonly requests: number;
  readonly failed: number;
  readonly firstFailure: string | undefined;
  readonly tookMs: number;
  /** Sorted. */
  readonly timesMs: readonly number[];
}

/** Keeps connections busy with one request each until the time or the requests are used up. */
export async function load(plan: LoadPlan): Promise<LoadResult> {
  const { origin, pathname } = new URL(plan.url);
  const pool = new Pool(origin, { connections: plan.connections, pipelining: 1 });
  const timesMs: number[] = [];
  const limit = plan.requests ?? Number.POSITIVE_INFINITY;
  const pauseMs = plan.perSecond === undefined ? 0 : (1000 * plan.connections) / plan.perSecond;
  let sent = 0;
  let failed = 0;
  let firstFailure: string | undefined;
  const startedAt = performance.now();
  const worker = async () => {
    while (performance.now() - startedAt < plan.milliseconds && sent < limit) {
      const index = sent;
      sent += 1;
      const sentAt = performance.now();
      let problem: string | undefined;
      try {
        const headers = { "content-type": "application/json", ...plan.headersOf(index) };
        const response = await pool.request({ method: "POST", path: pathname, headers, body: plan.bodyOf(index) });
        const text = await response.body.text();
        if (response.statusCode !== 200 || text.includes('"errors"')) problem = text.slice(0, 500);
      } catch (error) {
        problem = String(error);
      }
      timesMs.push(performance.now() - sentAt);
      if (problem !== undefined) failed += 1;
      firstFailure ??= problem;
      const restMs = pauseMs - (performance.now() - sentAt);
      if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    }
  };
  await Promise.all(Array.from({ length: plan.connections }, worker));
  const tookMs = performance.now() - startedAt;
  await pool.close();
  timesMs.sort((a, b) => a - b);
  return { requests: timesMs.length, failed, firstFailure, tookMs, timesMs };
}

/** The value below which a share of the sorted values lies. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The middle one. */
export function median(values: readonly number[]): number {
  return quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}
