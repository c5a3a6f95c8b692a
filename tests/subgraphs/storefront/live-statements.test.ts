import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "@jest/globals";
import { type WatchedStream, watchOverSse } from "../../support/streams.ts";
import { anonymous, member, register, useStorefront } from "./running-storefront.ts";

// Nothing looks or renews by itself, so that every statement is a change's.
const storefront = useStorefront({
  rows: "none",
  tuning: { states: { pollMs: 3_600_000 }, leases: { leaseSeconds: 3_600, renewMs: 3_600_000 } },
});
const streams: WatchedStream[] = [];
afterAll(() => {
  for (const stream of streams) stream.close();
});

const query = `subscription ($id: ID!) { liveSessionUpdated(liveSessionId: $id) {
  likeCount viewerCount pinnedItem { product { id } attributionToken } } }`;

test("one change of a live session takes one SQL statement, for one stream as for ten", async () => {
  await register(storefront, "ann", "ann");
  const start = `mutation { startLiveSession(input: { title: "Halo" }) { ... on StartLiveSessionSuccess { liveSession { id } } } }`;
  const id = String((await storefront.read(start, member("ann"))).startLiveSession?.liveSession?.id);
  const counts: number[] = [];
  for (const wanted of [1, 10]) {
    while (streams.length < wanted) {
      const token = await storefront.token(anonymous);
      streams.push(watchOverSse({ url: `${storefront.address}/graphql`, token, query, variables: { id } }));
    }
    const isTold = (what: string, count: number) => (event: { readonly data?: unknown }) =>
      JSON.stringify(event.data ?? {}).includes(`"${what}":${count},`);
    for (const stream of streams) await stream.until(isTold("viewerCount", wanted));
    // Told of one change, they surely listen, and what that begins with is over.
    await storefront.sql("UPDATE live_session SET like_count = $2 WHERE id = $1", [id, wanted]);
    for (const stream of streams) await stream.until(isTold("likeCount", wanted));
    await sleep(1_000);
    const before = await storefront.statements();
    await storefront.sql("UPDATE live_session SET like_count = $2 WHERE id = $1", [id, wanted + 100]);
    for (const stream of streams) await stream.until(isTold("likeCount", wanted + 100));
    counts.push((await storefront.statements()) - before);
  }
  expect(counts).toEqual([1, 1]);
});
