import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { newId } from "../../../platform/runtime/ids.ts";
import { projectRoot } from "../../../platform/runtime/project-root.ts";
import { readEvent } from "../../../subgraphs/storefront/connectors/commerce-events/read-event.ts";
import { averageTenths } from "../../../subgraphs/storefront/domain/product-standing.ts";
import {
  makeKey,
  type SendOptions,
  sendWebhook,
  type TestKey,
  writeKeys,
} from "../../platform/runtime/webhook-sender.ts";
import { testRunFolder } from "../../support/test-run.ts";
import { anonymous, draft, publish, register, useStorefront } from "./running-storefront.ts";

const keysFile = join(mkdtempSync(join(testRunFolder(), "event-keys-")), "jwks.json");
const key: TestKey = await makeKey("commerce-1");
writeKeys(keysFile, [key.publicJwk]);
const storefront = useStorefront({ rows: "none", eventKeysFile: keysFile });
let sequence = 0;

interface Event {
  readonly id: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

function event(type: string, data: object, changes: object = {}): Event {
  sequence += 1;
  const occurredAt = new Date().toISOString();
  return { id: newId(), type, version: 1, aggregate: newId(), sequence, occurredAt, data, ...changes };
}

function sale(productId: string, quantity: number, content: object = {}): Event {
  const line = { productId, quantity, creatorId: null, videoId: null, liveSessionId: null, ...content };
  return event("order-paid", { lines: [line] });
}

function send(told: Event, options: SendOptions = {}) {
  return sendWebhook(storefront.eventsUrl, JSON.stringify(told), { id: told.id, keys: [key.signing], ...options });
}

async function tell(...all: readonly Event[]): Promise<string[]> {
  const codes: string[] = [];
  for (const each of all) codes.push((await send(each)).code);
  return codes;
}

/** Everything that is kept of events, but when it was received. */
async function kept() {
  const standings = await storefront.sql("SELECT * FROM product_standing ORDER BY product_id");
  const sales = await storefront.sql("SELECT * FROM content_sales ORDER BY content_id");
  const ids = await storefront.sql("SELECT id FROM told_event ORDER BY id");
  return { standings, sales, ids };
}

async function forgetAll(): Promise<void> {
  await storefront.sql("TRUNCATE told_event, product_standing, content_sales");
}

beforeEach(forgetAll);

describe("what is told of a product", () => {
  const document = `query($id: ID!) { video(id: $id) { soldCount creator { soldCount } showcase {
    soldCount availability reducedAt reviewCount averageRatingTenths } } }`;
  let productId: string;
  let videoId: string;
  let creatorId: string;

  beforeAll(async () => {
    productId = newId();
    creatorId = await register(storefront, "ann", "ann.shows");
    videoId = await publish(storefront, "ann", draft({ productIds: [productId] }));
  });
  const show = async () => (await storefront.read(document, anonymous, { id: videoId })).video;

  test("before anything is told, is unknown, and not zero or available", async () => {
    const unknown = {
      soldCount: null,
      availability: null,
      reducedAt: null,
      reviewCount: null,
      averageRatingTenths: null,
    };
    expect(await show()).toEqual({ soldCount: 0, creator: { soldCount: 0 }, showcase: [unknown] });
  });

  test("is shown with the video: sold pieces by product and by content, availability, reduction, reviews", async () => {
    const reduced = event("price-changed", { productId, direction: "LOWER" });
    await tell(
      sale(productId, 2, { creatorId, videoId }),
      sale(productId, 5),
      event("item-sold-out", { productId }),
      reduced,
      ...[5, 4, 4].map((rating) => event("review-posted", { productId, rating })),
    );
    const showcase = [
      {
        soldCount: 7,
        availability: "SOLD_OUT",
        reducedAt: reduced.occurredAt,
        reviewCount: 3,
        averageRatingTenths: 43,
      },
    ];
    expect(await show()).toEqual({ soldCount: 2, creator: { soldCount: 2 }, showcase });
    await tell(event("item-available", { productId }), event("price-changed", { productId, direction: "HIGHER" }));
    expect((await show())?.showcase?.[0]).toMatchObject({ availability: "AVAILABLE", reducedAt: null });
  });

  test("is read in as many statements for one video as for twenty", async () => {
    for (let n = 0; n < 20; n += 1) await publish(storefront, "ann", draft({ productIds: [newId(), newId()] }));
    const feed = `query($first: Int!) { feed(first: $first) { nodes { soldCount creator { soldCount }
      showcase { soldCount availability reviewCount averageRatingTenths reducedAt } } } }`;
    const count = async (first: number) => {
      const before = await storefront.statements();
      await storefront.read(feed, anonymous, { first });
      return (await storefront.statements()) - before;
    };
    const one = await count(1);
    expect(await count(20)).toBe(one);
    expect(one).toBe(6);
  });

  test("averages are rounded to tenths", () => {
    const average = (reviewCount: number, ratingSum: number) =>
      averageTenths({ productId, soldCount: 0, isAvailable: null, reducedAt: null, reviewCount, ratingSum });
    expect([average(0, 0), average(1, 5), average(3, 13), average(20, 85), average(7, 30)]).toEqual([
      null,
      50,
      43,
      43,
      43,
    ]);
  });
});

describe("an event", () => {
  const productId = newId();

  test("that comes again, also many times at once, is applied once and answered as success", async () => {
    const told = sale(productId, 3);
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(told)));
    expect(answers.map(({ code }) => code).sort()).toEqual([...Array(19).fill("ALREADY_RECEIVED"), "APPLIED"]);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect((await kept()).standings).toMatchObject([{ sold_count: 3 }]);
  });

