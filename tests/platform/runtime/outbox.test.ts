import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { forgetDelivered, readDeadLetters, replayDeadLetters } from "../../../platform/runtime/outbox.ts";
import { type Delivery, defaultRelayPolicy, retryDelayMs } from "../../../platform/runtime/outbox-relay.ts";
import { useDatabase } from "../../support/databases.ts";
import { type OutboxRig, openOutbox, type Told } from "./outbox-rig.ts";

const database = useDatabase("commerce", { rows: "none" });
const delivered: Delivery = { kind: "delivered" };
const failed: Delivery = { kind: "failed", fault: "HTTP 500" };
const refused: Delivery = { kind: "refused", fault: "HTTP 400 MALFORMED" };
const down: Delivery = { kind: "down", fault: "ECONNREFUSED" };
let rig: OutboxRig;
let heard: Told[] = [];

beforeAll(() => {
  rig = openOutbox(database.urls.runtime);
});
afterAll(() => rig.close());
beforeEach(async () => {
  heard = [];
  await rig.pool.query("DELETE FROM outbox_event");
});

async function hear(told: Told): Promise<Delivery> {
  heard.push(told);
  return delivered;
}

function say(aggregate: string, ...words: string[]) {
  return rig.tell(words.map((word) => ({ aggregate, word })));
}

function words(aggregate?: string): string[] {
  return heard.filter((told) => aggregate === undefined || told.aggregate === aggregate).map(({ word }) => word);
}

async function pending(): Promise<number> {
  const { rows } = await rig.pool.query(
    "SELECT count(*)::int AS n FROM outbox_event WHERE delivered_at IS NULL AND dead_at IS NULL",
  );
  return Number(rows[0]?.n);
}

async function until(isSo: () => boolean | Promise<boolean>, deadlineMs = 25_000): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`it did not happen in ${deadlineMs} ms; heard ${JSON.stringify(heard)}`);
    await sleep(5);
  }
}

/** Lets time pass for everything that waits. */
function makeDue() {
  return rig.pool.query("UPDATE outbox_event SET due_at = now() - interval '1 ms' WHERE due_at IS NOT NULL");
}

