import { beforeAll, describe, expect, test } from "@jest/globals";
import { newId } from "../../../platform/runtime/ids.ts";
import { type Data, draft, member, publish, register, useStorefront } from "./running-storefront.ts";

const storefront = useStorefront({ rows: "none" });

const refusal = "... on UserError { code field message }";
const publishDocument = `mutation($input: PublishVideoInput!) { publishVideo(input: $input) {
  __typename ... on PublishVideoSuccess { video {
    id title caption durationSeconds likeCount viewCount commentCount isLikedByViewer publishedAt
    media { url mimeType posterUrl widthPx heightPx } creator { handle } showcase { position product { id } } } }
  ${refusal} } }`;
const registerDocument = `mutation($input: RegisterCreatorInput!) { registerCreator(input: $input) {
  __typename ... on RegisterCreatorSuccess { creator {
    id handle displayName bio avatarUrl followerCount isFollowedByViewer liveSession { id } videos { nodes { id } } } }
  ${refusal} } }`;
const commentDocument = `mutation($input: AddCommentInput!) { addComment(input: $input) {
  __typename ... on AddCommentSuccess { comment { id authorName text createdAt } video { commentCount
    comments(first: 2) { nodes { id text } } } } ${refusal} } }`;

async function run(document: string, subject: string, input: object): Promise<Data | undefined> {
  const data = await storefront.read(document, member(subject), { input });
  return Object.values(data)[0];
}

const invalid = (field: string) => ({ code: "INVALID_INPUT", field, __typename: "InvalidInput" });
const conflict = { code: "IDEMPOTENCY_CONFLICT", field: "input.idempotencyKey", __typename: "IdempotencyConflict" };

beforeAll(async () => {
  await register(storefront, "publisher", "publisher");
});

describe("creator profiles", () => {
  test("a profile, opened twice with one handle, is one profile", async () => {
    const input = { handle: "dapur.mungil", displayName: "  Dapur Mungil ", bio: "Resep\nhemat" };
    const first = await run(registerDocument, "ann", input);
    expect(first).toMatchObject({
      __typename: "RegisterCreatorSuccess",
      creator: {
        handle: "dapur.mungil",
        displayName: "Dapur Mungil",
        bio: "Resep\nhemat",
        followerCount: 0,
        isFollowedByViewer: false,
        liveSession: null,
        videos: { nodes: [] },
      },
    });
    expect(await run(registerDocument, "ann", { ...input, displayName: "Another" })).toEqual(first);
  });

  test("a handle that somebody else has, or another than one's own, is refused", async () => {
    await run(registerDocument, "bob", { handle: "bob", displayName: "Bob" });
    const unavailable = { __typename: "HandleUnavailable", code: "HANDLE_UNAVAILABLE", field: "input.handle" };
    expect(await run(registerDocument, "cat", { handle: "bob", displayName: "Cat" })).toMatchObject(unavailable);
    expect(await run(registerDocument, "bob", { handle: "bob2", displayName: "Bob" })).toMatchObject(unavailable);
  });

  test("one handle, asked for by twenty subjects at once, goes to one", async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, n) => run(registerDocument, `racer-${n}`, { handle: "first", displayName: "F" })),
    );
    const names = all.map((each) => each?.__typename);
    expect(names.filter((name) => String(name) === "RegisterCreatorSuccess")).toHaveLength(1);
    expect(names.filter((name) => String(name) === "HandleUnavailable")).toHaveLength(19);
  });

  test.each([
    ["handle", { handle: "ab" }],
    ["handle", { handle: "UPPER" }],
    ["handle", { handle: "a b c" }],
    ["handle", { handle: "a".repeat(31) }],
    ["displayName", { displayName: " " }],
    ["displayName", { displayName: "a".repeat(61) }],
    ["bio", { bio: "a".repeat(301) }],
  ])("a profile with a bad %s (%j) is refused", async (field, part) => {
    const result = await run(registerDocument, "dan", { handle: "dan", displayName: "Dan", ...part });
    expect(result).toMatchObject(invalid(`input.${field}`));
  });
});

