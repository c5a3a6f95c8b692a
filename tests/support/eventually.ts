import { setTimeout as sleep } from "node:timers/promises";

const deadlineMs = 25_000;
const everyMs = 10;

/** Asks again and again until there is something; fails in `why`'s words when there is nothing in 25 seconds. */
export async function eventually<Value>(
  look: () => Promise<Value | undefined>,
  why: () => string = () => "it did not come true in time",
): Promise<Value> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(why());
    await sleep(everyMs);
  }
}
