import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { newId } from "../../../platform/runtime/ids.ts";
import { eventually } from "../../support/eventually.ts";
import { codeOf, type StreamEvent, transports, type WatchedStream, watchOverSse } from "../../support/streams.ts";
import { type Asker, anonymous, member, register, useStorefront } from "./running-storefront.ts";

const storefront = useStorefront({
  rows: "none",
  tuning: { states: { pollMs: 500 }, leases: { leaseSeconds: 3, renewMs: 500 } },
});

const shown = "id status likeCount viewerCount isLikedByViewer pinnedItem { product { id } attributionToken }";
const query = `subscription ($id: ID!) { liveSessionUpdated(liveSessionId: $id) { ${shown} } }`;

interface Shown {
  readonly status: string;
  readonly likeCount: number;
  readonly viewerCount: number;
  readonly isLikedByViewer: boolean;
  readonly pinnedItem: { readonly product: { readonly id: string } } | null;
}

const open: WatchedStream[] = [];
afterEach(() => {
  for (const stream of open.splice(0)) stream.close();
});

function told(event: StreamEvent | undefined): Shown | undefined {
  return event?.data?.liveSessionUpdated as Shown | undefined;
}

async function watch(
  id: string,
  asker: Asker = anonymous,
  watchWith: (typeof transports)[number][1] = watchOverSse,
  address = storefront.address,
  extensions: Record<string, unknown> = {},
): Promise<WatchedStream> {
  const stream = watchWith({
    url: `${address}/graphql`,
    token: await storefront.token(asker),
    query,
    variables: { id },
    extensions,
  });
  open.push(stream);
  return stream;
}

async function run(name: string, subject: string, input: object) {
  const type = name.charAt(0).toUpperCase() + name.slice(1);
  const document = `mutation($input: ${type}Input!) { ${name}(input: $input) {
    __typename ... on ${type}Success { liveSession { id likeCount isLikedByViewer } } ... on UserError { code } } }`;
  return (await storefront.read(document, member(subject), { input }))[name];
}

/** A session that is on air, anew. */
async function startAnew(): Promise<string> {
  const present = await run("startLiveSession", "ann", { title: "Halo" });
  await run("endLiveSession", "ann", { liveSessionId: String(present?.liveSession?.id) });
  return String((await run("startLiveSession", "ann", { title: "Halo" }))?.liveSession?.id);
}

function leases(id: string) {
  return storefront.sql("SELECT subject, expires_at FROM live_viewer WHERE live_session_id = $1", [id]);
}

beforeAll(async () => {
  await register(storefront, "ann", "ann");
});

describe("likes of a live session", () => {
  test("by the same viewer twice, count once; taken back, they do not count", async () => {
    const liveSessionId = await startAnew();
    const liked = { liveSession: { likeCount: 1, isLikedByViewer: true } };
    expect(await run("likeLiveSession", "bob", { liveSessionId })).toMatchObject(liked);
    expect(await run("likeLiveSession", "bob", { liveSessionId })).toMatchObject(liked);
    expect(await run("likeLiveSession", "cid", { liveSessionId })).toMatchObject({ liveSession: { likeCount: 2 } });
    for (let n = 0; n < 2; n += 1) {
      expect(await run("unlikeLiveSession", "bob", { liveSessionId })).toMatchObject({
        liveSession: { likeCount: 1, isLikedByViewer: false },
      });
    }
  });

  test("of a session that is over are refused, of one that does not exist too; taking back is not when it is over", async () => {
    const liveSessionId = await startAnew();
    await run("likeLiveSession", "bob", { liveSessionId });
    await run("endLiveSession", "ann", { liveSessionId });
    expect(await run("likeLiveSession", "cid", { liveSessionId })).toMatchObject({ code: "LIVE_SESSION_ENDED" });
    expect(await run("unlikeLiveSession", "bob", { liveSessionId })).toMatchObject({ liveSession: { likeCount: 0 } });
    for (const id of [newId(), "x"]) {
      expect(await run("likeLiveSession", "cid", { liveSessionId: id })).toMatchObject({
        code: "LIVE_SESSION_NOT_FOUND",
      });
    }
  });

  test("by 30 viewers at once, are all counted", async () => {
    const liveSessionId = await startAnew();
    const viewers = Array.from({ length: 30 }, (_, n) => `liker-${n}`);
    await Promise.all(viewers.map((viewer) => run("likeLiveSession", viewer, { liveSessionId })));
    const rows = await storefront.sql(
      "SELECT like_count, (SELECT count(*)::int FROM live_session_like WHERE live_session_id = s.id) AS rows FROM live_session s WHERE id = $1",
      [liveSessionId],
    );
    expect(rows).toEqual([{ like_count: 30, rows: 30 }]);
  });
});

