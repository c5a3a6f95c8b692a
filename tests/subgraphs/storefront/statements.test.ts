import { describe, expect, test } from "@jest/globals";
import { type Asker, anonymous, member, useStorefront } from "./running-storefront.ts";

const storefront = useStorefront();

async function statementsOf(document: string, asker: Asker, first: number): Promise<number> {
  const before = await storefront.statements();
  const data = await storefront.read(document, asker, { first });
  expect([...(data.feed?.nodes ?? data.feed?.edges ?? [])]).toHaveLength(first);
  return (await storefront.statements()) - before;
}

const everything = `query($first: Int!) { feed(first: $first) { nodes {
  id isLikedByViewer likeCount
  creator { handle isFollowedByViewer liveSession { id pinnedItem { attributionToken } } videos(first: 2) { nodes { id } } }
  comments(first: 3) { nodes { authorName text } }
  showcase { attributionToken product { id } } } } }`;

describe("the number of SQL statements", () => {
  test.each([
    ["somebody signed in", member("reader"), 9],
    ["somebody not signed in", anonymous, 7],
  ])("a feed with all that hangs on it, by %s, takes as many for 5 videos as for 50", async (_, asker, expected) => {
    const five = await statementsOf(everything, asker, 5);
    expect(await statementsOf(everything, asker, 50)).toBe(five);
    expect(five).toBe(expected);
  });

  test("the storefront's part of Browse takes three", async () => {
    const document = `query($first: Int!) { feed(first: $first) { nodes { id title
      creator { id handle displayName followerCount } showcase { id attributionToken product { id } } } } }`;
    expect(await statementsOf(document, anonymous, 5)).toBe(3);
    expect(await statementsOf(document, anonymous, 50)).toBe(3);
  });
});
