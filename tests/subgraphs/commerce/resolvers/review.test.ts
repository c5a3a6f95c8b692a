import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { deterministicId } from "../../../../platform/runtime/ids.ts";
import { recordStatements, scansWithoutIndex } from "../../../support/query-plan.ts";
import { deliver, deliveredOrder, lineOf } from "../support/delivered-order.ts";
import { paidOrder } from "../support/paid-order.ts";
import { eventsOf } from "../support/seller.ts";
import { newKey, useCommerce } from "../support/test-commerce.ts";

const commerce = useCommerce();
let superuser: pg.Pool;

beforeAll(() => {
  superuser = new pg.Pool({ connectionString: commerce().database.superuserUrl, max: 1 });
  superuser.on("error", () => undefined);
});
afterAll(() => superuser.end());

interface Shown {
  readonly id: string;
  readonly stars: number;
  readonly text: string;
  readonly authorName: string | null;
}

interface Payload {
  readonly __typename: string;
  readonly code?: string;
  readonly field?: string | null;
  readonly status?: string;
  readonly review?: Shown;
  readonly product?: { readonly rating: { readonly reviewCount: number; readonly starSum: number } };
}

const review = "review { id stars text authorName selectedOptions { name value } postedAt }";
const postDocument = `mutation ($input: PostReviewInput!) { postReview(input: $input) { __typename
  ... on UserError { code field message } ... on OrderNotDelivered { status } ... on ReviewExists { ${review} }
  ... on PostReviewSuccess { ${review} product { id rating { reviewCount starSum averageTenths } } } } }`;

const rating = "rating { reviewCount starSum averageTenths }";
const pageDocument = `query ($id: ID!, $first: Int! = 10, $after: String) { product(id: $id) { ${rating}
  reviews(first: $first, after: $after) { nodes { id stars text authorName postedAt selectedOptions { name value } }
    pageInfo { hasNextPage endCursor } } } }`;