describe("publishing", () => {
  test("a video, published with products, stands first in the feed with its showcase in order", async () => {
    const productIds = [newId(), newId(), newId()];
    const result = await run(publishDocument, "publisher", draft({ title: " Sambal 🌶️ ", productIds }));
    expect(result).toMatchObject({
      __typename: "PublishVideoSuccess",
      video: {
        title: "Sambal 🌶️",
        likeCount: 0,
        creator: { handle: "publisher" },
        media: { url: "https://media.etalase.example/v.mp4", widthPx: 1080 },
        showcase: productIds.map((id, position) => ({ position, product: { id } })),
      },
    });
    const { feed } = await storefront.read("{ feed(first: 1) { nodes { id } } }");
    expect(feed?.nodes?.[0]?.id).toBe(result?.video?.id);
  });

  test("publishing needs a profile", async () => {
    expect(await run(publishDocument, "nobody", draft())).toMatchObject({
      __typename: "CreatorProfileRequired",
      code: "CREATOR_PROFILE_REQUIRED",
      field: null,
    });
  });

  test("one key, used ten times at once with one request, publishes one video", async () => {
    const input = draft({ productIds: [newId()] });
    const all = await Promise.all(Array.from({ length: 10 }, () => run(publishDocument, "publisher", input)));
    expect(new Set(all.map((each) => String(each?.video?.id))).size).toBe(1);
  });

  test("a key, used again with any other input, is a conflict and changes nothing", async () => {
    const input = draft({ productIds: [newId()] });
    await run(publishDocument, "publisher", input);
    const count = await storefront.sql("SELECT count(*) FROM video");
    for (const change of [{ title: "Another" }, { durationSeconds: 31 }, { productIds: [] }, { caption: "" }]) {
      expect(await run(publishDocument, "publisher", { ...input, ...change })).toMatchObject(conflict);
    }
    expect(await storefront.sql("SELECT count(*) FROM video")).toEqual(count);
  });

  test("one key of two subjects, and of two operations, is two keys", async () => {
    await register(storefront, "other", "other");
    const idempotencyKey = newId();
    const one = await publish(storefront, "publisher", { idempotencyKey });
    expect(await publish(storefront, "other", { idempotencyKey })).not.toBe(one);
    const comment = { videoId: one, text: "A", idempotencyKey };
    expect(await run(commentDocument, "publisher", comment)).toMatchObject({ __typename: "AddCommentSuccess" });
  });

  const media = (part: object) => ({ media: { ...(draft() as { media: object }).media, ...part } });
  const product = newId();
  test.each([
    ["title", { title: "" }],
    ["title", { title: "a".repeat(121) }],
    ["caption", { caption: "a".repeat(2201) }],
    ["durationSeconds", { durationSeconds: 0 }],
    ["durationSeconds", { durationSeconds: 601 }],
    ["media.url", media({ url: "http://media.etalase.example/v.mp4" })],
    ["media.posterUrl", media({ posterUrl: "http://media.etalase.example/p.webp" })],
    ["media.mimeType", media({ mimeType: "text/html" })],
    ["media.widthPx", media({ widthPx: 0 })],
    ["media.heightPx", media({ heightPx: 7681 })],
    ["productIds", { productIds: ["not an id"] }],
    ["productIds", { productIds: [product, product] }],
    ["productIds", { productIds: Array.from({ length: 21 }, () => newId()) }],
    ["idempotencyKey", { idempotencyKey: "short" }],
    ["idempotencyKey", { idempotencyKey: "k".repeat(65) }],
    ["idempotencyKey", { idempotencyKey: "12345678 " }],
  ])("a video with a bad %s (%j) is refused", async (field, part) => {
    expect(await run(publishDocument, "publisher", draft(part))).toMatchObject(invalid(`input.${field}`));
  });

  test("texts of exactly as many characters as allowed, all outside the BMP, are kept", async () => {
    const title = "🌶".repeat(120);
    const result = await run(publishDocument, "publisher", draft({ title, caption: "🌶".repeat(2200) }));
    expect(result?.video?.title).toBe(title);
  });

  test("an address that is none fails before the resolver with BAD_USER_INPUT", async () => {
    const variables = { input: draft(media({ url: "not an address" })) };
    const token = await storefront.token(member("publisher"));
    const { status, body } = await storefront.send(`Bearer ${token}`, { query: publishDocument, variables });
    expect(status).toBe(400);
    expect(JSON.parse(body).errors[0].extensions).toEqual({ code: "BAD_USER_INPUT", retryable: false });
  });
});

