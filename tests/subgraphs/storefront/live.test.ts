import { beforeAll, describe, expect, test } from "@jest/globals";
import { newId } from "../../../platform/runtime/ids.ts";
import { type Data, member, register, useStorefront } from "./running-storefront.ts";

const storefront = useStorefront({ rows: "none" });

const session = `liveSession { id status title startedAt endedAt creator { handle liveSession { id } }
  pinnedItem { id position product { id } } }`;

function documentOf(name: string): string {
  const type = name.charAt(0).toUpperCase() + name.slice(1);
  return `mutation($input: ${type}Input!) { ${name}(input: $input) {
    __typename ... on ${type}Success { ${session} } ... on UserError { code field } } }`;
}

async function run(name: string, subject: string, input: object): Promise<Data | undefined> {
  return (await storefront.read(documentOf(name), member(subject), { input }))[name];
}

async function start(subject: string): Promise<string> {
  return String((await run("startLiveSession", subject, { title: "Halo" }))?.liveSession?.id);
}

async function startAnew(subject: string): Promise<string> {
  await run("endLiveSession", subject, { liveSessionId: await start(subject) });
  return start(subject);
}

const notFound = { __typename: "LiveSessionNotFound", code: "LIVE_SESSION_NOT_FOUND", field: "input.liveSessionId" };
const ended = { __typename: "LiveSessionEnded", code: "LIVE_SESSION_ENDED", field: "input.liveSessionId" };

beforeAll(async () => {
  await register(storefront, "ann", "ann");
  await register(storefront, "bob", "bob");
});

describe("going live", () => {
  test("a creator, starting twice, is answered the session that is on air", async () => {
    const first = await run("startLiveSession", "ann", { title: " Live pertama " });
    expect(first).toMatchObject({
      __typename: "StartLiveSessionSuccess",
      liveSession: { status: "LIVE", title: "Live pertama", endedAt: null, pinnedItem: null },
    });
    expect(first?.liveSession?.creator?.liveSession?.id).toBe(first?.liveSession?.id);
    expect(await run("startLiveSession", "ann", { title: "Live kedua" })).toEqual(first);
  });

  test("a creator, starting twenty times at once, has one session", async () => {
    await startAnew("bob");
    await run("endLiveSession", "bob", { liveSessionId: await start("bob") });
    const ids = await Promise.all(Array.from({ length: 20 }, () => start("bob")));
    expect(new Set(ids).size).toBe(1);
  });

  test("an ended session, ended again, stays as it was; the next start is another session", async () => {
    const id = await startAnew("ann");
    const first = await run("endLiveSession", "ann", { liveSessionId: id });
    expect(first?.liveSession).toMatchObject({
      status: "ENDED",
      endedAt: expect.any(String),
      creator: { liveSession: null },
    });
    expect(await run("endLiveSession", "ann", { liveSessionId: id })).toEqual(first);
    expect(await start("ann")).not.toBe(id);
  });

  test("a session that began in another process's future can end", async () => {
    const id = await startAnew("ann");
    storefront.now = new Date(Date.now() - 3_600_000);
    const result = await run("endLiveSession", "ann", { liveSessionId: id });
    storefront.now = null;
    expect(result?.liveSession?.endedAt).toBe(result?.liveSession?.startedAt);
  });

  test("going live without a profile is refused", async () => {
    expect(await run("startLiveSession", "nobody", { title: "A" })).toEqual({
      __typename: "CreatorProfileRequired",
      code: "CREATOR_PROFILE_REQUIRED",
      field: null,
    });
  });

  test.each(["", "a".repeat(121)])("the title %j is refused", async (title) => {
    const refused = { __typename: "InvalidInput", code: "INVALID_INPUT", field: "input.title" };
    expect(await run("startLiveSession", "ann", { title })).toEqual(refused);
  });
});

describe("pins", () => {
  test("a product, pinned in place of another, is the one pinned; the same again keeps its item", async () => {
    const liveSessionId = await startAnew("ann");
    const [one, two] = [newId(), newId()];
    await run("pinProduct", "ann", { liveSessionId, productId: one });
    const second = await run("pinProduct", "ann", { liveSessionId, productId: two });
    expect(second?.liveSession?.pinnedItem).toMatchObject({ position: 0, product: { id: two } });
    expect(await run("pinProduct", "ann", { liveSessionId, productId: two })).toEqual(second);
    const history = await storefront.sql(
      "SELECT product_id, unpinned_at IS NULL AS now FROM live_pin WHERE live_session_id = $1 ORDER BY id",
      [liveSessionId],
    );
    expect(history).toEqual([
      { product_id: one, now: false },
      { product_id: two, now: true },
    ]);
  });

  test("unpinning, twice, leaves nothing pinned", async () => {
    const liveSessionId = await startAnew("ann");
    await run("pinProduct", "ann", { liveSessionId, productId: newId() });
    for (let n = 0; n < 2; n += 1) {
      const result = await run("unpinProduct", "ann", { liveSessionId });
      expect(result).toMatchObject({ __typename: "UnpinProductSuccess", liveSession: { pinnedItem: null } });
    }
  });

  test("twenty pins at once leave one pinned", async () => {
    const liveSessionId = await startAnew("ann");
    await Promise.all(
      Array.from({ length: 20 }, () => run("pinProduct", "ann", { liveSessionId, productId: newId() })),
    );
    const pinned = await storefront.sql(
      "SELECT count(*)::int FROM live_pin WHERE live_session_id = $1 AND unpinned_at IS NULL",
      [liveSessionId],
    );
    expect(pinned).toEqual([{ count: 1 }]);
  });

  test("ending takes the pin off, and an ended session takes no pin", async () => {
    const liveSessionId = await startAnew("ann");
    await run("pinProduct", "ann", { liveSessionId, productId: newId() });
    const result = await run("endLiveSession", "ann", { liveSessionId });
    expect(result?.liveSession?.pinnedItem).toBeNull();
    expect(await run("pinProduct", "ann", { liveSessionId, productId: newId() })).toEqual(ended);
    expect(await run("unpinProduct", "ann", { liveSessionId })).toEqual(ended);
  });

  test("a product id that no owner makes is refused", async () => {
    const liveSessionId = await startAnew("ann");
    const refused = { __typename: "InvalidInput", code: "INVALID_INPUT", field: "input.productId" };
    expect(await run("pinProduct", "ann", { liveSessionId, productId: "kopi" })).toEqual(refused);
  });

  test.each(["endLiveSession", "pinProduct", "unpinProduct"])(
    "%s, of another's session, of none and of a malformed id, is refused alike",
    async (name) => {
      const product = name === "pinProduct" ? { productId: newId() } : {};
      for (const liveSessionId of [await startAnew("bob"), newId(), "\u0001"]) {
        expect(await run(name, "ann", { liveSessionId, ...product })).toEqual(notFound);
        expect(await run(name, "nobody", { liveSessionId, ...product })).toEqual(notFound);
      }
    },
  );
});
