import { describe, expect, test } from "@jest/globals";
import { PageRequestError, readPageRequest, toConnection, toPage } from "../../../platform/values/page.ts";

const isNumber = (key: string): boolean => /^\d+$/.test(key);

function pageOf(rows: readonly number[], first: number, after: string | null = null) {
  const request = readPageRequest({ first, after }, isNumber);
  return toConnection(toPage(rows, request, String));
}

describe("a connection's page", () => {
  test("one row more than asked for, turned into a page, is cut and announces that more follow", () => {
    const page = pageOf([1, 2, 3], 2);
    expect(page.nodes).toEqual([1, 2]);
    expect(page.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
  });

  test("the end cursor of a page, given as after, names the key where the next begins", () => {
    const { endCursor } = pageOf([1, 2, 3], 2).pageInfo;
    expect(readPageRequest({ first: 2, after: endCursor }, isNumber)).toEqual({ first: 2, after: "2" });
  });

  test("an empty page has no cursors and nothing after it", () => {
    expect(pageOf([], 5).pageInfo).toEqual({
      hasNextPage: false,
      hasPreviousPage: false,
      startCursor: null,
      endCursor: null,
    });
  });

  test.each([0, -1, 51])("first %d, asked for, is refused", (first) => {
    expect(() => readPageRequest({ first }, isNumber)).toThrow(PageRequestError);
  });

  test.each(["", "%%%", "x".repeat(500), Buffer.from("'; DROP TABLE video").toString("base64url")])(
    "the cursor %j, which is not of this list, is refused",
    (after) => {
      expect(() => readPageRequest({ first: 1, after }, isNumber)).toThrow(PageRequestError);
    },
  );
});
