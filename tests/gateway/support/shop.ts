import { GraphQLError } from "graphql";
import { startSubgraph, type TestSubgraph } from "./test-subgraph.ts";

// Two small organisations: `content` shows videos of products, `goods` owns the products and sells them.

const contentSdl = `
  type Query { videos: [Video!] motto: String }
  type Mutation { like(id: ID!): Video }
  type Video @key(fields: "id") { id: ID! title: String! product: Product }
  type Product @key(fields: "id", resolvable: false) { id: ID! }
`;

const goodsSdl = `
  type Query { product(id: ID!): Product cart: Cart }
  type Mutation { addToCart(id: ID!): Cart checkout(key: String): Order }
  type Product @key(fields: "id") { id: ID! name: String price: Int! }
  type Cart { items: Int! }
  type Order { id: ID! }
`;

const videos = [
  { id: "v1", title: "Batik tulis", product: { id: "p1" } },
  { id: "v2", title: "Kopi Gayo", product: { id: "p2" } },
  { id: "v3", title: "Tanpa barang", product: null },
];
const names: Record<string, string> = { p1: "Batik", p2: "Kopi" };

/** The two subgraphs, and the order in which their mutations ran. */
export interface Shop {
  readonly content: TestSubgraph;
  readonly goods: TestSubgraph;
  readonly done: string[];
  close(): Promise<void>;
}

/** Starts both. */
export async function openShop(): Promise<Shop> {
  const done: string[] = [];
  const product = ({ id }: { id: string }) => ({ id, name: names[id] ?? null, price: 1000 });
  const content = await startSubgraph("content", contentSdl, {
    Query: { videos: () => videos, motto: () => "lihat, suka, beli" },
    Mutation: {
      like: (_: unknown, { id }: { id: string }) => {
        done.push(`like ${id}`);
        return videos.find((video) => video.id === id);
      },
    },
  });
  const goods = await startSubgraph("goods", goodsSdl, {
    Query: {
      product: (_: unknown, { id }: { id: string }) => product({ id }),
      cart: () => {
        throw new GraphQLError("sign in to see your cart", {
          extensions: { code: "UNAUTHENTICATED", retryable: false, secret: "db-7.internal" },
        });
      },
    },
    Product: {
      __resolveReference: product,
      name: ({ id }: { id: string }) => {
        if (id === "boom") throw new GraphQLError("password=hunter2 at db-7.internal", { extensions: { code: "E42" } });
        return names[id] ?? null;
      },
    },
    Mutation: {
      addToCart: async (_: unknown, { id }: { id: string }) => {
        // Slower than what follows: order must come from the gateway, not from luck.
        await new Promise((resolve) => setTimeout(resolve, 50));
        done.push(`add ${id}`);
        return { items: 1 };
      },
      checkout: () => {
        done.push("checkout");
        return { id: "o1" };
      },
    },
  });
  return {
    content,
    goods,
    done,
    close: async () => {
      await Promise.all([content.close(), goods.close()]);
    },
  };
}
