// Node's monitor of the event loop as the gateway's /metrics show it: a timer of 10 ms, its delays since the last look.
const resolutionMs = 10;

/** The longest time that the gateway's event loop was blocked since the last call, in milliseconds. */
export async function longestBlockMs(url: string): Promise<number> {
  const text = await (await fetch(new URL("/metrics", url))).text();
  const seconds = Number(/^nodejs_eventloop_lag_max_seconds(?:\{[^}]*\})? (\S+)$/m.exec(text)?.[1]);
  return Math.max(0, seconds * 1000 - resolutionMs);
}
