import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { Pool } from "undici";

// The floor: a server that knows the heavy operation by heart. It sends the seven requests that are needed, merges by
// hand and stringifies; with `--share` identical requests under way are sent once. Nothing of a gateway is left to drop.

type Row = Record<string, unknown>;
const urls = JSON.parse(process.env.BENCH_URLS ?? "{}") as Record<string, string>;
const shares = process.argv.includes("--share");
const pools = Object.fromEntries(
  Object.entries(urls).map(([name, url]) => [name, new Pool(new URL(url).origin, { connections: 256 })]),
);
const underWay = new Map<string, Promise<Row>>();

async function send(service: string, body: string): Promise<Row> {
  const pool = pools[service];
  if (pool === undefined) throw new Error(`no url for ${service}`);
  const response = await pool.request({
    method: "POST",
    path: "/graphql",
    headers: { "content-type": "application/json" },
    body,
  });
  return ((await response.body.json()) as { data: Row }).data;
}

function post(service: string, query: string, variables: Row): Promise<Row> {
  const body = JSON.stringify({ query, variables });
  if (!shares) return send(service, body);
  const present = underWay.get(service + body);
  if (present !== undefined) return present;
  const sent = send(service, body).finally(() => underWay.delete(service + body));
  underWay.set(service + body, sent);
  return sent;
}

const entities = (type: string, fields: string) =>
  `query($representations:[_Any!]!){_entities(representations:$representations){...on ${type}{${fields}}}}`;
const reviewTree = "id body product{upc reviews{id body author{id username reviews{id body product{upc}}}}}";
const productTree = "reviews{id body author{id username reviews{id body product{upc}}}}";

function byId(keys: Iterable<string>, rows: unknown): Map<string, Row> {
  const list = rows as Row[];
  return new Map([...keys].map((key, index) => [key, list[index] as Row]));
}

function collect(rows: readonly Row[], upcs: Set<string>, ids: Set<string>): void {
  for (const row of rows) {
    const product = row.product as Row | undefined;
    const author = row.author as Row | undefined;
    if (product !== undefined) {
      upcs.add(product.upc as string);
      if (product.reviews !== undefined) collect(product.reviews as Row[], upcs, ids);
    }
    if (author !== undefined) {
      ids.add(author.id as string);
      collect(author.reviews as Row[], upcs, ids);
    }
  }
}

async function answer(first: number): Promise<string> {
  const [accounts, top] = await Promise.all([
    post("accounts", "{users{id username name}}", {}),
    post("products", "query($first:Int){topProducts(first:$first){upc name price weight}}", { first }),
  ]);
  const users = accounts.users as Row[];
  const topProducts = top.topProducts as Row[];
  const [ofUsers, ofProducts] = await Promise.all([
    post("reviews", entities("User", `reviews{${reviewTree}}`), {
      representations: users.map(({ id }) => ({ __typename: "User", id })),
    }),
    post("reviews", entities("Product", productTree), {
      representations: topProducts.map(({ upc }) => ({ __typename: "Product", upc })),
    }),
  ]);
  const userReviews = (ofUsers._entities as Row[]).map(({ reviews }) => reviews as Row[]);
  const productReviews = (ofProducts._entities as Row[]).map(({ reviews }) => reviews as Row[]);
  const upcs = new Set<string>(topProducts.map(({ upc }) => upc as string));
  const ids = new Set<string>();
  for (const reviews of [...userReviews, ...productReviews]) collect(reviews, upcs, ids);
  const [named, described] = await Promise.all([
    post("accounts", entities("User", "name"), {
      representations: [...ids].map((id) => ({ __typename: "User", id })),
    }),
    post("products", entities("Product", "name price weight"), {
      representations: [...upcs].map((upc) => ({ __typename: "Product", upc })),
    }),
  ]);
  const productRows = byId(upcs, described._entities);
  const names = byId(ids, named._entities);
  const stock = await post("inventory", entities("Product", "inStock shippingEstimate"), {
    representations: [...upcs].map((upc) => {
      const { price, weight } = productRows.get(upc) as Row;
      return { __typename: "Product", upc, price, weight };
    }),
  });
  const stockRows = byId(upcs, stock._entities);
  const product = (upc: string, reviews?: unknown): Row => {
    const { name, price, weight } = productRows.get(upc) as Row;
    const { inStock, shippingEstimate } = stockRows.get(upc) as Row;
    const row: Row = { inStock, name, price, shippingEstimate, upc, weight };
    if (reviews !== undefined) row.reviews = (reviews as Row[]).map(review);
    return row;
  };
  const review = ({ id, body, product: of, author }: Row): Row => {
    const row: Row = { id, body };
    if (of !== undefined) row.product = product((of as Row).upc as string, (of as Row).reviews);
    if (author !== undefined) {
      const { id: authorId, username, reviews } = author as Row;
      row.author = {
        id: authorId,
        username,
        name: names.get(authorId as string)?.name,
        reviews: (reviews as Row[]).map(review),
      };
    }
    return row;
  };
  const data = {
    users: users.map(({ id, username, name }, index) => ({
      id,
      username,
      name,
      reviews: userReviews[index]?.map(review),
    })),
    topProducts: topProducts.map(({ upc }, index) => product(upc as string, productReviews[index])),
  };
  return JSON.stringify({ data });
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", async () => {
    const { variables } = JSON.parse(Buffer.concat(chunks).toString());
    const text = await answer(variables?.first ?? 5);
    response.writeHead(200, { "content-type": "application/json" }).end(text);
  });
});
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("disconnect", () => process.exit(0));
process.on("SIGTERM", () => process.exit(0));