describe("an event", () => {
  test("of a transaction that is rolled back, is never sent", async () => {
    const failing = rig.tell([{ aggregate: "a", word: "never" }], () => Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");
    expect((await rig.relay(hear).look()).claimed).toBe(0);
  });

  test("is sent once, with the same text, and not again", async () => {
    await say("a", "one");
    const relay = rig.relay(hear);
    expect(await relay.look()).toEqual({ claimed: 1, delivered: 1, isDown: false });
    expect((await relay.look()).claimed).toBe(0);
    expect(words()).toEqual(["one"]);
  });

  test("of one aggregate, is sent after those before it, whatever the order in which transactions ended", async () => {
    let isFirstHeld = true;
    const first = rig.tell([{ aggregate: "a", word: "one" }], () => until(() => !isFirstHeld));
    await sleep(50);
    const second = say("a", "two");
    await say("b", "other");
    const stop = rig.relay(hear).start();
    await until(() => words("b").length === 1);
    expect(words("a")).toEqual([]);
    isFirstHeld = false;
    await Promise.all([first, second]);
    await until(() => words("a").length === 2);
    await stop();
    expect(words("a")).toEqual(["one", "two"]);
    const [one, two] = heard.filter(({ aggregate }) => aggregate === "a");
    expect((one?.sequence ?? 0) < (two?.sequence ?? 0)).toBe(true);
  });

  test("that fails, holds up its followers and nobody else, then all come in order", async () => {
    await say("a", "one", "two", "three");
    await say("b", "four", "five");
    let failures = 3;
    const relay = rig.relay(async (told) => {
      if (told.word === "one" && failures-- > 0) return failed;
      return hear(told);
    });
    await relay.look();
    await relay.look();
    expect(words()).toEqual(["four", "five"]);
    const stop = relay.start();
    await until(() => words("a").length === 3);
    await stop();
    expect(words("a")).toEqual(["one", "two", "three"]);
    expect(await pending()).toBe(0);
  });

  test("added while the one before it is on its way, is sent after it", async () => {
    await say("a", "one");
    const relay = rig.relay(async (told) => {
      if (told.word === "one") await say("a", "two");
      return hear(told);
    });
    await relay.look();
    await relay.look();
    expect(words()).toEqual(["one", "two"]);
  });
});

describe("dead letters", () => {
  test("an event that is refused, is dead at once; what follows it goes on; replayed, it is sent again", async () => {
    const [id] = await say("a", "one", "two");
    let isMended = false;
    const relay = rig.relay(async (told) => (told.word === "one" && !isMended ? refused : hear(told)));
    await relay.look();
    await relay.look();
    expect(words()).toEqual(["two"]);
    const letters = await readDeadLetters(rig.pool, 10);
    expect(letters.map((letter) => [letter.id, letter.attempts, letter.lastFault])).toEqual([
      [id, 1, "HTTP 400 MALFORMED"],
    ]);
    expect(await relay.metrics.metrics()).toContain('outbox_events{state="dead"} 1');
    isMended = true;
    expect(await replayDeadLetters(rig.pool, [id ?? ""])).toBe(1);
    expect(await replayDeadLetters(rig.pool, [id ?? ""])).toBe(0);
    await relay.look();
    expect(words()).toEqual(["two", "one"]);
    expect(await readDeadLetters(rig.pool, 10)).toEqual([]);
  });

  test("an event that fails, lives for three days after its first attempt and then is dead; replayed, it has as long again", async () => {
    await say("a", "one");
    const relay = rig.relay(async () => failed);
    const age = (interval: string) =>
      rig.pool.query("UPDATE outbox_event SET first_attempt_at = now() - $1::interval", [interval]);
    await relay.look();
    await age("71 hours");
    await makeDue();
    await relay.look();
    expect(await readDeadLetters(rig.pool, 10)).toEqual([]);
    await age("73 hours");
    await makeDue();
    await relay.look();
    expect(await readDeadLetters(rig.pool, 10)).toHaveLength(1);
    expect(await replayDeadLetters(rig.pool, "all")).toBe(1);
    await relay.look();
    expect(await readDeadLetters(rig.pool, 10)).toEqual([]);
  });

  test("delivered events are forgotten after their days, dead and pending ones never", async () => {
    await say("a", "delivered");
    await say("b", "dead");
    await rig.relay(async (told) => (told.word === "dead" ? refused : delivered)).look();
    await say("c", "pending");
    await rig.pool.query(
      `UPDATE outbox_event SET delivered_at = delivered_at - interval '8 days', dead_at = dead_at - interval '8 days',
       created_at = created_at - interval '8 days'`,
    );
    expect(await forgetDelivered(rig.pool, 7)).toBe(1);
    const { rows } = await rig.pool.query("SELECT aggregate FROM outbox_event ORDER BY aggregate");
    expect(rows.map((row) => row.aggregate)).toEqual(["b", "c"]);
  });
});

describe("relays", () => {
  test("several at once, send each event once and keep the order of every aggregate", async () => {
    const aggregates = Array.from({ length: 12 }, (_, n) => `aggregate-${n}`);
    const expected = Array.from({ length: 10 }, (_, n) => `word-${n}`);
    for (const word of expected) await rig.tell(aggregates.map((aggregate) => ({ aggregate, word })));
    const stops = Array.from({ length: 4 }, () =>
      rig
        .relay(async (told) => {
          await sleep(Math.random() * 4);
          return hear(told);
        })
        .start(),
    );
    await until(async () => (await pending()) === 0);
    await Promise.all(stops.map((stop) => stop()));
    expect(heard).toHaveLength(120);
    for (const aggregate of aggregates) expect(words(aggregate)).toEqual(expected);
  }, 60_000);

  test("one that dies between delivery and mark, leaves its claim to a peer when the lease is over: the event comes twice", async () => {
    await say("a", "one", "two");
    // Delivered, and never written down.
    void rig
      .relay(
        async (told) => {
          await hear(told);
          return new Promise<Delivery>(() => undefined);
        },
        { leaseMs: 1_000 },
      )
      .look();
    await until(() => words().length === 1);
    const peer = rig.relay(hear);
    expect((await peer.look()).claimed).toBe(0);
    const stop = peer.start();
    await until(() => words().length === 3);
    await stop();
    expect(words()).toEqual(["one", "one", "two"]);
  }, 40_000);

  test("one that is slow and loses its lease, marks nothing any more: the event is its peer's", async () => {
    await say("a", "one");
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = rig
      .relay(async () => {
        await held;
        return refused;
      })
      .look();
    await until(
      async () => (await rig.pool.query("SELECT FROM outbox_event WHERE claim_id IS NOT NULL")).rowCount === 1,
    );
    await makeDue();
    await rig.relay(hear).look();
    release();
    await slow;
    expect(words()).toEqual(["one"]);
    expect(await readDeadLetters(rig.pool, 10)).toEqual([]);
    expect(await pending()).toBe(0);
  });

  test("with a receiver that is down for long, rest as a whole; when it is up again nothing is lost and the order is kept", async () => {
    const aggregates = Array.from({ length: 60 }, (_, n) => `shop-${n}`);
    let [isUp, attempts] = [false, 0];
    const relay = rig.relay(
      async (told) => {
        attempts += 1;
        return isUp ? hear(told) : down;
      },
      { longestRestMs: 400 },
    );
    const stop = relay.start();
    for (const word of ["one", "two"]) await rig.tell(aggregates.map((aggregate) => ({ aggregate, word })));
    await sleep(2_000);
    // Without the rest it would be thousands.
    expect(attempts).toBeLessThan(16 * 12);
    isUp = true;
    await until(async () => (await pending()) === 0);
    await stop();
    for (const aggregate of aggregates) expect(words(aggregate)).toEqual(["one", "two"]);
  }, 60_000);

  test("wait twice as long each time up to ten minutes, half of it by chance", () => {
    const delays = [1, 2, 3, 10, 11, 400].map((attempts) => [
      retryDelayMs(attempts, defaultRelayPolicy, () => 0),
      retryDelayMs(attempts, defaultRelayPolicy, () => 0.999_999),
    ]);
    expect(delays).toEqual([
      [500, 1_000],
      [1_000, 2_000],
      [2_000, 4_000],
      [256_000, 512_000],
      [300_000, 600_000],
      [300_000, 600_000],
    ]);
  });
});

describe("the number of SQL statements", () => {
  test("to append, and to claim and settle, is the same for one event as for sixteen", async () => {
    async function count(work: () => Promise<unknown>): Promise<number> {
      const before = await rig.statements();
      await work();
      return (await rig.statements()) - before;
    }
    const many = (n: number) => Array.from({ length: n }, (_, index) => ({ aggregate: `many-${index}`, word: "w" }));
    const relay = rig.relay(hear);
    expect(await count(() => rig.tell(many(1)))).toBe(5);
    expect(await count(() => relay.look())).toBe(6);
    expect(await count(() => rig.tell(many(16)))).toBe(5);
    expect(await count(() => relay.look())).toBe(6);
    expect(heard).toHaveLength(17);
  });

  test("what the relay asks again and again uses the index of what is due, however many wait behind", async () => {
    await rig.tell(Array.from({ length: 3_000 }, (_, n) => ({ aggregate: `busy-${n % 3}`, word: String(n) })));
    const superuser = openOutbox(database.superuserUrl);
    await superuser.pool.query("ANALYZE outbox_event");
    const { rows } = await superuser.pool.query(
      `EXPLAIN (ANALYZE, FORMAT JSON) SELECT id FROM outbox_event WHERE due_at <= now()
       ORDER BY due_at, position LIMIT 16 FOR UPDATE SKIP LOCKED`,
    );
    await superuser.close();
    const plan = JSON.stringify(rows[0]);
    expect(plan).toContain("outbox_event_due_idx");
    expect(plan).not.toContain("Seq Scan");
  });
});
