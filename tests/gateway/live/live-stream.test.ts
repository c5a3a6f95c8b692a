import { describe, expect, test } from "@jest/globals";
import type { SlowClientPolicy } from "../../../gateway/live/event-queue.ts";
import { LiveStream } from "../../../gateway/live/live-stream.ts";
import { endError } from "../../../gateway/live/subscriptions.ts";

function start(limits: { events?: number; bytes?: number; policy?: SlowClientPolicy } = {}) {
  const stream = new LiveStream<string>({
    answerEvent: async (text) => ({ data: { text } }),
    bufferedEvents: limits.events ?? 2,
    bufferedBytes: limits.bytes ?? 1_000,
    bytesOf: (text) => text.length,
    slowClient: limits.policy ?? "drop-oldest",
    tooSlow: () => endError("SLOW_CLIENT", "c"),
    closed: () => undefined,
  });
  const take = async () => {
    const item = await stream.take();
    if (item.kind === "end") return { end: item.errors.map(({ extensions }) => extensions.code) };
    return { text: item.result.data?.text, gap: item.result.extensions?.gap };
  };
  return { stream, take };
}

const lost = { reason: "upstream-lost", forMs: 300 } as const;

describe("a client that reads slowly", () => {
  test("is told of a loss whose event was dropped, though it took another in between", async () => {
    const { stream, take } = start();
    stream.push("a", undefined);
    stream.push("b", lost);
    expect(await take()).toEqual({ text: "a", gap: undefined });
    for (const text of ["c", "d"]) stream.push(text, undefined);
    expect(await take()).toEqual({
      text: "c",
      gap: { reasons: ["upstream-lost", "slow-client"], droppedEvents: 1, forMs: 300 },
    });
    expect(await take()).toEqual({ text: "d", gap: undefined });
  });

  test("is told of two losses as one, as long as both", async () => {
    const { stream, take } = start({ events: 1 });
    stream.push("a", lost);
    stream.push("b", { reason: "renewed", forMs: 5 });
    expect(await take()).toMatchObject({ text: "b", gap: { reasons: ["upstream-lost", "slow-client"], forMs: 305 } });
  });

  test("has so many bytes waiting and no more, the latest event whatever its size", async () => {
    const { stream, take } = start({ events: 100, bytes: 10 });
    for (const text of ["aaaa", "bbbb", "cccc", "x".repeat(50)]) stream.push(text, undefined);
    expect(await take()).toMatchObject({ text: "x".repeat(50), gap: { droppedEvents: 3 } });
  });

  test("of events that each count, is ended when more bytes wait than may", async () => {
    const { stream, take } = start({ events: 100, bytes: 10, policy: "close" });
    for (const text of ["aaaa", "bbbb", "cccc"]) stream.push(text, undefined);
    expect(await take()).toEqual({ end: ["SLOW_CLIENT"] });
  });
});
