import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { eventually } from "../../journeys/eventually.ts";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway-process.ts";
import { collect, socketClient, sseClient } from "../support/live-clients.ts";
import { type LiveShop, openLiveShop } from "../support/live-shop.ts";

// How many clients come and go in all; `LIVE_CONNECTS=10000` for the long run.
const connects = Number(process.env.LIVE_CONNECTS ?? "500");
const together = 25;
const query = 'subscription { videoUpdated(id: "v1") { title likes product { price } } }';

let shop: LiveShop;
let gateway: GatewayProcess;

beforeAll(async () => {
  shop = await openLiveShop();
  gateway = await startGatewayProcess([shop.content, shop.goods], {
    subscriptions: { fields: { videoUpdated: { kind: "state" } }, streamsPerAddress: 1_000 },
  });
}, 60_000);
afterAll(async () => {
  await gateway.close();
  await shop.close();
});

/** A client that connects, sees the state and goes: in order, in the middle of everything, or before it was answered. */
async function comeAndGo(turn: number): Promise<void> {
  const isSocket = turn % 2 === 0;
  const client = isSocket ? socketClient(gateway.url) : sseClient(gateway.url, turn % 4 === 1);
  const stream = collect((sink) => client.subscribe({ query }, sink));
  if (turn % 5 !== 0) {
    await eventually(
      async () => stream,
      ({ results, end }) => results.length > 0 || end !== undefined,
      30_000,
    );
    expect(stream.end).toBeUndefined();
  } else await delay(5);
  if (turn % 3 === 0) stream.stop();
  client.dispose();
}

async function round(count: number): Promise<void> {
  for (let done = 0; done < count; done += together) {
    await Promise.all(Array.from({ length: Math.min(together, count - done) }, (_, index) => comeAndGo(done + index)));
  }
  await eventually(
    async () => [shop.videos.listeners, await gateway.metric("gateway_streams_open")],
    ([listeners, open]) => listeners === 0 && open === 0,
    60_000,
  );
}

describe("a gateway to which clients come and from which they go", () => {
  test(
    `${connects} times, has the handles and the heap of before`,
    async () => {
      await round(100);
      const before = await gateway.measure();
      await round(connects);
      // Sockets of the last clients close a moment after their streams.
      const after = await eventually(
        () => gateway.measure(),
        ({ handles }) => handles <= before.handles + 5,
        60_000,
      );
      expect(after.handles).toBeLessThanOrEqual(before.handles + 5);
      // What one client left behind would show: 2 kB for each are a leak, less is the allocator's.
      expect(after.heapBytes - before.heapBytes).toBeLessThan(2_000_000 + 2_000 * connects);
    },
    120_000 + 300 * connects,
  );
});