interface Page {
  readonly product: {
    readonly rating: { readonly reviewCount: number; readonly starSum: number; readonly averageTenths: number | null };
    readonly reviews: {
      readonly nodes: Shown[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  };
}

async function post(buyer: string, input: object): Promise<Payload> {
  const whole = { stars: 5, text: "Bagus", idempotencyKey: newKey(), ...input };
  const client = await commerce().client(buyer);
  return (await client.data<{ postReview: Payload }>(postDocument, { input: whole })).postReview;
}

async function read(product: number, variables: object = {}): Promise<Page["product"]> {
  const client = await commerce().client();
  return (await client.data<Page>(pageDocument, { id: deterministicId("product", product), ...variables })).product;
}

describe("postReview", () => {
  test("of a line that was delivered, is shown with the product, counted exactly and told by its stars alone", async () => {
    const order = await deliveredOrder(commerce(), { product: 10 });
    const orderLineId = await lineOf(commerce(), order);
    const payload = await post(order.buyer, { orderLineId, stars: 4, text: " Halus. ", authorName: "Sari  Wulandari" });
    expect(payload).toMatchObject({
      __typename: "PostReviewSuccess",
      review: { stars: 4, text: "Halus.", authorName: "S***i W***i" },
      product: { rating: { reviewCount: 1, starSum: 4, averageTenths: 40 } },
    });
    const shown = await read(10);
    expect(shown.reviews.nodes).toEqual([payload.review]);
    const client = await commerce().client(order.buyer);
    const own = await client.data("query ($id: ID!) { order(id: $id) { lines { review { stars } } } }", {
      id: order.orderId,
    });
    expect(own).toEqual({ order: { lines: [{ review: { stars: 4 } }] } });
    const { rows } = await superuser.query("SELECT body FROM outbox_event WHERE name = 'review-posted.v1'");
    expect(rows.map(({ body }) => JSON.parse(body).data)).toEqual([
      { productId: deterministicId("product", 10), rating: 4 },
    ]);
    expect((await eventsOf(superuser, deterministicId("product", 10))).at(-1)).toBe("review-posted");
    // Neither the buyer's id nor their order's leaves by anything that others read.
    const answered = JSON.stringify([shown, rows]);
    for (const secret of [order.buyer, order.orderId, orderLineId, "Sari"]) expect(answered).not.toContain(secret);
  });

  test("before anybody said that the order arrived, is refused; after its buyer said so, posted", async () => {
    const order = await paidOrder(commerce(), { product: 11 });
    const orderLineId = await lineOf(commerce(), order);
    expect(await post(order.buyer, { orderLineId })).toMatchObject({
      code: "ORDER_NOT_DELIVERED",
      status: "CONFIRMED",
    });
    await deliver(commerce(), order);
    const client = await commerce().client(order.buyer);
    await client.data("mutation ($input: ConfirmReceiptInput!) { confirmReceipt(input: $input) { __typename } }", {
      input: { orderId: order.orderId, idempotencyKey: newKey() },
    });
    expect((await post(order.buyer, { orderLineId })).__typename).toBe("PostReviewSuccess");
  });

  test("of one line ten times at once, under one key or ten, posts one review", async () => {
    const order = await deliveredOrder(commerce(), { product: 12 });
    const orderLineId = await lineOf(commerce(), order);
    const idempotencyKey = newKey();
    const [same, others] = await Promise.all([
      Promise.all(Array.from({ length: 5 }, () => post(order.buyer, { orderLineId, idempotencyKey }))),
      Promise.all(Array.from({ length: 5 }, () => post(order.buyer, { orderLineId, stars: 1 }))),
    ]);
    const names = [...same, ...others].map(({ __typename }) => __typename);
    expect(new Set(names)).toEqual(new Set(["PostReviewSuccess", "ReviewExists"]));
    expect(new Set([...same, ...others].map((payload) => payload.review?.id)).size).toBe(1);
    expect((await read(12)).rating.reviewCount).toBe(1);
    const again = await post(order.buyer, { orderLineId, stars: 2, idempotencyKey });
    expect(["REVIEW_EXISTS", "IDEMPOTENCY_CONFLICT"]).toContain(again.code);
  });

  test("of somebody else's line, of none, or by a seller, is none of theirs", async () => {
    const order = await deliveredOrder(commerce(), { product: 13 });
    const orderLineId = await lineOf(commerce(), order);
    expect((await post(`other-${order.buyer}`, { orderLineId })).code).toBe("ORDER_LINE_NOT_FOUND");
    for (const none of ["batik", newKey()]) {
      expect((await post(order.buyer, { orderLineId: none })).code).toBe("ORDER_LINE_NOT_FOUND");
    }
    const seller = await commerce().client("seller", `commerce:sell commerce:shop:${order.shopId}`);
    const input = { orderLineId, stars: 5, text: "", idempotencyKey: newKey() };
    expect((await seller.send(postDocument, { input })).errors[0]?.extensions?.code).toBe("FORBIDDEN");
    expect((await (await commerce().client()).send(postDocument, { input })).errors[0]?.extensions?.code).toBe(
      "UNAUTHENTICATED",
    );
    expect((await read(13)).rating).toEqual({ reviewCount: 0, starSum: 0, averageTenths: null });
  });

  test.each<[object, string]>([
    [{ stars: 0 }, "input.stars"],
    [{ stars: 6 }, "input.stars"],
    [{ text: "x".repeat(2_001) }, "input.text"],
    [{ authorName: "sari@pembeli.example" }, "input.authorName"],
    [{ authorName: "0812 3456 789" }, "input.authorName"],
    [{ authorName: "toko.example/sari" }, "input.authorName"],
    [{ idempotencyKey: "short" }, "input.idempotencyKey"],
  ])("with %p, is refused naming the field", async (changes, field) => {
    expect(await post("somebody", { orderLineId: newKey(), ...changes })).toMatchObject({
      __typename: "InvalidInput",
      field,
    });
  });
});

describe("a product's reviews", () => {
  const count = 7;
  beforeAll(async () => {
    for (let n = 0; n < count; n += 1) {
      const order = await deliveredOrder(commerce(), { product: 14 });
      const orderLineId = await lineOf(commerce(), order);
      const names = { authorName: n === 0 ? "Budi" : null, isNameMasked: false };
      await post(order.buyer, { orderLineId, stars: 1 + (n % 5), text: `ulasan ${n}`, ...names });
    }
  }, 60_000);

  test("read page by page, are all of them once, the newest first", async () => {
    const texts: string[] = [];
    for (let after: string | null = null, rounds = 0; rounds < 5; rounds += 1) {
      const { reviews }: Page["product"] = await read(14, { first: 3, after });
      texts.push(...reviews.nodes.map(({ text }) => text));
      after = reviews.pageInfo.endCursor;
      if (!reviews.pageInfo.hasNextPage) break;
    }
    expect(texts).toEqual(Array.from({ length: count }, (_, n) => `ulasan ${count - 1 - n}`));
    expect((await read(14)).reviews.nodes.map(({ authorName }) => authorName)).toEqual([
      ...Array(count - 1).fill(null),
      "Budi",
    ]);
  });

  test("add up to its rating, to the star; nobody can change one afterwards", async () => {
    // 1 2 3 4 5 1 2
    expect((await read(14)).rating).toEqual({ reviewCount: 7, starSum: 18, averageTenths: 26 });
    const { rows } = await superuser.query(
      `SELECT FROM product_rating t JOIN (SELECT product_id, count(*) n, sum(stars) s FROM review GROUP BY 1) r USING (product_id)
       WHERE (t.review_count, t.star_sum) <> (r.n, r.s)`,
    );
    expect(rows).toEqual([]);
    await expect(superuser.query("UPDATE review SET stars = 5")).rejects.toThrow("append only");
  });

  test("of five or of fifty products, take two statements, which find their rows by an index", async () => {
    const document = `query ($first: Int!) { products(first: $first) { nodes { ${rating} reviews(first: 2) { nodes { stars } } } } }`;
    const client = await commerce().client();
    const record = (first: number) =>
      recordStatements(commerce().parts.database.pool, () => client.data(document, { first }));
    const [few, many] = [await record(5), await record(50)];
    // A page of products, what is on it, and two more.
    expect(many.length).toBe(few.length);
    const ours = many.filter(({ sql }) => /\breview\b|product_rating/.test(sql));
    expect(ours).toHaveLength(2);
    expect(await scansWithoutIndex(commerce().database.superuserUrl, ours)).toEqual([]);
  });
});
