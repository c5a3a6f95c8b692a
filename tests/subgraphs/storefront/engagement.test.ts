import { beforeAll, describe, expect, test } from "@jest/globals";
import { newId } from "../../../platform/runtime/ids.ts";
import { addCreator, anonymous, type Data, member, publish, register, useStorefront } from "./running-storefront.ts";

const storefront = useStorefront({ rows: "none" });

const like = `mutation($videoId: ID!) { likeVideo(input: { videoId: $videoId }) {
  __typename ... on LikeVideoSuccess { video { likeCount isLikedByViewer } } ... on UserError { code field } } }`;
const unlike = `mutation($videoId: ID!) { unlikeVideo(input: { videoId: $videoId }) {
  __typename ... on UnlikeVideoSuccess { video { likeCount isLikedByViewer } } ... on UserError { code field } } }`;
const follow = `mutation($creatorId: ID!) { followCreator(input: { creatorId: $creatorId }) {
  __typename ... on FollowCreatorSuccess { creator { followerCount isFollowedByViewer } } ... on UserError { code field } } }`;
const unfollow = `mutation($creatorId: ID!) { unfollowCreator(input: { creatorId: $creatorId }) {
  __typename ... on UnfollowCreatorSuccess { creator { followerCount isFollowedByViewer } }
  ... on UserError { code field } } }`;
const view = `mutation($videoId: ID!) { recordView(input: { videoId: $videoId }) {
  __typename ... on RecordViewSuccess { video { viewCount } } ... on UserError { code field } } }`;

let videoId = "";
let creatorId = "";

async function newVideo(): Promise<string> {
  return publish(storefront, "publisher");
}

beforeAll(async () => {
  creatorId = await register(storefront, "publisher", "publisher");
  videoId = await newVideo();
});

async function run(document: string, subject: string, variables: object): Promise<Data | undefined> {
  const data = await storefront.read(document, member(subject), variables);
  return Object.values(data)[0];
}

const unknownVideo = { __typename: "VideoNotFound", code: "VIDEO_NOT_FOUND", field: "input.videoId" };
const unknownCreator = { __typename: "CreatorNotFound", code: "CREATOR_NOT_FOUND", field: "input.creatorId" };

describe("likes", () => {
  test("liking twice and unliking twice counts once each way", async () => {
    const video = await newVideo();
    const liked = { __typename: "LikeVideoSuccess", video: { likeCount: 1, isLikedByViewer: true } };
    const unliked = { __typename: "UnlikeVideoSuccess", video: { likeCount: 0, isLikedByViewer: false } };
    expect(await run(like, "ann", { videoId: video })).toEqual(liked);
    expect(await run(like, "ann", { videoId: video })).toEqual(liked);
    expect(await run(unlike, "ann", { videoId: video })).toEqual(unliked);
    expect(await run(unlike, "ann", { videoId: video })).toEqual(unliked);
  });

  test("a like shows to the one who likes and to nobody else", async () => {
    const document = "query($id: ID!) { video(id: $id) { isLikedByViewer } }";
    const video = await newVideo();
    await run(like, "ann", { videoId: video });
    expect(await run(document, "ann", { id: video })).toEqual({ isLikedByViewer: true });
    expect(await run(document, "bob", { id: video })).toEqual({ isLikedByViewer: false });
    const { video: seen } = await storefront.read(document, anonymous, { id: video });
    expect(seen).toEqual({ isLikedByViewer: false });
  });

  test("fifty subjects who like at once, each twice, are counted fifty times", async () => {
    const video = await newVideo();
    const subjects = Array.from({ length: 50 }, (_, n) => `crowd-${n}`);
    const all = await Promise.all([...subjects, ...subjects].map((subject) => run(like, subject, { videoId: video })));
    expect(new Set(all.map((each) => each?.__typename))).toEqual(new Set(["LikeVideoSuccess"]));
    expect(await storefront.sql("SELECT like_count FROM video WHERE id = $1", [video])).toEqual([{ like_count: 50 }]);
  });

  test("one subject who likes twenty times at once is counted once", async () => {
    const video = await newVideo();
    await Promise.all(Array.from({ length: 20 }, () => run(like, "eager", { videoId: video })));
    expect(await storefront.sql("SELECT like_count FROM video WHERE id = $1", [video])).toEqual([{ like_count: 1 }]);
  });

  test("likes and unlikes of many at once leave the count equal to the likes that stand", async () => {
    const video = await newVideo();
    const subjects = Array.from({ length: 30 }, (_, n) => `fickle-${n}`);
    await Promise.all(
      subjects.flatMap((subject) => [like, unlike, like].map((document) => run(document, subject, { videoId: video }))),
    );
    const [counts] = await storefront.sql(
      `SELECT like_count AS counted, (SELECT count(*)::int FROM video_like WHERE video_id = $1) AS standing
       FROM video WHERE id = $1`,
      [video],
    );
    expect(counts?.counted).toBe(counts?.standing);
  });

  test.each(["nothing", newId(), "\u0001"])("liking and unliking the video %j is refused", async (unknown) => {
    expect(await run(like, "ann", { videoId: unknown })).toEqual(unknownVideo);
    expect(await run(unlike, "ann", { videoId: unknown })).toEqual(unknownVideo);
  });

  test("two likes in one request show each its own count, and the feed in the payload is read after the like", async () => {
    const [one, two] = [await newVideo(), await newVideo()];
    const data = await storefront.read(
      `mutation($one: ID!, $two: ID!) {
        first: likeVideo(input: { videoId: $one }) { ...liked }
        second: likeVideo(input: { videoId: $two }) { ...liked }
        third: unlikeVideo(input: { videoId: $one }) { ... on UnlikeVideoSuccess { video { isLikedByViewer likeCount } } }
      }
      fragment liked on LikeVideoSuccess { video { id likeCount isLikedByViewer }
        feed(first: 2) { nodes { id likeCount isLikedByViewer } } }`,
      member("chain"),
      { one, two },
    );
    const is = (id: string, likeCount: number) => ({ id, likeCount, isLikedByViewer: likeCount === 1 });
    expect(data).toEqual({
      first: { video: is(one, 1), feed: { nodes: [is(two, 0), is(one, 1)] } },
      second: { video: is(two, 1), feed: { nodes: [is(two, 1), is(one, 1)] } },
      third: { video: { isLikedByViewer: false, likeCount: 0 } },
    });
  });
});

