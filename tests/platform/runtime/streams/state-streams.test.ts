import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import { type StateSource, StateStreams } from "../../../../platform/runtime/streams/state-streams.ts";
import type { WakeUps } from "../../../../platform/runtime/streams/wake-ups.ts";
import { eventually } from "../../../support/eventually.ts";

interface State {
  readonly n: number;
}

/** A table of one row, and those who watch it. */
class Table {
  n = 0;
  reads = 0;
  fault: Error | undefined;
  exists = true;
  hold: Promise<void> | undefined;
  readonly watchers = new Set<() => void>();

  readonly wakeUps: WakeUps = {
    watch: (_key, wake) => {
      this.watchers.add(wake);
      return () => void this.watchers.delete(wake);
    },
    close: async () => undefined,
  };

  write(n: number): void {
    this.n = n;
    for (const wake of this.watchers) wake();
  }

  source(more: Partial<StateSource<State>> = {}): StateSource<State> {
    return {
      read: async () => {
        this.reads += 1;
        const { n } = this;
        await this.hold;
        if (this.fault !== undefined) throw this.fault;
        return this.exists ? { n } : null;
      },
      wakeUpKey: (key) => `thing:${key}`,
      intervalMs: 0,
      ...more,
    };
  }
}

const opened: StateStreams<State>[] = [];
afterEach(() => {
  for (const states of opened.splice(0)) states.close();
});

function states(table: Table, more: Partial<StateSource<State>> = {}, settings = {}): StateStreams<State> {
  const made = new StateStreams(table.source(more), table.wakeUps, pino({ level: "silent" }), {
    pollMs: 3_600_000,
    patienceMs: 60_000,
    ...settings,
  });
  opened.push(made);
  return made;
}

const gone = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });

describe("streams of one thing", () => {
  test("begin with the state now, then tell each that differs", async () => {
    const table = new Table();
    const stream = states(table).stream("a");
    expect((await stream.next()).value).toEqual({ n: 0 });
    const next = stream.next();
    const seen = table.reads;
    table.write(0);
    await eventually(async () => (table.reads > seen ? true : undefined));
    await sleep(20);
    table.write(1);
    expect((await next).value).toEqual({ n: 1 });
  });

  test("changed during the first read, tell the change as well", async () => {
    const table = new Table();
    let release = (): void => undefined;
    table.hold = new Promise((resolve) => {
      release = resolve;
    });
    const stream = states(table).stream("a");
    await eventually(async () => table.reads || undefined);
    table.write(7);
    table.hold = undefined;
    release();
    expect((await stream.next()).value).toEqual({ n: 0 });
    expect((await stream.next()).value).toEqual({ n: 7 });
  });

  test("joined while an older read is on its way, begin with a read of their own time", async () => {
    const table = new Table();
    const all = states(table);
    const first = all.stream("a");
    await first.next();
    let release = (): void => undefined;
    table.hold = new Promise((resolve) => {
      release = resolve;
    });
    const seen = table.reads;
    table.write(1);
    await eventually(async () => (table.reads > seen ? true : undefined));
    // Written without a wake-up: only a read that begins after the joining can know.
    table.n = 2;
    const late = all.stream("a").next();
    table.hold = undefined;
    release();
    expect((await late).value).toEqual({ n: 2 });
  });

  test("read by nobody, keep the latest state alone", async () => {
    const table = new Table();
    const stream = states(table).stream("a");
    await stream.next();
    for (let n = 1; n <= 50; n += 1) {
      const seen = table.reads;
      table.write(n);
      await eventually(async () => (table.reads > seen ? true : undefined));
    }
    await sleep(20);
    expect((await stream.next()).value).toEqual({ n: 50 });
  });

  test("changed 500 times within their interval, read a few times and tell the last state", async () => {
    const table = new Table();
    const stream = states(table, { intervalMs: 100 }).stream("a");
    await stream.next();
    const begun = Date.now();
    for (let n = 1; n <= 500; n += 1) table.write(n);
    let last: unknown;
    while (JSON.stringify(last) !== '{"n":500}') last = (await stream.next()).value;
    expect(table.reads).toBeLessThanOrEqual(2 + Math.ceil((Date.now() - begun) / 100));
  });

  test("that are a thousand, are served by one read", async () => {
    const table = new Table();
    const all = states(table);
    const streams = Array.from({ length: 1_000 }, () => all.stream("a"));
    expect((await Promise.all(streams.map((stream) => stream.next()))).every(({ value }) => value.n === 0)).toBe(true);
    const reads = table.reads;
    const next = Promise.all(streams.map((stream) => stream.next()));
    table.write(1);
    expect((await next).every(({ value }) => value.n === 1)).toBe(true);
    expect([reads, table.reads]).toEqual([1, 2]);
  });

  test("woken by nobody, find a change by their slow look", async () => {
    const table = new Table();
    const stream = states(table, {}, { pollMs: 30 }).stream("a");
    await stream.next();
    table.n = 9;
    expect((await stream.next()).value).toEqual({ n: 9 });
  });

  test("that change by the clock, are looked at when it is time", async () => {
    const table = new Table();
    const at = new Date(Date.now() + 60);
    const stream = states(table, { changesAt: ({ n }) => (n === 0 ? at : null) }).stream("a");
    await stream.next();
    table.n = 1;
    expect((await stream.next()).value).toEqual({ n: 1 });
  });

  test("with a last state, tell it and are over", async () => {
    const table = new Table();
    const stream = states(table, { isFinal: ({ n }) => n === 1 }).stream("a");
    await stream.next();
    table.write(1);
    expect((await stream.next()).value).toEqual({ n: 1 });
    expect((await stream.next()).done).toBe(true);
  });

  test("of nothing, fail with NOT_FOUND; of what is gone, are over", async () => {
    const table = new Table();
    const all = states(table);
    const stream = all.stream("a");
    await stream.next();
    table.exists = false;
    await expect(all.stream("a").next()).rejects.toMatchObject({ extensions: { code: "NOT_FOUND" } });
    expect((await stream.next()).done).toBe(true);
  });

  test("whose database goes away, wait for it and miss nothing; who comes meanwhile is told at once", async () => {
    const table = new Table();
    const all = states(table);
    const stream = all.stream("a");
    await stream.next();
    table.fault = gone;
    table.write(3);
    await expect(all.stream("a").next()).rejects.toBe(gone);
    const next = stream.next();
    table.fault = undefined;
    expect((await next).value).toEqual({ n: 3 });
  });

  test("whose database stays away for longer than they wait, or whose read has a bug, fail", async () => {
    for (const [fault, patienceMs] of [
      [gone, 0],
      [new Error("a bug"), 60_000],
    ] as const) {
      const table = new Table();
      const stream = states(table, {}, { patienceMs }).stream("a");
      await stream.next();
      table.fault = fault;
      table.write(1);
      await expect(stream.next()).rejects.toBe(fault);
    }
  });

  test("left by all, watch and read nothing more; a reader that waits is answered", async () => {
    const table = new Table();
    const all = states(table, {}, { pollMs: 20 });
    let left = 0;
    const streams = [1, 2].map(() =>
      all.stream("a", () => {
        left += 1;
      }),
    );
    for (const stream of streams) await stream.next();
    const waiting = streams.map((stream) => stream.next());
    for (const stream of streams) await stream.return?.();
    expect((await Promise.all(waiting)).map(({ done }) => done)).toEqual([true, true]);
    const reads = table.reads;
    await sleep(80);
    expect([table.reads - reads, table.watchers.size, all.size, left]).toEqual([0, 0, 0, 2]);
  });
});