  test("whose id comes again with other content, is refused and changes nothing", async () => {
    const told = sale(productId, 3);
    await tell(told);
    expect(await send({ ...sale(productId, 300), id: told.id })).toEqual({ status: 409, code: "EVENT_ID_CONFLICT" });
    expect((await kept()).standings).toMatchObject([{ sold_count: 3 }]);
  });

  test("that takes a sale back, lowers the counts; told before the sale, it shows none until the sale is told", async () => {
    const content = { creatorId: newId(), videoId: newId() };
    const sold = sale(productId, 3, content);
    const back = { ...sale(productId, 3, content), type: "order-refunded" };
    await tell(sale(productId, 4, content), sold, back, back);
    expect(await kept()).toMatchObject({
      standings: [{ sold_count: 4 }],
      sales: [{ sold_count: 4 }, { sold_count: 4 }],
    });
    await forgetAll();
    const videoId = await publish(storefront, "ann", draft({ productIds: [productId] }));
    const shown = async () => {
      const document = "query($id: ID!) { video(id: $id) { showcase { soldCount } } }";
      return (await storefront.read(document, anonymous, { id: videoId })).video?.showcase?.[0];
    };
    await tell(back);
    expect(await shown()).toEqual({ soldCount: 0 });
    await tell(sold);
    expect(await kept()).toMatchObject({
      standings: [{ sold_count: 0 }],
      sales: [{ sold_count: 0 }, { sold_count: 0 }],
    });
  });

  test("that is overtaken by a later one about the same product, is taken and changes nothing", async () => {
    const [first, second, third] = ["item-sold-out", "item-available", "item-sold-out"].map((type) =>
      event(type, { productId }),
    ) as [Event, Event, Event];
    expect(await tell(third, first, second)).toEqual(["APPLIED", "APPLIED", "APPLIED"]);
    expect((await kept()).standings).toMatchObject([{ is_available: false }]);
  });

  test("that happened 90 days ago, is refused: whether it came then is forgotten; ids are kept a day longer", async () => {
    const dayMs = 86_400_000;
    const at = (days: number) => new Date(Date.now() - days * dayMs).toISOString();
    expect(await send({ ...sale(productId, 1), occurredAt: at(91) })).toEqual({ status: 422, code: "EVENT_TOO_OLD" });
    expect((await send({ ...sale(productId, 1), occurredAt: at(89) })).code).toBe("APPLIED");
    expect((await kept()).standings).toMatchObject([{ sold_count: 1 }]);
  });

