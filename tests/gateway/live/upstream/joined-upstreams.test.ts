import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { JoinedUpstreams, type Joint } from "../../../../gateway/live/upstream/joined-upstreams.ts";
import { LastingUpstream } from "../../../../gateway/live/upstream/lasting-upstream.ts";
import type { OpenUpstream, UpstreamEnd, UpstreamListener } from "../../../../gateway/live/upstream/upstream.ts";
import { SubgraphFault } from "../../../../gateway/transport/subgraph-fault.ts";

interface Opened {
  readonly listener: UpstreamListener;
  readonly members: number | undefined;
  isClosed: boolean;
}

interface Newcomer {
  readonly told: { likes: unknown; gap: string | undefined }[];
  readonly ends: UpstreamEnd[];
  readonly leave: () => void;
}

const lostFault = new SubgraphFault("is gone", { service: "content", kind: "unavailable", mayHaveActed: false });
const settings = {
  isState: true,
  firstEventMs: 5_000,
  firstPauseMs: 200,
  longestPauseMs: 10_000,
  giveUpMs: 60_000,
  eventsPerSecond: 1_000,
  renewBeforeMs: 24_000,
};
const leaving: (() => void)[] = [];

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
});
afterEach(() => {
  for (const leave of leaving.splice(0)) leave();
  jest.useRealTimers();
});

/** A shared stream of a state over connections that the test speaks for. */
function share(countsMembers = false) {
  const opened: Opened[] = [];
  const joined = new JoinedUpstreams<string>(() => false);
  const begin = (listener: ConstructorParameters<typeof LastingUpstream>[1], joint: Joint<string>) => {
    const open: OpenUpstream = (_request, told) => {
      const connection = { listener: told, members: joint.share?.members(), isClosed: false };
      opened.push(connection);
      return {
        close: () => {
          connection.isClosed = true;
        },
      };
    };
    const grant = async () => ({
      request: { service: "content", body: "{}", headers: {} },
      expiresAt: undefined,
    });
    const parts = { open, grant, settings, nowMs: Date.now, random: () => 0, lost: () => undefined };
    return new LastingUpstream(parts, listener);
  };
  const join = (): Newcomer => {
    const told: Newcomer["told"] = [];
    const ends: UpstreamEnd[] = [];
    const member = {
      caller: "somebody",
      next: ({ data }: { data?: { likes?: unknown } | null }, gap: { reason: string } | undefined) =>
        void told.push({ likes: data?.likes, gap: gap?.reason }),
      ended: (end: UpstreamEnd) => void ends.push(end),
    };
    const leave = joined.join({ key: "one", beginsWithState: true, countsMembers }, member, begin);
    leaving.push(leave);
    return { told, ends, leave };
  };
  const say = (index: number, likes: number) => opened[index]?.listener.next({ data: { likes } });
  const lose = (index: number) => opened[index]?.listener.ended({ kind: "fault", fault: lostFault });
  return { opened, join, say, lose };
}

const soon = () => jest.advanceTimersByTimeAsync(100);

describe("who joins a shared state", () => {
  test("is told the state as it is read then, never what others were told before", async () => {
    const { opened, join, say } = share();
    const first = join();
    await soon();
    say(0, 1);
    const second = join();
    expect(second.told).toEqual([]);
    // Sent before the newcomer was heard of, maybe.
    say(0, 2);
    expect(second.told).toEqual([]);
    await soon();
    expect(opened.length).toBe(2);
    say(1, 2);
    expect([opened[0]?.isClosed, opened[1]?.isClosed]).toEqual([true, false]);
    say(1, 3);
    expect(first.told.map(({ likes }) => likes)).toEqual([1, 2, 3]);
    expect(second.told.map(({ likes }) => likes)).toEqual([2, 3]);
  });

  test("together with hundreds, costs one connection for all", async () => {
    const { opened, join, say } = share();
    join();
    await soon();
    say(0, 1);
    const crowd = Array.from({ length: 500 }, join);
    await soon();
    expect(opened.length).toBe(2);
    say(1, 1);
    expect(new Set(crowd.map(({ told }) => told.length))).toEqual(new Set([1]));
  });

  test("before the stream was asked for, is served by it; after that, by the next", async () => {
    const { opened, join, say } = share();
    const early = [join(), join()];
    await soon();
    const late = join();
    say(0, 1);
    expect([...early, late].map(({ told }) => told.length)).toEqual([1, 1, 0]);
    await soon();
    say(1, 1);
    expect([opened.length, late.told.length]).toEqual([2, 1]);
  });

  test("while it is lost, is refused as if alone when it cannot be had, and has the state when it can", async () => {
    const { opened, join, say, lose } = share();
    const first = join();
    await soon();
    say(0, 1);
    lose(0);
    const refused = join();
    await soon();
    expect(opened.length).toBe(2);
    lose(1);
    expect([refused.told, refused.ends]).toEqual([[], [{ kind: "fault", fault: lostFault }]]);
    expect(first.ends).toEqual([]);
    const served = join();
    await soon();
    say(2, 5);
    expect(served.told).toEqual([{ likes: 5, gap: undefined }]);
    expect(first.told.at(-1)).toEqual({ likes: 5, gap: "upstream-lost" });
  });

  test("of an organisation that stands still, is told so in time while the others stay", async () => {
    const { join, say, opened } = share();
    const first = join();
    await soon();
    say(0, 1);
    const second = join();
    await jest.advanceTimersByTimeAsync(settings.firstEventMs + 200);
    expect(second.told).toEqual([]);
    expect(second.ends).toMatchObject([{ kind: "fault", fault: { kind: "timeout" } }]);
    expect([first.ends, opened[0]?.isClosed]).toEqual([[], false]);
  });
});

describe("an organisation that counts members", () => {
  test("is told of those who come at once, of those who leave within a second, and once of many", async () => {
    const { opened, join, say } = share(true);
    const first = join();
    await soon();
    say(0, 1);
    const others = Array.from({ length: 5 }, join);
    await soon();
    say(1, 1);
    for (const { leave } of others.slice(0, 3)) leave();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(opened.map(({ members }) => members)).toEqual([1, 6, 3]);
    say(2, 1);
    expect(first.told).toEqual([{ likes: 1, gap: undefined }]);
  });

  test("of a field that counts nobody, is not asked again when somebody leaves", async () => {
    const { opened, join, say } = share();
    join();
    const other = join();
    await soon();
    say(0, 1);
    other.leave();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(opened.length).toBe(1);
  });
});