describe.each(transports)("liveSessionUpdated over %s", (_, watchWith) => {
  test("tells the session as it is, then pin, likes, viewers and the end, with which it is completed", async () => {
    const id = await startAnew();
    const productId = newId();
    const stream = await watch(id, anonymous, watchWith);
    await stream.until((event) => told(event)?.viewerCount === 1);
    expect(told(stream.events[0])).toMatchObject({ status: "LIVE", likeCount: 0, pinnedItem: null });
    await run("pinProduct", "ann", { liveSessionId: id, productId });
    await stream.until((event) => told(event)?.pinnedItem?.product.id === productId);
    await run("likeLiveSession", "bob", { liveSessionId: id });
    await stream.until((event) => told(event)?.likeCount === 1);
    await run("unpinProduct", "ann", { liveSessionId: id });
    await run("endLiveSession", "ann", { liveSessionId: id });
    expect(await stream.ended()).toEqual({ kind: "complete" });
    expect(told(stream.events.at(-1))).toMatchObject({
      status: "ENDED",
      pinnedItem: null,
      likeCount: 1,
      viewerCount: 0,
    });
  });

  test("of a session that does not exist, ends with NOT_FOUND and counts nobody", async () => {
    const id = newId();
    const stream = await watch(id, anonymous, watchWith);
    await stream.ended();
    expect(codeOf(stream.events[0])).toBe("NOT_FOUND");
    expect(await leases(id)).toEqual([]);
  });

  test("liked 200 times quickly, tells at most 4 events a second, and the last", async () => {
    const id = await startAnew();
    const stream = await watch(id, anonymous, watchWith);
    await stream.until((event) => told(event)?.viewerCount === 1);
    const begun = Date.now();
    const first = stream.events.length;
    for (let n = 1; n <= 200; n += 1) {
      await storefront.sql("UPDATE live_session SET like_count = $2 WHERE id = $1", [id, n]);
    }
    await stream.until((event) => told(event)?.likeCount === 200);
    const counts = stream.events.map((event) => told(event)?.likeCount ?? -1);
    expect(counts).toEqual([...counts].sort((one, other) => one - other));
    expect(stream.events.length - first).toBeLessThanOrEqual(2 + Math.ceil((Date.now() - begun) / 250));
  });
});

describe("the pinned product", () => {
  test("whose price or availability is told of, makes an event at once; a sale makes none", async () => {
    const id = await startAnew();
    const productId = newId();
    await run("pinProduct", "ann", { liveSessionId: id, productId });
    const stream = await watch(id);
    await stream.until((event) => told(event)?.pinnedItem?.product.id === productId && told(event)?.viewerCount === 1);
    const upsert = (column: string, value: number) =>
      storefront.sql(
        `INSERT INTO product_standing AS standing (product_id, ${column}) VALUES ($1, $2)
         ON CONFLICT (product_id) DO UPDATE SET ${column} = excluded.${column}`,
        [productId, value],
      );
    for (const [column, value] of [
      ["reduction_sequence", 1],
      ["reduction_sequence", 2],
      ["availability_sequence", 3],
    ] as const) {
      const before = stream.events.length;
      await upsert(column, value);
      await eventually(async () => (stream.events.length > before ? true : undefined));
    }
    const before = stream.events.length;
    await upsert("sold_count", 9);
    // Longer than a look without a wake-up takes.
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(stream.events.length).toBe(before);
  });
});

describe("viewers", () => {
  test("signed in count once however many streams they have; others by their streams; who leaves does not count", async () => {
    const id = await startAnew();
    const streams = await Promise.all(
      [member("bob"), member("bob"), member("cid"), anonymous, anonymous].map((asker) => watch(id, asker)),
    );
    await streams[0]?.until((event) => told(event)?.viewerCount === 4);
    streams[0]?.close();
    streams[3]?.close();
    await streams[1]?.until((event) => told(event)?.viewerCount === 3);
    const { liveSession } = await storefront.read(
      "query ($id: ID!) { liveSession(id: $id) { viewerCount } }",
      anonymous,
      { id },
    );
    expect(liveSession?.viewerCount).toBe(3);
  });

  test.each(transports)("of a stream over %s that stands for several, count as so many", async (_, watchWith) => {
    const id = await startAnew();
    const shares = [newId(), newId()];
    const join = (share: string | undefined, members: unknown) =>
      watch(id, anonymous, watchWith, storefront.address, { sharedStream: { id: share, members } });
    const alone = await watch(id);
    await join(shares[0], 5);
    await join(shares[1], 10);
    await alone.until((event) => told(event)?.viewerCount === 16);
    // Others have come to the first: a new stream tells so, in place of the old one and never beside it.
    const later = await join(shares[0], 7);
    expect(told(await later.until((event) => told(event) !== undefined))?.viewerCount).toBe(18);
    later.close();
    await alone.until((event) => told(event)?.viewerCount === 18);
    await eventually(async () => (told(alone.events.at(-1))?.viewerCount === 16 ? true : undefined));
    for (const wrong of [0, -1, 1.5, "many"]) await join(newId(), wrong);
    await eventually(async () => ((told(alone.events.at(-1))?.viewerCount ?? 0) <= 20 ? true : undefined));
    expect(alone.events.map((event) => told(event)?.viewerCount).some((count) => (count ?? 0) > 20)).toBe(false);
  });

  test("of two processes, are counted together, by both", async () => {
    const id = await startAnew();
    const replica = await storefront.startReplica();
    try {
      const here = await watch(id, member("bob"));
      const there = await watch(id, member("cid"), watchOverSse, replica.address);
      for (const stream of [here, there]) await stream.until((event) => told(event)?.viewerCount === 2);
    } finally {
      await replica.close();
    }
    await eventually(
      async () => ((await leases(id)).length === 1 ? true : undefined),
      () => "the closed process left leases behind",
    );
  });

  test("of a process that died, are forgotten when their leases end; those of living streams are renewed", async () => {
    const id = await startAnew();
    const stream = await watch(id, member("bob"));
    await stream.until((event) => told(event)?.viewerCount === 1);
    // What a process that was killed leaves behind: nobody renews it, nobody gives it back.
    await storefront.sql(
      "INSERT INTO live_viewer VALUES (gen_random_uuid(), $1, 'dead', now() + interval '2 seconds')",
      [id],
    );
    await stream.until((event) => told(event)?.viewerCount === 2);
    await eventually(async () => (told(stream.events.at(-1))?.viewerCount === 1 ? true : undefined));
    const alive = "SELECT subject FROM live_viewer WHERE live_session_id = $1 AND expires_at > now()";
    expect(await storefront.sql(alive, [id])).toEqual([{ subject: "bob" }]);
  });
});