describe("comments", () => {
  test("a comment, sent twice with one key, stands once, counted once, under a made-up name", async () => {
    const videoId = await publish(storefront, "publisher");
    const input = { videoId, text: " Mantap ", idempotencyKey: newId() };
    const first = await run(commentDocument, "reader", input);
    expect(first).toMatchObject({
      comment: { authorName: expect.stringMatching(/^Pengguna [0-9A-F]{4}$/), text: "Mantap" },
      video: { commentCount: 1, comments: { nodes: [{ text: "Mantap" }] } },
    });
    expect(await run(commentDocument, "reader", input)).toEqual(first);
    expect(await run(commentDocument, "reader", { ...input, text: "Lain" })).toMatchObject(conflict);
  });

  test("a creator comments under the name of the profile", async () => {
    const videoId = await publish(storefront, "publisher");
    const result = await run(commentDocument, "publisher", { videoId, text: "Halo", idempotencyKey: newId() });
    expect(result?.comment?.authorName).toBe("Someone");
  });

  test("fifty comments at once, each sent twice, are fifty", async () => {
    const videoId = await publish(storefront, "publisher");
    const inputs = Array.from({ length: 50 }, (_, n) => ({ videoId, text: `${n}`, idempotencyKey: `comment-${n}` }));
    await Promise.all([...inputs, ...inputs].map((input) => run(commentDocument, "crowd", input)));
    expect(
      await storefront.sql(
        "SELECT comment_count, (SELECT count(*)::int FROM comment WHERE video_id = $1) AS rows FROM video WHERE id = $1",
        [videoId],
      ),
    ).toEqual([{ comment_count: 50, rows: 50 }]);
  });

  test("comments, paged two by two, come each once, newest first", async () => {
    const videoId = await publish(storefront, "publisher");
    for (let n = 0; n < 5; n += 1) {
      await run(commentDocument, "reader", { videoId, text: `${n}`, idempotencyKey: newId() });
    }
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { video }: { video?: Data } = await storefront.read(
        `query($id: ID!, $after: String) { video(id: $id) { comments(first: 2, after: $after) {
          nodes { text } pageInfo { hasNextPage endCursor } } } }`,
        undefined,
        { id: videoId, after },
      );
      seen.push(...[...(video?.comments?.nodes ?? [])].map((node) => String(node.text)));
      after = video?.comments?.pageInfo?.hasNextPage ? String(video.comments.pageInfo.endCursor) : null;
    } while (after !== null);
    expect(seen).toEqual(["4", "3", "2", "1", "0"]);
  });

  test("a comment under a video that does not exist is refused and leaves its key unused", async () => {
    const idempotencyKey = newId();
    const result = await run(commentDocument, "reader", { videoId: newId(), text: "A", idempotencyKey });
    expect(result).toMatchObject({ __typename: "VideoNotFound", code: "VIDEO_NOT_FOUND", field: "input.videoId" });
    expect(await storefront.sql("SELECT 1 FROM idempotency WHERE key = $1", [idempotencyKey])).toEqual([]);
  });

  test.each([
    ["text", { text: "" }],
    ["text", { text: " \n " }],
    ["text", { text: "a".repeat(501) }],
    ["text", { text: "\u0007" }],
    ["idempotencyKey", { idempotencyKey: "" }],
  ])("a comment with a bad %s (%j) is refused", async (field, part) => {
    const videoId = await publish(storefront, "publisher");
    const input = { videoId, text: "A", idempotencyKey: newId(), ...part };
    expect(await run(commentDocument, "reader", input)).toMatchObject(invalid(`input.${field}`));
  });
});
