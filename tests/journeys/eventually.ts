import { setTimeout as delay } from "node:timers/promises";

/** Asks until the answer is what is wanted; after the deadline it throws with the last answer. */
export async function eventually<Value>(
  look: () => Promise<Value>,
  isWanted: (value: Value) => boolean,
  deadlineMs = 15_000,
): Promise<Value> {
  const until = Date.now() + deadlineMs;
  for (;;) {
    const value = await look();
    if (isWanted(value)) return value;
    if (Date.now() > until)
      throw new Error(`not within ${deadlineMs} ms; the last answer was ${JSON.stringify(value)}`);
    await delay(50);
  }
}
