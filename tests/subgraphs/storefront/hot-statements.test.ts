/** Every statement that the feed and its viewers send again and again finds its rows by an index. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { pino } from "pino";
import { Registry } from "prom-client";
import { type Database, openDatabase } from "../../../platform/runtime/database.ts";
import { newId } from "../../../platform/runtime/ids.ts";
import { statementCounter } from "../../../platform/runtime/metrics.ts";
import { createStore, type Store } from "../../../subgraphs/storefront/store/store.ts";
import { useDatabase } from "../../support/databases.ts";
import { recordStatements, wholeReads } from "../../support/query-plan.ts";

const database = useDatabase("storefront");
const viewer = { subject: "viewer-1", name: "Viewer" };
const page = { first: 20, after: null };
let opened: Database;
let store: Store;

beforeAll(() => {
  const settings = { url: database.urls.runtime, maxConnections: 4, statementTimeoutMs: 10_000 };
  opened = openDatabase(settings, pino({ level: "silent" }), statementCounter(new Registry()));
  store = createStore(opened);
});
afterAll(async () => {
  await store.close();
  await opened.close();
});

async function scansOf(work: () => Promise<unknown>): Promise<string[]> {
  const statements = await recordStatements(opened.pool, work);
  expect(statements.length).toBeGreaterThan(0);
  return wholeReads(database.superuserUrl, statements);
}

test("the feed with all that hangs on it, read by somebody signed in, scans nothing", async () => {
  const read = async () => {
    const videos = (await store.videos.feed(page)).entries.map(({ value }) => value);
    const ids = videos.map(({ id }) => id);
    const creatorIds = videos.map(({ creatorId }) => creatorId);
    const sessions = await store.liveSessions.onAirOf(creatorIds);
    const items = [...(await store.showcases.ofVideos(ids)).values()].flat();
    await store.standings.ofProducts(items.map(({ productId }) => productId));
    await store.standings.soldThrough([...ids, ...creatorIds]);
    await store.creators.byIds(creatorIds);
    await store.videos.ofCreators(creatorIds, page);
    await store.comments.ofVideos(ids, page);
    await store.engagement.likedAmong(viewer.subject, ids);
    await store.engagement.followedAmong(viewer.subject, creatorIds);
    await store.showcases.pinnedTo([...sessions.values()].map(({ id }) => id));
    await store.liveSessions.onAir(page);
    await store.liveViewers.countOf([...sessions.values()].map(({ id }) => id));
  };
  expect(await scansOf(read)).toEqual([]);
});

test("likes, follows, views and what commerce tells, scan nothing", async () => {
  const [video] = (await store.videos.feed(page)).entries.map(({ value }) => value);
  if (video === undefined) throw new Error("the feed is empty");
  const at = new Date();
  const told = (sequence: number) => ({ id: newId(), bodyHash: new Uint8Array(32), sequence, occurredAt: at });
  const productId = newId();
  const write = async () => {
    await store.engagement.like(viewer, video.id, at);
    await store.engagement.follow(viewer, video.creatorId, at);
    await store.engagement.view(viewer, video.id, new Date(at.toISOString().slice(0, 10)), at);
    await store.engagement.unlike(viewer, video.id);
    await store.engagement.unfollow(viewer, video.creatorId);
    const sales = [{ productId, quantity: 1, contentIds: [video.id] }];
    await store.toldEvents.apply({ ...told(1), news: { kind: "sales", sales } }, at);
    await store.toldEvents.apply({ ...told(2), news: { kind: "review", productId, rating: 5 } }, at);
    await store.toldEvents.apply({ ...told(3), news: { kind: "availability", productId, isAvailable: false } }, at);
    await store.toldEvents.apply({ ...told(4), news: { kind: "reduction", productId, isReduced: true } }, at);
  };
  expect(await scansOf(write)).toEqual([]);
});
