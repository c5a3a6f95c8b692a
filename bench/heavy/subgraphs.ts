import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { composeServices } from "@apollo/composition";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { type GraphQLSchema, graphql, parse } from "graphql";

// The four synthetic subgraphs of the heavy operation in one process. Each remembers its answers, so that what is
// measured is the gateway. Tells its parent the supergraph once it listens.

const link =
  '@link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@requires", "@external", "@provides", "@shareable"])';

const users = ["urigo", "dotan", "kamil", "gil", "aleksandra", "laurin"].map((username, index) => ({
  id: String(index + 1),
  name: `User ${index + 1}`,
  username,
  birthday: 1_234_567_890 + index,
}));
const products = Array.from({ length: 9 }, (_, index) => ({
  upc: String(index + 1),
  name: ["Table", "Couch", "Glass", "Chair", "TV", "Lamp", "Grill", "Fridge", "Sofa"][index],
  price: 100 + index * 97,
  weight: 50 + index * 10,
  inStock: index % 2 === 0,
}));
const reviews = Array.from({ length: 15 }, (_, index) => ({
  id: String(index + 1),
  body: `The review number ${index + 1} has a body of some length, as people write.`,
  authorID: String((index % 3) + 1),
  upc: String((index % 4) + 1),
}));

type Row = Record<string, unknown>;
const reviewOf = ({ id, body, authorID, upc }: (typeof reviews)[number]): Row => ({
  id,
  body,
  author: () => userWithReviews(authorID),
  product: () => productWithReviews(upc),
});
const userWithReviews = (id: string): Row => ({
  id,
  username: users[Number(id) - 1]?.username,
  reviews: () => reviews.filter((review) => review.authorID === id).map(reviewOf),
});
const productWithReviews = (upc: string): Row => ({
  upc,
  reviews: () => reviews.filter((review) => review.upc === upc).map(reviewOf),
});

interface Part {
  readonly sdl: string;
  readonly root: Row;
  readonly resolve: Readonly<Record<string, (reference: Row) => unknown>>;
}

const parts: Record<string, Part> = {
  accounts: {
    sdl: `type Query { me: User user(id: ID!): User users: [User] }
      type User @key(fields: "id") { id: ID! name: String username: String @shareable birthday: Int }`,
    root: { me: () => users[0], users: () => users, user: ({ id }: { id: string }) => users[Number(id) - 1] },
    resolve: { User: ({ id }) => users[Number(id) - 1] },
  },
  inventory: {
    sdl: `type Product @key(fields: "upc") { upc: String! weight: Int @external price: Int @external inStock: Boolean
      shippingEstimate: Int @requires(fields: "price weight") }`,
    root: {},
    resolve: {
      Product: ({ upc, price, weight }) => ({
        upc,
        inStock: products[Number(upc) - 1]?.inStock,
        shippingEstimate: Number(price) > 1000 ? 0 : Math.round(Number(weight) * 0.5),
      }),
    },
  },
  products: {
    sdl: `type Query { topProducts(first: Int = 5): [Product] } type Product @key(fields: "upc") { upc: String! name: String price: Int weight: Int }`,
    root: { topProducts: ({ first }: { first: number }) => products.slice(0, first) },
    resolve: { Product: ({ upc }) => products[Number(upc) - 1] },
  },
  reviews: {
    sdl: `type Review @key(fields: "id") { id: ID! body: String product: Product author: User @provides(fields: "username") }
      type User @key(fields: "id") { id: ID! username: String @external reviews: [Review] }
      type Product @key(fields: "upc") { upc: String! reviews: [Review] }`,
    root: {},
    resolve: {
      Review: ({ id }) => reviewOf(reviews[Number(id) - 1] as (typeof reviews)[number]),
      User: ({ id }) => userWithReviews(String(id)),
      Product: ({ upc }) => productWithReviews(String(upc)),
    },
  },
};

function serve(schema: GraphQLSchema, root: Row): Promise<number> {
  const known = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      // From nine up, every number asks for all products: requests that differ in it need not fill the memory.
      const body = Buffer.concat(chunks)
        .toString()
        .replace(/"first":(?:9|\d\d+)/, '"first":9');
      let answer = known.get(body);
      if (answer === undefined) {
        const { query, variables } = JSON.parse(body);
        const result = await graphql({ schema, source: query, variableValues: variables, rootValue: root });
        answer = Buffer.from(JSON.stringify(result));
        known.set(body, answer);
      }
      response.writeHead(200, { "content-type": "application/json", "content-length": answer.length }).end(answer);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

const services = [];
for (const [name, { sdl, root, resolve }] of Object.entries(parts)) {
  const typeDefs = parse(`extend schema ${link}\n${sdl}`);
  const resolvers = Object.fromEntries(
    Object.entries(resolve).map(([type, __resolveReference]) => [type, { __resolveReference }]),
  );
  const schema = buildSubgraphSchema({ typeDefs, resolvers: resolvers as never });
  const port = await serve(schema, root);
  services.push({ name, url: `http://127.0.0.1:${port}/graphql`, typeDefs });
}
const composed = composeServices(services);
if (composed.errors !== undefined) throw new Error(composed.errors.map(String).join("\n"));
process.send?.({
  supergraph: composed.supergraphSdl,
  urls: Object.fromEntries(services.map(({ name, url }) => [name, url])),
});
process.on("disconnect", () => process.exit(0));
process.on("SIGTERM", () => process.exit(0));
