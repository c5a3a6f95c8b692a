import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { eventually } from "../../journeys/eventually.ts";
import { collect, socketClient, sseClient } from "../support/live-clients.ts";
import { type LiveShop, openLiveShop } from "../support/live-shop.ts";
import { startGateway, type TestGateway } from "../support/test-gateway.ts";

let shop: LiveShop;
let gateway: TestGateway;
beforeAll(async () => {
  shop = await openLiveShop();
  gateway = await startGateway([shop.content, shop.goods], { subscriptions: { fields: { videoUpdated: { kind: "state" } } } });
});
afterAll(async () => {
  await gateway.close();
  await shop.close();
});
const query = `subscription ($id: ID!) { changed: videoUpdated(id: $id) { title likes product { price } } }`;

test.each(["distinct", "single", "socket"])("%s", async (mode) => {
  const client = mode === "socket" ? socketClient(gateway.url) : sseClient(gateway.url, mode === "single");
  const got = collect((sink) => client.subscribe({ query, variables: { id: "v1" } }, sink));
  await eventually(async () => got, ({ results, end }) => results.length > 0 || end !== undefined);
  console.log(JSON.stringify(got), got.end, gateway.log.filter((l) => Number(l.level) > 30));
  shop.change({ likes: 5 });
  await eventually(async () => got, ({ results, end }) => results.length > 1 || end !== undefined);
  console.log(JSON.stringify(got), got.end);
  got.stop();
  client.dispose();
  await eventually(async () => shop.videos.listeners, (n) => n === 0);
});
