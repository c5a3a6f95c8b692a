import { ApolloServer } from "@apollo/server";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { pino } from "pino";
import { createEtalaseGateway } from "../../gateway/etalase-gateway.ts";
import { composeSupergraph } from "../../tools/supergraph-composition.ts";
import { openShop, type Shop } from "./support/shop.ts";

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

test("an Apollo Server of somebody else's, given the gateway, answers from the subgraphs, but not all that introspection can ask for", async () => {
  const sources = [shop.content, shop.goods].map(({ name, url, sdl }) => ({ name, url, sdl, file: name }));
  const { supergraphSdl } = composeSupergraph(sources);
  const headers = (service: string) => ({ "x-asked": service });
  const gateway = createEtalaseGateway({ supergraphSdl, logger: pino({ level: "silent" }), headers });
  const server = new ApolloServer({ gateway });
  const { body } = await server.executeOperation({ query: "{ videos { id product { name } } }" });
  expect(body).toMatchObject({
    kind: "single",
    singleResult: {
      data: { videos: [{ product: { name: "Batik" } }, { product: { name: "Kopi" } }, { product: null }] },
    },
  });
  expect(shop.goods.received[0]?.headers["x-asked"]).toBe("goods");
  const names = Array.from({ length: 1_000 }, (_, n) => `a${n}: type { fields { name } }`).join(" ");
  const tooMuch = await server.executeOperation({ query: `{ __schema { types { fields { ${names} } } } }` });
  const message = expect.stringMatching(/^the document is refused: it asks for more than \d+ values of the schema$/);
  expect(tooMuch.body).toMatchObject({
    singleResult: { errors: [{ message, extensions: { code: "BAD_USER_INPUT" } }] },
  });
  await server.stop();
});
