import { afterAll, beforeAll, expect, test } from "@jest/globals";
import pg from "pg";
import { type Detour, openDetour } from "../../../support/detour.ts";
import { eventually } from "../../../support/eventually.ts";
import {
  codeOf,
  type StreamEvent,
  type WatchedStream,
  watchOverSocket,
  watchOverSse,
} from "../../../support/streams.ts";
import { buy, seededVariant, setStock } from "../support/buyer-journey.ts";
import { useCommerce } from "../support/test-commerce.ts";

let detour: Detour;
beforeAll(async () => {
  detour = await openDetour();
});
const commerce = useCommerce({ detour: (url) => detour.by(url), states: { pollMs: 3_600_000 } });
afterAll(() => detour.close());

const query = "subscription ($id: ID!) { orderUpdated(orderId: $id) { status payment { status } } }";

function isPaid(event: StreamEvent): boolean {
  return JSON.stringify(event.data ?? null).includes('"status":"PAID"');
}

test("streams, whose database goes away and comes again, tell what changed meanwhile; who comes meanwhile is told that it is away", async () => {
  await setStock(commerce(), seededVariant(0), 100);
  const { orders, payment } = await buy(commerce(), "buyer-1", seededVariant(0));
  const request = {
    url: `${commerce().address}/graphql`,
    token: await commerce().token("buyer-1"),
    query,
    variables: { id: orders[0]?.id },
  };
  const streams: WatchedStream[] = [watchOverSse(request), watchOverSocket(request)];
  for (const stream of streams) await stream.until((event) => event.data != null);
  await detour.cut();
  const late = watchOverSse(request);
  await late.ended();
  expect(codeOf(late.events[0])).toBe("DATABASE_UNAVAILABLE");
  const direct = new pg.Client({ connectionString: commerce().database.superuserUrl });
  await direct.connect();
  await direct.query("UPDATE payment SET status = 'PAID', paid_at = now() WHERE id = $1", [payment.id]);
  await direct.end();
  await detour.mend();
  for (const stream of streams) {
    await eventually(async () => (stream.events.some(isPaid) ? true : undefined));
    expect(stream.end()).toBeUndefined();
    stream.close();
  }
});
