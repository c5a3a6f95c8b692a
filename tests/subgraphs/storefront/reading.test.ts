import { describe, expect, test } from "@jest/globals";
import { newId } from "../../../platform/runtime/ids.ts";
import { addCreator, type Data, member, publish, register, useStorefront } from "./running-storefront.ts";

const storefront = useStorefront();

const feedPage = `query($first: Int!, $after: String) { feed(first: $first, after: $after) {
  edges { cursor node { id publishedAt } } nodes { id }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;

async function readFeed(first: number, after: string | null = null): Promise<Data> {
  const { feed } = await storefront.read(feedPage, undefined, { first, after });
  if (feed === undefined) throw new Error("there is no feed");
  return feed;
}

function idsOf(nodes: Data | undefined): string[] {
  return [...(nodes ?? [])].map((node) => String(node.id));
}

describe("the feed", () => {
  test("pages, followed to the end, hold every video once, newest first", async () => {
    const seen: string[] = [];
    let after: string | null = null;
    let pages = 0;
    do {
      const feed: Data = await readFeed(7, after);
      expect(feed.pageInfo?.hasPreviousPage).toBe(after !== null);
      expect(idsOf(feed.nodes)).toEqual([...(feed.edges ?? [])].map((edge) => edge.node?.id));
      seen.push(...idsOf(feed.nodes));
      after = feed.pageInfo?.hasNextPage ? String(feed.pageInfo.endCursor) : null;
      pages += 1;
    } while (after !== null);
    const stored = await storefront.sql("SELECT id FROM video ORDER BY published_at DESC, id DESC");
    expect(seen).toEqual(stored.map((row) => row.id));
    expect(pages).toBe(Math.ceil(stored.length / 7));
  });

  test("a page after a cursor, with videos published in between, neither repeats nor misses a video", async () => {
    await register(storefront, "publisher", "publisher");
    const before = await readFeed(10);
    const first = await readFeed(5);
    for (let n = 0; n < 3; n += 1) await publish(storefront, "publisher");
    const second = await readFeed(5, String(first.pageInfo?.endCursor));
    expect([...idsOf(first.nodes), ...idsOf(second.nodes)]).toEqual(idsOf(before.nodes));
  });

  test("videos of one instant, paged one by one, come each once", async () => {
    const creator = await addCreator(storefront, "same.instant");
    const ids = [newId(), newId(), newId()];
    for (const id of ids) {
      await storefront.sql(
        `INSERT INTO video (id, creator_id, title, caption, media_url, mime_type, poster_url, width_px, height_px,
           duration_seconds, published_at)
         VALUES ($1, $2, 'T', '', 'https://a.example/v', 'video/mp4', 'https://a.example/p', 1, 1, 1, '2040-01-01')`,
        [id, creator],
      );
    }
    const seen: string[] = [];
    let after: string | null = null;
    for (let n = 0; n < 3; n += 1) {
      const feed = await readFeed(1, after);
      seen.push(...idsOf(feed.nodes));
      after = String(feed.pageInfo?.endCursor);
    }
    expect(seen).toEqual(ids.toReversed());
    await storefront.sql("DELETE FROM video WHERE creator_id = $1", [creator]);
  });

  test("the last page, asked past the end, is empty and has no cursors", async () => {
    const [oldest] = await storefront.sql(
      `SELECT (extract(epoch FROM published_at) * 1000)::bigint || '.' || id AS key FROM video
       ORDER BY published_at, id LIMIT 1`,
    );
    const key = String(oldest?.key);
    const feed = await readFeed(5, Buffer.from(key).toString("base64url"));
    expect(feed).toEqual({
      edges: [],
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null },
    });
  });
});

const cursor = (key: string): string => Buffer.from(key).toString("base64url");

describe("hostile arguments", () => {
  test.each([
    ["no cursor at all", "%%%"],
    ["an empty cursor", ""],
    ["a cursor of another shape", cursor("1763953200000")],
    ["a cursor with SQL", cursor("1763953200000.' OR 1=1 --")],
    ["a cursor with a number too large for an instant", cursor(`99999999999999999999.${newId()}`)],
    ["a cursor with a UUID in capitals", cursor(`1763953200000.${newId().toUpperCase()}`)],
    ["a very long cursor", "A".repeat(10_000)],
  ])("the feed, asked after %s, fails with BAD_USER_INPUT", async (_, after) => {
    const { data, errors } = await storefront.ask(feedPage, undefined, { first: 5, after });
    expect(data.feed).toBeNull();
    expect(errors.map((error) => error.extensions)).toEqual([{ code: "BAD_USER_INPUT", retryable: false }]);
  });

  test.each([0, -1, 51, 2_147_483_647])("the feed, asked for %d videos, fails with BAD_USER_INPUT", async (first) => {
    const { errors } = await storefront.ask(feedPage, undefined, { first });
    expect(errors.map((error) => error.extensions.code)).toEqual(["BAD_USER_INPUT"]);
  });

  test("an instant that PostgreSQL can hold but no row has, as a cursor, gives an empty or full page", async () => {
    expect(idsOf((await readFeed(3, cursor(`0.${newId()}`))).nodes)).toEqual([]);
    expect(idsOf((await readFeed(3, cursor(`9999999999999.${newId()}`))).nodes)).toHaveLength(3);
  });

  const hostileIds = ["", "1", "'; DROP TABLE video; --", "\u0001", "é".repeat(5000), newId(), newId().toUpperCase()];

  test.each(hostileIds)("entry points, asked for the id or handle %j, answer null", async (id) => {
    const document = `query($id: ID!, $handle: String!) {
      video(id: $id) { id } liveSession(id: $id) { id } creator(handle: $handle) { id } }`;
    expect(await storefront.read(document, undefined, { id, handle: id })).toEqual({
      video: null,
      liveSession: null,
      creator: null,
    });
  });

  test.each(["video", "liveSession"])("%s, asked for hostile ids, sends no statement that fails", async (field) => {
    const before = await storefront.statements();
    for (const id of hostileIds.slice(0, 5)) {
      await storefront.read(`query($id: ID!) { ${field}(id: $id) { id } }`, undefined, { id });
    }
    expect(await storefront.statements()).toBe(before);
  });
});

describe("entities", () => {
  const document = `query($representations: [_Any!]!) { _entities(representations: $representations) {
    __typename ... on Video { id title } ... on Creator { id handle } ... on LiveSession { id status } } }`;

  test("references of three types, mixed with unknown and malformed ones, are answered in order with nulls", async () => {
    const [video] = await storefront.sql("SELECT id, title FROM video ORDER BY id LIMIT 1");
    const [creator] = await storefront.sql("SELECT id, handle FROM creator ORDER BY id LIMIT 1");
    const [session] = await storefront.sql("SELECT id FROM live_session WHERE ended_at IS NULL LIMIT 1");
    const representations = [
      { __typename: "Video", id: video?.id },
      { __typename: "Video", id: newId() },
      { __typename: "Video", id: "no id" },
      { __typename: "Video", id: 7 },
      { __typename: "Video", id: [video?.id] },
      { __typename: "Video" },
      { __typename: "Creator", id: creator?.id },
      { __typename: "LiveSession", id: session?.id },
      { __typename: "Video", id: video?.id },
    ];
    const { _entities } = await storefront.read(document, undefined, { representations });
    const [known, theCreator, theSession] = [
      { __typename: "Video", ...video },
      { __typename: "Creator", ...creator },
      { __typename: "LiveSession", ...session, status: "LIVE" },
    ];
    expect(_entities).toEqual([known, null, null, null, null, null, theCreator, theSession, known]);
  });

  test("a hundred references, with what hangs on them, take as many statements as one", async () => {
    // The first is of a creator on air, so that one reference already asks for all that a hundred ask for.
    const rows = await storefront.sql(
      `SELECT v.id FROM video v LEFT JOIN live_session s ON s.creator_id = v.creator_id AND s.ended_at IS NULL
       ORDER BY s.id IS NULL, v.id`,
    );
    async function statementsFor(count: number): Promise<number> {
      const representations = Array.from({ length: count }, (_, n) => ({
        __typename: "Video",
        id: rows[n % rows.length]?.id,
      }));
      const before = await storefront.statements();
      await storefront.read(
        `query($representations: [_Any!]!) { _entities(representations: $representations) {
          ... on Video { id creator { handle liveSession { pinnedItem { id } } } showcase { id } isLikedByViewer } } }`,
        member("reader"),
        { representations },
      );
      return (await storefront.statements()) - before;
    }
    expect(await statementsFor(100)).toBe(await statementsFor(1));
  });
});

describe("live sessions and creators", () => {
  test("sessions on air are listed, most recently started first, with what they pin", async () => {
    const { liveSessions } = await storefront.read(
      "{ liveSessions { nodes { id status endedAt creator { id liveSession { id } } pinnedItem { position product { id } } } } }",
    );
    const stored = await storefront.sql(
      "SELECT id FROM live_session WHERE ended_at IS NULL ORDER BY started_at DESC, id DESC",
    );
    const nodes = [...(liveSessions?.nodes ?? [])];
    expect(nodes.map((node) => node.id)).toEqual(stored.map((row) => row.id));
    for (const node of nodes) {
      expect(node).toMatchObject({ status: "LIVE", endedAt: null, creator: { liveSession: { id: node.id } } });
      expect(node.pinnedItem).toMatchObject({ position: 0, product: { id: expect.any(String) } });
    }
  });

  test("a creator, asked for by handle, has the videos of its own, newest first, page by page", async () => {
    const [row] = await storefront.sql(
      "SELECT c.id, c.handle FROM creator c JOIN video v ON v.creator_id = c.id GROUP BY c.id HAVING count(*) > 4 LIMIT 1",
    );
    const document = `query($handle: String!, $after: String) { creator(handle: $handle) {
      videos(first: 2, after: $after) { nodes { id creator { id } } pageInfo { hasNextPage endCursor } } } }`;
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { creator }: { creator?: Data } = await storefront.read(document, undefined, {
        handle: row?.handle,
        after,
      });
      seen.push(...idsOf(creator?.videos?.nodes));
      after = creator?.videos?.pageInfo?.hasNextPage ? String(creator.videos.pageInfo.endCursor) : null;
    } while (after !== null);
    const stored = await storefront.sql(
      "SELECT id FROM video WHERE creator_id = $1 ORDER BY published_at DESC, id DESC",
      [row?.id],
    );
    expect(seen).toEqual(stored.map((video) => video.id));
  });

  test("two pages of one parent with other arguments, asked in one request, are each their own", async () => {
    const { feed } = await storefront.read(
      "{ feed(first: 3) { nodes { one: comments(first: 1) { nodes { id } } all: comments(first: 50) { nodes { id } } } } }",
    );
    for (const node of feed?.nodes ?? []) {
      expect(idsOf(node.one?.nodes)).toEqual(idsOf(node.all?.nodes).slice(0, 1));
    }
  });
});