describe("follows", () => {
  test("following twice and unfollowing twice counts once each way", async () => {
    const id = await addCreator(storefront, "followed");
    const followed = { __typename: "FollowCreatorSuccess", creator: { followerCount: 1, isFollowedByViewer: true } };
    const gone = { __typename: "UnfollowCreatorSuccess", creator: { followerCount: 0, isFollowedByViewer: false } };
    expect(await run(follow, "ann", { creatorId: id })).toEqual(followed);
    expect(await run(follow, "ann", { creatorId: id })).toEqual(followed);
    expect(await run(unfollow, "ann", { creatorId: id })).toEqual(gone);
    expect(await run(unfollow, "ann", { creatorId: id })).toEqual(gone);
  });

  test("fifty subjects who follow at once are counted fifty times", async () => {
    const id = await addCreator(storefront, "crowded");
    const subjects = Array.from({ length: 50 }, (_, n) => `crowd-${n}`);
    await Promise.all(subjects.map((subject) => run(follow, subject, { creatorId: id })));
    expect(await storefront.sql("SELECT follower_count FROM creator WHERE id = $1", [id])).toEqual([
      { follower_count: 50 },
    ]);
  });

  test.each(["nothing", newId(), "\u0001"])("following and unfollowing the creator %j is refused", async (unknown) => {
    expect(await run(follow, "ann", { creatorId: unknown })).toEqual(unknownCreator);
    expect(await run(unfollow, "ann", { creatorId: unknown })).toEqual(unknownCreator);
  });

  test("a creator, following itself, is a follower like any other", async () => {
    expect(await run(follow, "publisher", { creatorId })).toMatchObject({ creator: { followerCount: 1 } });
  });
});

describe("views", () => {
  test("views of one viewer on one day count once, on the next day again, at midnight UTC", async () => {
    const video = await newVideo();
    const counts: unknown[] = [];
    for (const instant of ["2026-11-24T00:00:00.000Z", "2026-11-24T23:59:59.999Z", "2026-11-25T00:00:00.000Z"]) {
      storefront.now = new Date(instant);
      // The token is checked against the real clock: only what the domain is told the time for moves.
      const result = await run(view, "ann", { videoId: video });
      counts.push(result?.video?.viewCount);
    }
    storefront.now = null;
    expect(counts).toEqual([1, 1, 2]);
  });

  test("fifty viewers at once, each twice, are counted fifty times", async () => {
    const video = await newVideo();
    const subjects = Array.from({ length: 50 }, (_, n) => `crowd-${n}`);
    await Promise.all([...subjects, ...subjects].map((subject) => run(view, subject, { videoId: video })));
    expect(await storefront.sql("SELECT view_count FROM video WHERE id = $1", [video])).toEqual([{ view_count: 50 }]);
  });

  test("viewing a video that does not exist is refused", async () => {
    expect(await run(view, "ann", { videoId: newId() })).toEqual(unknownVideo);
  });
});

describe("viewers", () => {
  test("the first action of a subject, whatever it is, leaves one row with a name that does not show the subject", async () => {
    await run(like, "a-secret-subject", { videoId });
    await run(view, "a-secret-subject", { videoId });
    const rows = await storefront.sql("SELECT name FROM viewer WHERE subject = 'a-secret-subject'");
    expect(rows).toEqual([{ name: expect.stringMatching(/^Pengguna [0-9A-F]{4}$/) }]);
  });
});
