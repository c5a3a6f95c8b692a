import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { type Gap, LastingUpstream } from "../../../../gateway/live/upstream/lasting-upstream.ts";
import type { OpenUpstream, UpstreamEnd, UpstreamListener } from "../../../../gateway/live/upstream/upstream.ts";
import { SubgraphFault } from "../../../../gateway/transport/subgraph-fault.ts";

interface Opened {
  readonly listener: UpstreamListener;
  readonly authorization: string | undefined;
  isClosed: boolean;
}

const minute = 60_000;
const lostFault = new SubgraphFault("is gone", { service: "content", kind: "unavailable", mayHaveActed: false });
const running: LastingUpstream[] = [];

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
});
afterEach(() => {
  for (const lasting of running.splice(0)) lasting.close();
  jest.useRealTimers();
});

/** A lasting stream over connections that the test speaks for; each token lasts five minutes. */
async function start(isState: boolean, tokenEndsMs: () => number = () => Date.now() + 5 * minute) {
  const opened: Opened[] = [];
  const told: { likes: unknown; gap: Gap | undefined }[] = [];
  const ends: UpstreamEnd[] = [];
  const lost: SubgraphFault[] = [];
  let tokens = 0;
  const open: OpenUpstream = ({ headers }, listener) => {
    const connection = { listener, authorization: headers.authorization, isClosed: false };
    opened.push(connection);
    return {
      close: () => {
        connection.isClosed = true;
      },
    };
  };
  const grant = async () => {
    tokens += 1;
    const headers = { authorization: `token ${tokens}` };
    return { request: { service: "content", body: "{}", headers }, expiresAt: tokenEndsMs() / 1000 };
  };
  const settings = {
    isState,
    firstEventMs: 5_000,
    firstPauseMs: 200,
    longestPauseMs: 10_000,
    giveUpMs: minute,
    eventsPerSecond: 10,
    renewBeforeMs: 24_000,
  };
  const lasting = new LastingUpstream(
    { open, grant, settings, nowMs: Date.now, random: () => 0, lost: (fault) => void lost.push(fault) },
    {
      next: ({ data }, gap) => void told.push({ likes: data?.likes, gap }),
      ended: (end) => void ends.push(end),
    },
  );
  running.push(lasting);
  await jest.advanceTimersByTimeAsync(0);
  const say = (index: number, likes: number) => opened[index]?.listener.next({ data: { likes } });
  const lose = (index: number) => opened[index]?.listener.ended({ kind: "fault", fault: lostFault });
  return { opened, told, ends, lost, say, lose, lasting };
}

describe("before its token ends, a stream", () => {
  test("of a state, is begun anew beside the old one, and nobody is told of a gap or of what is known", async () => {
    const { opened, told, say } = await start(true);
    say(0, 1);
    await jest.advanceTimersByTimeAsync(5 * minute - 24_000);
    expect(opened.map(({ authorization, isClosed }) => [authorization, isClosed])).toEqual([
      ["token 1", false],
      ["token 2", false],
    ]);
    say(0, 2);
    say(1, 2);
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    say(1, 3);
    expect(told).toEqual([
      { likes: 1, gap: undefined },
      { likes: 2, gap: undefined },
      { likes: 3, gap: undefined },
    ]);
  });

  test("of a state that has changed meanwhile, tells the new state", async () => {
    const { told, say } = await start(true);
    say(0, 1);
    await jest.advanceTimersByTimeAsync(5 * minute - 24_000);
    say(1, 2);
    expect(told.map(({ likes }) => likes)).toEqual([1, 2]);
  });

  test("of events, goes over when the new one is taken, and the next event tells of the gap", async () => {
    const { opened, told, say } = await start(false);
    opened[0]?.listener.opened();
    say(0, 1);
    await jest.advanceTimersByTimeAsync(5 * minute - 24_000);
    opened[1]?.listener.opened();
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    say(1, 2);
    say(1, 3);
    expect(told.map(({ gap }) => gap?.reason)).toEqual([undefined, "renewed", undefined]);
  });

  test("whose new connection fails, stays with the old one and tries again", async () => {
    const { opened, told, say, lose, ends } = await start(true);
    say(0, 1);
    await jest.advanceTimersByTimeAsync(5 * minute - 24_000);
    lose(1);
    say(0, 2);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(opened.length).toBe(3);
    say(2, 2);
    expect([opened[0]?.isClosed, opened[2]?.isClosed, ends]).toEqual([true, false, []]);
    expect(told.map(({ likes, gap }) => [likes, gap])).toEqual([
      [1, undefined],
      [2, undefined],
    ]);
  });

  test("whose token ends with the user's own, is not begun again and again", async () => {
    const { opened, say } = await start(true, () => 2 * minute);
    say(0, 1);
    await jest.advanceTimersByTimeAsync(2 * minute - 24_000);
    say(1, 1);
    await jest.advanceTimersByTimeAsync(minute);
    expect(opened.length).toBe(2);
  });
});

