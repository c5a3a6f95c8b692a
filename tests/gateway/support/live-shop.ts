import { setTimeout as delay } from "node:timers/promises";
import { type LiveSubgraph, startLiveSubgraph } from "./live-subgraph.ts";
import { startSubgraph, type TestSubgraph } from "./test-subgraph.ts";
import { Topic } from "./topic.ts";

// Two small organisations: `content` shows videos and tells when they change, `goods` owns the products.

/** SDL of the organisation whose streams are tested. */
export const contentSdl = `
  type Query { videos: [Video!] video(id: ID!): Video }
  type Mutation { like(id: ID!): Liked }
  type Subscription { videoUpdated(id: ID!): Video tick: Int forbidden: Int broken: Video }
  type Liked { video: Video! }
  type Video @key(fields: "id") { id: ID! title: String! likes: Int product: Product products: [Product!] }
  type Product @key(fields: "id", resolvable: false) { id: ID! }
`;

const goodsSdl = `
  type Query { product(id: ID!): Product }
  type Product @key(fields: "id") { id: ID! name: String price: Int maker: Maker }
  type Maker @key(fields: "id") { id: ID! name: String! }
`;

/** A video as its organisation knows it. */
export interface Video {
  readonly id: string;
  readonly title: string;
  readonly likes: number;
}

/** The two subgraphs, and what makes them speak. */
export interface LiveShop {
  readonly content: LiveSubgraph;
  readonly goods: TestSubgraph;
  readonly videos: Topic<{ videoUpdated: Video }>;
  readonly ticks: Topic<{ tick: number }>;
  readonly prices: Map<string, number>;
  /** Changes a video and tells. */
  change(video: Partial<Video>): void;
  /** How long the organisation of the products takes to answer. */
  slowGoodsMs: number;
  close(): Promise<void>;
}

/** Starts both. */
export async function openLiveShop(sdl = contentSdl): Promise<LiveShop> {
  const videos = new Topic<{ videoUpdated: Video }>();
  const ticks = new Topic<{ tick: number }>();
  const prices = new Map([
    ["p-v1", 1000],
    ["p-v2", 2000],
  ]);
  let current: Video = { id: "v1", title: "Batik tulis", likes: 0 };
  const product = ({ id }: { id: string }) => ({
    id,
    name: `barang ${id}`,
    price: prices.get(id) ?? null,
    maker: { id: "m1", name: "Bu Sri" },
  });
  const content = await startLiveSubgraph("content", sdl, {
    Query: {
      videos: () => [current, { id: "v2", title: "Kopi Gayo", likes: 7 }],
      video: () => current,
    },
    Mutation: {
      like: () => {
        current = { ...current, likes: current.likes + 1 };
        return { video: current };
      },
    },
    Subscription: {
      videoUpdated: { subscribe: () => videos.listen([{ videoUpdated: current }]) },
      tick: { subscribe: () => ticks.listen() },
      forbidden: {
        subscribe: () => {
          throw new Error("the password is hunter2");
        },
      },
      broken: {
        subscribe: () => videos.listen([{ videoUpdated: current }]),
        resolve: () => ({ id: "v1", title: null }),
      },
    },
    Video: {
      __resolveReference: ({ id }: Video) => (id === current.id ? current : { id, title: "Kopi Gayo", likes: 7 }),
      product: ({ id }: Video) => ({ id: `p-${id}` }),
      products: ({ id }: Video) => [{ id: `p-${id}` }, { id: "p-none" }],
    },
  });
  const shop = {
    slowGoodsMs: 0,
  };
  const goods = await startSubgraph("goods", goodsSdl, {
    Query: { product },
    Product: {
      __resolveReference: async (reference: { id: string }) => {
        if (shop.slowGoodsMs > 0) await delay(shop.slowGoodsMs);
        return product(reference);
      },
    },
  });
  return Object.assign(shop, {
    content,
    goods,
    videos,
    ticks,
    prices,
    change: (video: Partial<Video>) => {
      current = { ...current, ...video };
      videos.publish({ videoUpdated: current });
    },
    close: async () => {
      await Promise.all([content.close(), goods.close()]);
    },
  });
}