  const good = { productId };
  test.each<[string, object, string, number]>([
    ["of a type nobody knows", event("item-melted", good), "UNKNOWN_EVENT", 422],
    ["of a name that every object has", event("constructor", good), "UNKNOWN_EVENT", 422],
    ["of a version to come", event("item-sold-out", good, { version: 2 }), "UNKNOWN_EVENT", 422],
    ["with a field that is not agreed upon", event("item-sold-out", { ...good, buyer: "b" }), "MALFORMED", 400],
    ["with one around it", event("item-sold-out", good, { buyer: "b" }), "MALFORMED", 400],
    ["without a field", event("review-posted", good), "MALFORMED", 400],
    ["with a rating of six", event("review-posted", { ...good, rating: 6 }), "MALFORMED", 400],
    ["with a part of a piece", event("order-paid", { lines: [{ ...good, quantity: 0.5 }] }), "MALFORMED", 400],
    ["about something that is no id", event("item-sold-out", { productId: "p' OR 1=1" }), "MALFORMED", 400],
    ["at no time", event("item-sold-out", good, { occurredAt: "2026-13-45T99:00:00.000Z" }), "MALFORMED", 400],
    ["with another id than was signed", event("item-sold-out", good, { id: newId() }), "MALFORMED", 400],
  ])("%s, is refused and nothing is kept", async (_, body, code, status) => {
    const id = code === "MALFORMED" && _.includes("another id") ? newId() : String((body as Event).id);
    expect(await send(body as Event, { id })).toEqual({ status, code });
    expect(await kept()).toEqual({ standings: [], sales: [], ids: [] });
  });

  test.each(["", "null", "[]", "{", '{"id":1}', "\u0000", '"\ud800"'])("whose body is %j, is refused", async (body) => {
    expect(await sendWebhook(storefront.eventsUrl, body, { keys: [key.signing] })).toEqual({
      status: 400,
      code: "MALFORMED",
    });
  });

  test("is neither taken at the GraphQL port, nor is GraphQL at the events' port", async () => {
    expect((await fetch(`${storefront.address}/events/commerce`, { method: "POST" })).status).toBe(404);
    expect(
      (await fetch(storefront.eventsUrl.replace("/events/commerce", "/graphql"), { method: "POST" })).status,
    ).not.toBe(200);
  });

  test("takes one statement, and two when it came before, whatever it tells", async () => {
    const lines = Array.from({ length: 100 }, () => ({
      productId: newId(),
      quantity: 2,
      creatorId: newId(),
      videoId: newId(),
      liveSessionId: null,
    }));
    const events = [
      sale(productId, 1),
      event("order-paid", { lines }),
      event("item-sold-out", { productId }),
      event("review-posted", { productId, rating: 5 }),
    ];
    for (const expected of [1, 2]) {
      for (const told of events) {
        const before = await storefront.statements();
        await send(told);
        expect((await storefront.statements()) - before).toBe(expected);
      }
    }
  });

  test("that was not applied because the storefront was killed at it, comes again and is applied", async () => {
    const told = sale(productId, 3);
    const cut =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename LIKE '%runtime%'";
    for (let round = 0; round < 20; round += 1) {
      const sent = send(told);
      await storefront.sql(cut);
      expect(["APPLIED", "ALREADY_RECEIVED", "DATABASE_UNAVAILABLE"]).toContain((await sent).code);
    }
    for (let n = 0; n < 12; n += 1) await send(told);
    expect((await send(told)).code).toBe("ALREADY_RECEIVED");
    expect((await kept()).standings).toMatchObject([{ sold_count: 3 }]);
  });
});