describe("a stream that is lost", () => {
  test("is begun again with growing pauses, and its next event tells how long it was gone", async () => {
    const { opened, told, lost, say, lose } = await start(true);
    say(0, 1);
    lose(0);
    await jest.advanceTimersByTimeAsync(99);
    expect(opened.length).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(opened.length).toBe(2);
    lose(1);
    await jest.advanceTimersByTimeAsync(200);
    expect(opened.length).toBe(3);
    say(2, 2);
    expect(told.at(-1)).toEqual({ likes: 2, gap: { reason: "upstream-lost", forMs: 300 } });
    expect(lost.length).toBe(2);
  });

  test("for longer than is allowed, has ended with the last fault", async () => {
    const { ends, say, lose, opened } = await start(true);
    say(0, 1);
    for (let attempt = 0; ends.length === 0 && attempt < 100; attempt += 1) {
      lose(opened.length - 1);
      await jest.advanceTimersByTimeAsync(10_000);
    }
    expect(ends).toMatchObject([{ kind: "fault", fault: { service: "content" } }]);
    expect(opened.length).toBeLessThan(30);
  });

  test("again and again right after its first event, has ended in the end", async () => {
    const { ends, say, lose, opened } = await start(true);
    for (let attempt = 0; ends.length === 0 && attempt < 1_000; attempt += 1) {
      say(opened.length - 1, attempt);
      lose(opened.length - 1);
      await jest.advanceTimersByTimeAsync(5_000);
    }
    expect(ends.length).toBe(1);
  });

  test("before it ever spoke, has ended at once", async () => {
    const { ends, lose, opened } = await start(true);
    lose(0);
    await jest.advanceTimersByTimeAsync(minute);
    expect([ends.length, opened.length]).toEqual([1, 1]);
  });

  test("after its client left, is not begun again", async () => {
    const { ends, say, lose, opened, lasting } = await start(true);
    say(0, 1);
    lose(0);
    lasting.close();
    await jest.advanceTimersByTimeAsync(minute);
    expect([ends.length, opened.length]).toEqual([0, 1]);
  });
});

describe("a subgraph that ends a stream with a code", () => {
  const refused = (code: string) => ({ errors: [{ message: "no", extensions: { code } }] });

  test.each(["SUBSCRIBE_AGAIN", "IDENTITY_EXPIRED"])("%s, is asked for it again", async (code) => {
    const { opened, told, ends, say } = await start(true);
    say(0, 1);
    opened[0]?.listener.next(refused(code));
    await jest.advanceTimersByTimeAsync(200);
    say(1, 2);
    expect([ends.length, opened.length, told.at(-1)?.gap?.reason]).toEqual([0, 2, "upstream-lost"]);
  });

  test("of a refusal, is believed", async () => {
    const { opened, ends, told } = await start(true);
    opened[0]?.listener.next(refused("NOT_FOUND"));
    await jest.advanceTimersByTimeAsync(minute);
    expect([ends, opened.length, told]).toEqual([[{ kind: "errors", errors: refused("NOT_FOUND").errors }], 1, []]);
  });
});

describe("a stream that sends more than is allowed in a second", () => {
  test("is left and begun again", async () => {
    const { opened, told, say, lost } = await start(true);
    for (let likes = 0; likes < 20; likes += 1) say(0, likes);
    expect([told.length, opened[0]?.isClosed, lost[0]?.kind]).toEqual([10, true, "bad-response"]);
    await jest.advanceTimersByTimeAsync(200);
    expect(opened.length).toBe(2);
  });
});