describe("a thousand events", () => {
  test("shuffled, duplicated and sent by eight at once, end in the state of the clean sequence", async () => {
    const seed = Number(process.env.EVENTS_SEED ?? 20_261_125);
    const numbers = fc.sample(fc.noBias(fc.integer({ min: 0, max: 999_999 })), { numRuns: 12_000, seed });
    const random = (): number => {
      const next = numbers.pop();
      if (next === undefined) throw new Error("more chance is needed");
      return next / 1_000_000;
    };
    const below = (n: number): number => Math.floor(random() * n);
    const products = Array.from({ length: 20 }, newId);
    const contents = Array.from({ length: 10 }, newId);
    const one = (list: readonly string[]): string => list[below(list.length)] ?? "";
    const makers: (() => Event)[] = [
      () => sale(one(products), 1 + below(5), { creatorId: one(contents), videoId: one(contents) }),
      () => ({ ...sale(one(products), 1 + below(3), { creatorId: one(contents) }), type: "order-refunded" }),
      () => event("item-sold-out", { productId: one(products) }),
      () => event("item-available", { productId: one(products) }),
      () => event("price-changed", { productId: one(products), direction: random() < 0.5 ? "LOWER" : "HIGHER" }),
      () => event("review-posted", { productId: one(products), rating: 1 + below(5) }),
    ];
    const clean = Array.from({ length: 1_000 }, () => (makers[below(makers.length)] ?? makers[0])?.() as Event);
    for (const told of clean) expect((await send(told)).code).toBe("APPLIED");
    const expected = await kept();
    await forgetAll();
    const twice = clean.flatMap((told) => (random() < 0.5 ? [told, told] : [told]));
    const shuffled = twice.map((told) => ({ told, at: random() })).sort((a, b) => a.at - b.at);
    const queue = shuffled.map(({ told }) => told);
    async function drain(): Promise<void> {
      for (let told = queue.pop(); told !== undefined; told = queue.pop()) expect((await send(told)).status).toBe(200);
    }
    await Promise.all(Array.from({ length: 8 }, drain));
    expect({ seed, kept: await kept() }).toEqual({ seed, kept: expected });
    expect(expected.ids).toHaveLength(1_000);
    expect(queue).toHaveLength(0);
    // Chance was no constant: every product is known, and of both kinds.
    expect(expected.standings).toHaveLength(20);
    expect(new Set(expected.standings.map((row) => row.is_available))).toEqual(new Set([true, false]));
  }, 180_000);
});

describe("the contract of events", () => {
  const folder = join(projectRoot, "schema", "events");
  const validators = new Map(
    readdirSync(folder).map((file) => [
      file.replace(".json", ""),
      new Ajv2020({ allowUnionTypes: true }).compile(JSON.parse(readFileSync(join(folder, file), "utf8"))),
    ]),
  );
  const productId = newId();
  const samples = [
    sale(productId, 1, { creatorId: newId() }),
    { ...sale(productId, 2), type: "order-refunded" },
    event("item-sold-out", { productId }),
    event("item-available", { productId }),
    event("price-changed", { productId, direction: "LOWER" }),
    event("review-posted", { productId, rating: 3 }),
  ];
  const read = (told: unknown, id: string) => readEvent(id, Buffer.from(JSON.stringify(told))).ok;

  test("has a sample of each event", () => {
    expect(samples.map(({ type, version }) => `${type}.v${String(version)}`).sort()).toEqual(
      [...validators.keys()].sort(),
    );
  });

  test("and the storefront's reading of it, agree about each event and about each that is damaged", () => {
    const damage = fc.constantFrom<unknown>(undefined, null, 0, -1, 1.5, "", "x", "LOWER", [], {}, true, 7, newId());
    function paths(value: unknown, path: string[] = []): string[][] {
      if (typeof value !== "object" || value === null) return [path];
      return [path, ...Object.entries(value).flatMap(([name, inner]) => paths(inner, [...path, name]))];
    }
    function damaged(told: Event, path: string[], value: unknown): unknown {
      const copy = structuredClone(told) as Record<string, unknown>;
      let place = copy;
      for (const name of path.slice(0, -1)) place = place[name] as Record<string, unknown>;
      place[path.at(-1) ?? ""] = value;
      return JSON.parse(JSON.stringify(copy));
    }
    for (const sample of samples) {
      const validate = validators.get(`${sample.type}.v1`);
      expect([sample.type, validate?.(sample), read(sample, sample.id)]).toEqual([sample.type, true, true]);
      const places = paths(sample).filter((path) => path.length > 0 && path[0] !== "id");
      const extra = places.map((path) => [...path.slice(0, -1), "buyer"]);
      fc.assert(
        fc.property(fc.constantFrom(...places, ...extra), damage, (path, value) => {
          const told = damaged(sample, path, value);
          expect([told, read(told, sample.id)]).toEqual([told, validate?.(told)]);
        }),
        { numRuns: 400, seed: 7 },
      );
    }
  });
});
